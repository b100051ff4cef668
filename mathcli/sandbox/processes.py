"""What the warm parent asks of the kernel about its children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket


def socket_pair() -> tuple[int, int]:
    """Two connected descriptors. Raises OSError."""
    one, other = socket.socketpair()
    return one.detach(), other.detach()


def peak_bytes(pid: int) -> int | None:
    """The largest resident set of a process; `None` where it has ended, or nobody knows."""
    try:
        status = os.open(f"/proc/{pid}/status", os.O_RDONLY)
    except OSError:
        return None
    try:
        words = os.read(status, 4096).partition(b"VmHWM:")[2].split(None, 2)
    finally:
        os.close(status)
    return int(words[0]) * 1024 if words[1:2] == [b"kB"] else None


def kill(pid: int) -> None:
    """End a child and what it has left running."""
    kill_group(pid)
    os.kill(pid, signal.SIGKILL)  # it may not lead its group yet


def kill_group(pid: int) -> None:
    """End what a child has left running, which `basic` lets the superuser's programs do."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
