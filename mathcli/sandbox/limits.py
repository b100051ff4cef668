"""Resource limits: what a process may use, kept by the kernel.

Stops: memory (address space), processor time, output (file size), open files, core dumps, and,
for ordinary users, new processes. The warm parent adds wall time, and kills.

Does not stop: anything but quantity. RLIMIT_NPROC does not bind the superuser, and RLIMIT_AS
does nothing on macOS, where the warm parent watches the resident set instead.
"""

from __future__ import annotations

import math
import os
import resource
import sys
from pathlib import Path

_STACK_BYTES = 64 * 1024 * 1024
_FILES = 4096


def own_limits() -> None:
    """What holds for the warm parent and, through it, for all children."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK_BYTES if hard == resource.RLIM_INFINITY else min(_STACK_BYTES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def child_limits() -> None:
    """What holds for every child, whatever its program."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def close_all_but(keep: int) -> None:
    """Leave standard input, output, error and the descriptor `keep`."""
    os.closerange(3, keep)
    os.closerange(keep + 1, _FILES)


def limit_run(pid: int, *, cpu_seconds: float, address_space: int, output_bytes: int) -> None:
    """Limit the child `pid` from outside, before its program starts (Linux). Raises OSError."""
    if sys.platform == "linux":
        for kind, pair in _run_limits(cpu_seconds, output_bytes).items():
            resource.prlimit(pid, kind, pair)
        resource.prlimit(pid, resource.RLIMIT_AS, (address_space, address_space))


def limit_itself(cpu_seconds: float, output_bytes: int) -> None:
    """Limit this process (where `prlimit` does not exist)."""
    for kind, pair in _run_limits(cpu_seconds, output_bytes).items():
        resource.setrlimit(kind, pair)


def _run_limits(cpu_seconds: float, output_bytes: int) -> dict[int, tuple[int, int]]:
    # The kernel counts whole seconds. One more, so that of two equal limits the clock on the wall
    # stops a program, on a busy machine too, and equal programs get equal verdicts.
    seconds = math.floor(cpu_seconds) + 1
    return {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_FSIZE: (output_bytes, output_bytes),
    }


def address_space() -> int:
    """This process's size in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
