"""Resource limits: what a process may use, enforced by the kernel.

Stops: memory (address space), processor time, output (file size), open files, core dumps, and,
for ordinary users, new processes. The warm parent adds wall time, and kills.

Does not stop: anything else, because only quantities are limited. RLIMIT_NPROC does not bind the
superuser, and RLIMIT_AS does nothing on macOS, where the warm parent watches the resident set.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import resource
import sys
from pathlib import Path

from mathcli.sandbox import libc

_STACK_BYTES = 64 * 1024 * 1024
_PARENT_FILES = 4096
_USUAL_SIZE = 1024**3
_CLOSE_RANGE = 436  # the same on every architecture
_LAST = 0x7FFFFFFF


def own_limits() -> None:
    """Set the limits of the warm parent, which all children inherit.

    Raises:
        OSError: the file size limit is 0 here, so that not even a program's output can be kept.
    """
    if _inherited(resource.RLIMIT_FSIZE) == 0:
        raise OSError("files may hold nothing here, outputs neither: first run ulimit -f unlimited")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _PARENT_FILES if most == resource.RLIM_INFINITY else min(_PARENT_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK_BYTES if hard == resource.RLIM_INFINITY else min(_STACK_BYTES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def child_limits() -> None:
    """Set the limits of every child, whatever its program."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # those of standard input, output and error


def close_all_but(keep: int) -> None:
    """Leave standard input, output, error and the descriptor `keep`, whatever the numbers are."""
    for first, last in ((3, keep - 1), (keep + 1, _LAST)):
        if first <= last:
            _close(first, last)


def _close(first: int, last: int) -> None:
    if sys.platform == "linux":
        try:
            libc.syscall(_CLOSE_RANGE, first, last, 0)
            return
        except OSError:  # before Linux 5.9, or a filter that does not know it
            pass
    for one in _descriptors():
        if first <= one <= last:
            with contextlib.suppress(OSError):
                os.close(one)


def _descriptors() -> list[int]:
    """The open descriptors; where the system lists none, all numbers below the initial limit."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(one) for one in os.listdir(folder)]  # noqa: PTH208
    return list(range(_PARENT_FILES))


def limit_run(pid: int, *, cpu_seconds: float, address_space: int, output_bytes: int) -> None:
    """Limit the child `pid` from outside, before its program starts (Linux). Raises OSError."""
    if sys.platform == "linux":
        wanted = _run_limits(cpu_seconds, output_bytes)
        wanted[resource.RLIMIT_AS] = (address_space, address_space)
        for kind, pair in wanted.items():
            most = _inherited(kind)
            resource.prlimit(pid, kind, pair if max(pair) <= most else (most, most))


@functools.lru_cache
def _inherited(kind: int) -> int:
    """The highest limits that this process's children may be given.

    More than the process inherited is possible only with the power to raise limits. In containers
    the superuser may lack it, so it is tried.
    """
    now, most = resource.getrlimit(kind)
    if most == resource.RLIM_INFINITY:
        return sys.maxsize
    try:
        resource.setrlimit(kind, (now, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        return most
    return sys.maxsize


def limit_itself(cpu_seconds: float, output_bytes: int) -> None:
    """Limit this process (where `prlimit` does not exist)."""
    for kind, pair in _run_limits(cpu_seconds, output_bytes).items():
        resource.setrlimit(kind, pair)


def _run_limits(cpu_seconds: float, output_bytes: int) -> dict[int, tuple[int, int]]:
    # The kernel counts whole seconds. One more, so that of two equal limits the clock on the wall
    # stops a program, on a busy machine too, and equal programs get equal verdicts.
    seconds = math.floor(cpu_seconds) + 1
    return {
        resource.RLIMIT_CPU: (seconds, seconds),  # equal: no handler of a signal runs first
        resource.RLIMIT_FSIZE: (output_bytes, output_bytes),
    }


def address_space() -> int:
    """This process's address space in bytes (Linux); a guess where the kernel does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return _USUAL_SIZE
