"""The number of decoding threads: one per core, fewer while other programs use the cores.

The library's threads spin while they wait for each other. On idle cores this is fastest; if another
program uses a core, every step waits for the thread that shares it, and two engines on one machine
reach a tenth of the speed of one thread each. So the number of threads follows the load while the
engine runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mathcli.engines.hardware import quota

WINDOW = 0.25  # seconds over which the load is measured
_FEWER = 0.65  # cores used by others for which one thread is given up
_MORE = 0.35  # most cores used by others at which one thread is added
_STAT = Path("/proc/stat")
_GROUP = Path("/sys/fs/cgroup/cpu.stat")
_IDLE = (3, 4)  # columns of /proc/stat: idle, waiting for a disk


@dataclass(frozen=True)
class ProcessorUsage:
    """Processor time so far, in seconds: of the whole machine, of this process, and of its control
    group if that has a limit."""

    clock: float
    machine: float
    own: float
    group: float | None = None


def usage() -> ProcessorUsage | None:
    """The processor time used so far; `None` if it is not available (except on Linux)."""
    try:
        with _STAT.open(encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    busy = sum(count for column, count in enumerate(ticks) if column not in _IDLE)
    machine = busy / os.sysconf("SC_CLK_TCK")
    return ProcessorUsage(time.monotonic(), machine, time.process_time(), _group_usage())


def _group_usage() -> float | None:
    if quota() is None:
        return None
    try:
        words = _GROUP.read_text(encoding="ascii").split()
        return int(words[words.index("usage_usec") + 1]) / 1e6
    except (OSError, ValueError, IndexError):
        return None


class Governor:
    """Decides between steps how many threads the next step uses.

    Args:
        most: threads on an otherwise idle machine.
        since: an earlier reading, so that the first decision need not wait.
        cores: number of processors of the machine.
        sample: reads the processor times.
        window: seconds between two readings.
    """

    def __init__(
        self,
        most: int,
        *,
        since: ProcessorUsage | None = None,
        cores: int | None = None,
        sample: Callable[[], ProcessorUsage | None] = usage,
        window: float = WINDOW,
    ) -> None:
        self.most = most
        self.threads = most
        self.others = 0.0  # cores that other programs use
        self._cores = cores or os.cpu_count() or most
        self._sample = sample
        self._window = window
        self._last = (since or sample()) if most > 1 else None

    @property
    def busy(self) -> str | None:
        """A message for the user if other programs use a core or more; else `None`."""
        if self.others < _FEWER:
            return None
        return f"the machine is busy: other programs use {self.others:.1f} of {self._cores} cores"

    def update(self) -> int:
        """Measure, if the window is over; return the number of threads."""
        last = self._last
        if last is None or time.monotonic() - last.clock < self._window:
            return self.threads
        now = self._sample()
        if now is not None and now.clock > last.clock:
            self._follow(last, now)
        self._last = now
        return self.threads

    def _follow(self, last: ProcessorUsage, now: ProcessorUsage) -> None:
        """One thread less for each core that others use; one more when they end.

        Two engines on one machine both give way, and neither takes back a core that the other
        then uses.
        """
        seconds = now.clock - last.clock
        own = (now.own - last.own) / seconds
        self.others = max(0.0, (now.machine - last.machine) / seconds - own)
        free = self._cores - self.others
        limit = quota()
        if limit is not None and last.group is not None and now.group is not None:
            free = min(free, limit - max(0.0, (now.group - last.group) / seconds - own))
        fewest = max(1, min(self.most, int(free + _FEWER)))
        if self.threads > fewest:
            self.threads = fewest
        elif self.threads < max(1, min(self.most, int(free + _MORE))):
            self.threads += 1
