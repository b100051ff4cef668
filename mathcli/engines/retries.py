"""Retries for a server that is unreachable or busy (which statuses count: see `connection`).

Waiting times grow exponentially and have jitter, so that many sequences do not retry at the same
moment (Brooker 2015, "Exponential Backoff and Jitter").
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from mathcli.errors import EngineError

T = TypeVar("T")

_LEAST_SECONDS = 1.0  # least seconds that any request may take


class Unavailable(Exception):
    """A server cannot answer now, but perhaps later.

    Args:
        reason: as text (`connection refused`).
        after: seconds that the server asks to wait, if any.
        answered: whether the server responded, with an error.
    """

    def __init__(self, reason: str, after: float | None = None, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.answered = answered


@dataclass(frozen=True)
class Backoff:
    """When to try again.

    Args:
        patience: seconds without an answer after which it is an error.
        first: seconds before the second attempt; doubled for each further one.
        longest: most seconds between two attempts.
    """

    patience: float = 120.0
    first: float = 0.5
    longest: float = 10.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row: between half and all of the step."""
        step = min(self.longest, self.first * 2.0 ** min(failures - 1, 30))
        return step * random.uniform(0.5, 1.0)


class Attempts:
    """The attempts at one request, from its first failure until it succeeds."""

    def __init__(self, server: str, backoff: Backoff) -> None:
        self._server = server
        self._backoff = backoff
        self._failures = 0
        self._since = 0.0

    def succeeded(self) -> None:
        """Reset the patience: something was received."""
        self._failures = 0

    def limit(self, usual: float) -> float:
        """Seconds that the next response may take: the rest of the patience after a failure, else
        `usual`."""
        if self._failures == 0:
            return usual
        left = self._since + self._backoff.patience - time.monotonic()
        return min(usual, max(left, _LEAST_SECONDS))

    async def wait(self, trouble: Unavailable) -> None:
        """Sleep until the next attempt.

        Raises:
            EngineError: the patience is used up.
        """
        now = time.monotonic()
        if self._failures == 0:
            self._since = now
        self._failures += 1
        left = self._since + self._backoff.patience - now
        delay = self._backoff.delay(self._failures)
        if trouble.after is not None and trouble.after > delay:
            delay = trouble.after
            if delay > left:
                raise self._gave_up(f"{trouble.reason}; it asks to wait {delay:.0f} s")
        if left <= 0:
            raise self._gave_up(trouble.reason)
        await asyncio.sleep(min(delay, left))

    def _gave_up(self, reason: str) -> EngineError:
        times = "once" if self._failures == 1 else f"{self._failures} times"
        waited = time.monotonic() - self._since
        return EngineError(
            f"the server {self._server} does not answer: {reason} "
            f"(tried {times} in {waited:.0f} s)",
            "start it, then repeat the command: a batch with -o resumes where it stopped",
        )


def observed(work: Awaitable[T]) -> asyncio.Future[T]:
    """A future for `asyncio.wait_for` whose exception counts as retrieved.

    Up to Python 3.11, a future that fails after it was cancelled (the server has just gone) would
    otherwise be reported with a traceback when the process ends.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
