"""What the warm parent asks the kernel about its children."""

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
    """The largest resident set of a process in bytes; `None` where it has ended or is unknown."""
    words = process_files.read(pid, "status").partition(b"VmHWM:")[2].split(None, 2)
    return int(words[0]) * 1024 if words[1:2] == [b"kB"] else None


def read(descriptor: int) -> bytes | None:
    """The bytes that came from a child: none at the end of the stream, `None` after a reset.

    A child that ends with something unread resets the connection, and cannot undo that. So the
    kernel tells whether the child ever read its "go".
    """
    try:
        return os.read(descriptor, 64)
    except BlockingIOError:
        return b""
    except OSError:
        return None


def has_threads() -> bool:
    """Whether this process has more than one thread (Linux); false where that is unknown."""
    try:
        return len(os.listdir("/proc/self/task")) > 1  # noqa: PTH208
    except OSError:
        return False


def children() -> list[int]:
    """The child processes of this one (Linux); none where that is unknown."""
    try:
        return [int(one) for one in Path("/proc/thread-self/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    """Kill a child and what it has left running."""
    kill_group(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not lead its group yet


def kill_group(pid: int) -> None:
    """Kill what a child has left running: under `basic`, root's programs can start processes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
