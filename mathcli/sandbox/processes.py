"""What the warm parent asks of the kernel about its children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from pathlib import Path

from mathcli import process_files


def socket_pair() -> tuple[int, int]:
    """Two connected descriptors: a child's, and one that does not block. Raises OSError."""
    one, other = socket.socketpair()
    other.setblocking(False)
    return one.detach(), other.detach()


def peak_bytes(pid: int) -> int | None:
    """The largest resident set of a process; `None` where it has ended, or nobody knows."""
    words = process_files.read(pid, "status").partition(b"VmHWM:")[2].split(None, 2)
    return int(words[0]) * 1024 if words[1:2] == [b"kB"] else None


def read(descriptor: int) -> bytes | None:
    """What has come over a socket from a child: nothing at its end, `None` where it was reset.

    A child that ends with something unread resets the connection. What it reads or writes does
    not change that afterwards: so the kernel tells whether it ever read its "go".
    """
    try:
        return os.read(descriptor, 64)
    except BlockingIOError:
        return b""
    except OSError:
        return None


def has_threads() -> bool:
    """Whether this process has more than one thread; no where the kernel does not tell (Linux)."""
    try:
        return len(os.listdir("/proc/self/task")) > 1  # noqa: PTH208
    except OSError:
        return False


def children() -> list[int]:
    """The processes whose parent this one is; none where the kernel does not tell (Linux)."""
    try:
        return [int(one) for one in Path("/proc/thread-self/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    """End a child and what it has left running."""
    kill_group(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not lead its group yet


def kill_group(pid: int) -> None:
    """End what a child has left running, which `basic` lets the superuser's programs do."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
