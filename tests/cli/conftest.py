"""Runs the command as a user does: a process of its own, with its streams and exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

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
