"""What the kernel tells of a process in its files under /proc (Linux)."""

from __future__ import annotations

import os

_MOST = 4096  # bytes of a file; those that are read here are shorter


def read(pid: int, file: str) -> bytes:
    """The beginning of `/proc/PID/FILE`; nothing where the process is gone, or nobody tells."""
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
