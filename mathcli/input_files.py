"""Files and streams that a command reads: never more of them than there is room for.

What a user names may be a pipe or a device (`/dev/stdin`, a shell's `<(…)`), so that it is read
as it comes, up to a bound. What mathcli looks up by itself (settings, cards, caches) has to be a
file: a pipe in its place would be waited for without end.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mathcli.errors import UsageError

LONGEST_LINE = 16 << 20
"""Bytes of a line, and of a text that is one thing: a problem, a program, a template."""
MOST_BYTES = 512 << 20
"""Bytes of a file that is read whole: a sheet of answers, a dataset, transcripts."""
MOST_SETTINGS = 4 << 20
"""Bytes of a file that mathcli looks up by itself."""
_ENDLESS = 256 << 20  # bytes of a line after which nobody waits for its end
_PIECE = 1 << 16


def named(path: str | Path, *, most: int = MOST_BYTES) -> bytes:
    """All of a file that the user named; `-` is standard input.

    Args:
        most: bytes.

    Raises:
        UsageError: it cannot be read, or has more.
    """
    shown = "standard input" if str(path) == "-" else str(path)
    try:
        if str(path) != "-":
            with Path(path).open("rb") as file:
                return bounded(file, shown, most=most)
        if sys.stdin is None:  # closed by the caller
            return b""
        return bounded(sys.stdin.buffer, shown, most=most)
    except (OSError, ValueError) as error:  # a NUL in a name is no OSError
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot read {shown}: {reason}", "name a file, or - for standard input"
        ) from None


def bounded(file: BinaryIO, shown: str, *, most: int = MOST_BYTES) -> bytes:
    """What is left in a file.

    Raises:
        UsageError: there are more than `most` bytes.
        OSError: it cannot be read.
    """
    data = file.read(most + 1)
    if len(data) > most:
        raise UsageError(f"{shown} is longer than {most >> 20} MiB", "give it in smaller parts")
    return data


def own(path: Path, *, most: int = MOST_SETTINGS) -> bytes:
    """All of a file that mathcli looks up by itself.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is no file, or has more than `most` bytes.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no file")
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is longer than {most >> 20} MiB")
    return data


def expanded(name: str | Path) -> Path:
    """A path in which `~` is the user's folder; as it is where there is no such user."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_file(path: Path) -> bool:
    """Is there a file? Not where the user may not look, or the name is none."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Is there a folder? Not where the user may not look, or the name is none."""
    return stat.S_ISDIR(_mode(path))


def matching(folder: Path, pattern: str) -> list[Path]:
    """The paths of a pattern below a folder, in order; none where it is not for this user."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # a NUL or a lone surrogate in a name is no OSError
        return 0


def lines(file: BinaryIO | int, shown: str) -> Iterator[bytes]:
    """Lines as they arrive, with or without their ends; of one that is longer than `LONGEST_LINE`
    the beginning, which is longer, too.

    A descriptor is read without a buffered reader: the interpreter waits for that one's lock at
    its exit, and a thread that waits for input would hold it for ever.

    Raises:
        UsageError: a line has no end.
    """
    rest, beyond, number = bytearray(), 0, 1
    while piece := os.read(file, _PIECE) if isinstance(file, int) else file.read(_PIECE):
        *whole, last = piece.split(b"\n")
        for end in whole:
            if not beyond:
                yield bytes(rest) + end
            rest.clear()
            beyond = 0
            number += 1
        if beyond:
            beyond += len(last)
            if beyond > _ENDLESS:
                raise UsageError(
                    f"line {number} of {shown} is longer than {_ENDLESS >> 20} MiB",
                    "give one problem a line",
                )
            continue
        rest += last
        if len(rest) > LONGEST_LINE:
            yield bytes(rest)
            beyond = len(rest)
            rest.clear()
    if rest:
        yield bytes(rest)
