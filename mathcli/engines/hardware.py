"""The processors that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

_SMALL_MODEL = 64 << 20  # bytes


def decode_threads(model_bytes: int) -> int:
    """Threads for a model of this size.

    Threads synchronize after every operation. In a model of a few megabytes an operation takes
    microseconds, so synchronizing costs more than it gains, and far more on a busy machine.
    """
    return 1 if model_bytes < _SMALL_MODEL else physical_threads()


def physical_threads() -> int:
    """The useful number of threads: one for each physical core that this process may run on.

    Two threads on one core share its arithmetic units and slow a decode down. A container's
    processor quota (cgroup) is a limit too: threads beyond it only wait for each other.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return max(1, (os.cpu_count() or 2) // 2)
    cores = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(cores), int(quota() or len(cores))))


def _siblings(cpu: int) -> str:
    """The hardware threads of the core that `cpu` belongs to, as the kernel lists them."""
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text().strip()
    except OSError:
        return str(cpu)


def quota() -> float | None:
    """The control group's limit on processors; `None` without a limit."""
    try:
        granted, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if granted == "max" else int(granted) / int(period)
