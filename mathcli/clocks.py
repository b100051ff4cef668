"""Time limits that have the same meaning on a busy machine.

Whether a program or a comparison ends within its limit must not depend on the machine's load. So
the time that its process is ready and waits for a processor core does not count; time that it
sleeps does. Linux reports the former for each process; on other systems all time counts.
"""

from __future__ import annotations

import math
import time

from mathcli import process_files

_MOST_STRETCH = 20.0  # times the limit: ends a process that hardly ever gets a core
_SMALL = 0.05  # of the limit
_AGAIN_SECONDS = 0.1  # seconds until the next check of a process that may be waiting


class Clock:
    """Measures the time of one process from now on, against a limit.

    Args:
        pid: the process; 0 for none: then all time counts.
        seconds: the limit.

    Attributes:
        deadline: when to check again (`time.monotonic`); infinite after `stop`.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._limit = seconds
        self._began = time.monotonic()
        self._ran_at_start, self._waited_at_start = _spent(pid)
        self._waited = 0.0
        self._ran = -1.0  # at the last check
        self.deadline = self._began + seconds

    def is_over(self) -> bool:
        """Whether the limit is reached; if not, `deadline` is later than now.

        Call it at the deadline; before that it is cheap.
        """
        now = time.monotonic()
        if now < self.deadline:
            return False
        ran_before = self._ran
        self.look()
        last = self._began + self._limit * _MOST_STRETCH
        self.deadline = min(self._began + self._limit + self._waited, last)
        if now >= self.deadline and self._may_be_waiting(now, ran_before):
            self.deadline = min(now + _AGAIN_SECONDS, last)
        return now >= self.deadline

    def look(self) -> None:
        """Read how long the process waited for a core; call it also before reaping the process."""
        ran, waited = _spent(self._pid)
        self._ran = max(self._ran, ran - self._ran_at_start)
        self._waited = max(self._waited, waited - self._waited_at_start)

    def _may_be_waiting(self, now: float, ran_before: float) -> bool:
        """Whether it is ready, and got no core between the last check and this one.

        The kernel counts a wait when it ends. For a process that has run since the last check all
        waits are counted; before the first check this is unknown, unless it ran nearly all the
        time.
        """
        unexplained = (now - self._began) - self._ran - self._waited
        unseen = ran_before < 0 or self._ran == ran_before
        return unseen and unexplained > _SMALL * self._limit and _is_ready(self._pid)

    def stop(self) -> None:
        """Stop measuring: there is no deadline any more."""
        self.deadline = math.inf

    @property
    def left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def passed(self) -> float:
        """Wall-clock seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def counted(self) -> float:
        """Seconds since the beginning that count, at the last check."""
        return max(0.0, self.passed - self._waited)


def _spent(pid: int) -> tuple[float, float]:
    """Seconds that a process spent on a core, and ready without one, as far as these periods have
    ended; 0 if the kernel does not report them."""
    words = process_files.read(pid, "schedstat").split()  # nanoseconds of both, and time slices
    return (int(words[0]) / 1e9, int(words[1]) / 1e9) if len(words) == 3 else (0.0, 0.0)


def _is_ready(pid: int) -> bool:
    """Whether a process runs or is ready to run."""
    return process_files.read(pid, "stat").rpartition(b")")[2].split()[:1] == [b"R"]
