"""A real pseudo-terminal, and what stands on its screen."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import pyte

ROOT = Path(__file__).parents[2]


class Screen:
    """Runs a command on a terminal of `columns`, its standard input a pipe.

    Args:
        stdout: where its standard output goes, if not to the terminal.
    """

    def __init__(
        self,
        *command: str,
        columns: int,
        env: Mapping[str, str] | None = None,
        rows: int = 200,
        stdout: IO[bytes] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""
        self.resize(columns)
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **(env or {})},
        )
        os.close(slave)

    def resize(self, columns: int) -> None:
        size = struct.pack("HHHH", self._screen.lines, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        self._screen.resize(columns=columns)

    def send(self, *event: Any) -> None:
        """Tell the writer an event, and read the screen when it is out."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(event).encode() + b"\n")
        self.process.stdin.flush()
        self._read(until=b"\0")

    def end(self) -> int:
        """Close the command's input, read the rest, and return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._read(until=None)
        os.close(self._master)
        return self.process.wait(60)

    def _read(self, until: bytes | None) -> None:
        data = b""
        while until is None or not data.endswith(until):
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            data += piece
        text = data.replace(b"\0", b"").decode()
        self.raw += text
        self._stream.feed(text)

    @property
    def lines(self) -> list[str]:
        """The screen, without empty lines at its end."""
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def only_appended(self) -> bool:
        """Was nothing but text, colour and line ends sent? The line that says what is being done
        comes and goes below all that."""
        kept = re.sub(r"\r\x1b\[K(\x1b\[2m[^\x1b\n]*\x1b\[0m)?", "", self.raw)
        rest = re.sub(r"\x1b\[[0-9;]*m", "", kept)
        return re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)", rest) is None
