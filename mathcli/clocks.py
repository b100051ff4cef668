"""Time limits that mean the same on a busy machine.

Whether a program or a comparison ends within its seconds must not depend on what else the machine
does. So the time that its process is ready and waits for a processor core does not count; time that
it sleeps does. Linux tells the former for each process; elsewhere all time counts.
"""

from __future__ import annotations

import math
import os
import time

_MOST_STRETCH = 20.0  # times the limit: a process that hardly ever gets a core ends, too


class Clock:
    """Measures one process from now on, against a limit.

    Args:
        pid: the process; 0 where there is none, and all time counts.
        seconds: the limit.

    Attributes:
        deadline: when to look again (`time.monotonic`); infinite once it does not matter any more.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._limit = seconds
        self._began = time.monotonic()
        self._waited_before = waited_seconds(pid)
        self._waited = 0.0
        self.deadline = self._began + seconds

    def is_over(self) -> bool:
        """Whether the limit is reached; if not, `deadline` is later than now.

        To be asked at the deadline, and cheap before it.
        """
        now = time.monotonic()
        if now < self.deadline:
            return False
        self.look()
        stretched = min(self._limit + self._waited, self._limit * _MOST_STRETCH)
        self.deadline = self._began + stretched
        return now >= self.deadline

    def look(self) -> None:
        """Learn how long the process has waited for a core: the last time before it is reaped."""
        self._waited = max(self._waited, waited_seconds(self._pid) - self._waited_before)

    def stop(self) -> None:
        """Have no deadline any more."""
        self.deadline = math.inf

    @property
    def left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def passed(self) -> float:
        """Seconds on the wall since the beginning."""
        return time.monotonic() - self._began

    @property
    def counted(self) -> float:
        """Seconds since the beginning that count, by the last look."""
        return max(0.0, self.passed - self._waited)


def waited_seconds(pid: int) -> float:
    """How long a process has been ready to run without a core; 0 where the kernel does not tell."""
    if pid <= 0:
        return 0.0
    try:
        descriptor = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        words = os.read(descriptor, 100).split()  # nanoseconds on a core; waiting for one; turns
    except OSError:
        return 0.0
    finally:
        os.close(descriptor)
    return int(words[1]) / 1e9 if len(words) == 3 else 0.0
