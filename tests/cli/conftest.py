"""Runs the command as a user does: a process of its own, with its streams and exit code."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def mathcli() -> Run:
    """`mathcli("solve", "-q", "…", stdin="…")` runs the command and returns what came of it."""

    def run(*words: str, stdin: str | bytes | None = None, timeout: float = 120) -> Done:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "mathcli", *words],
            input=b"" if data is None else data,
            capture_output=True,
            timeout=timeout,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in out + err
        return Done(done.returncode, out, err)

    return run


def worker_of(command: subprocess.Popen[bytes]) -> int:
    """The process in which the command works: the first child of the one that was started."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert command.poll() is None
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.005)
    raise AssertionError("the command started no worker")


def wait_until_mapped(command: subprocess.Popen[bytes], library: str) -> int:
    """Wait until the command's worker has loaded a library; return the worker's process id."""
    worker = worker_of(command)
    deadline = time.monotonic() + 60
    while library not in Path(f"/proc/{worker}/maps").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return worker
