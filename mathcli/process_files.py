"""Reads the files of a process under /proc (Linux)."""

from __future__ import annotations

import os

_MOST = 4096  # most bytes read of a file; the files used here are shorter


def read(pid: int, file: str) -> bytes:
    """The beginning of `/proc/PID/FILE`; empty if the process has ended or there is no /proc."""
    if pid <= 0:
        return b""
    try:
        descriptor = os.open(f"/proc/{pid}/{file}", os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _MOST)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
