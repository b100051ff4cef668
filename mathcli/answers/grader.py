"""Compares answers: easy ones here, the others in worker processes with a time limit."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mathcli.answers.accepted import Match
from mathcli.answers.multipart import compare_parts
from mathcli.answers.policy import TOLERANCE, Policy
from mathcli.answers.verdict import Comparison, Verdict, undecided
from mathcli.clocks import Clock

if TYPE_CHECKING:
    from mathcli.answers.equivalence import Equivalence

START_SECONDS = 120.0
"""How long a worker may take to start before it counts as broken."""
START_GRACE = 0.4
"""Seconds that a comparison may take above its time while a worker starts."""
MAX_FAST_TEXT = 400
"""Longer texts are read in a worker only, except those that are not read at all."""
_LOOKAHEAD = 16
_MAY_HAVE_PARTS = re.compile(r"[;\n]|\{\s*\"")
_PLAIN = re.compile(r"[-+$\\\d\s.,/%]*")


class WorkerLost(RuntimeError):
    """The worker ended or did not answer in time."""


class Grader:
    """Decides whether two answers are equal.

    Workers start when the first comparison needs one, and again after one was killed. A grader
    may be used from several threads; close it, or use it in a `with` statement.

    Args:
        timeout: seconds for one comparison, after which it is undecided.
        tolerance: shorthand for the `tolerance` of a policy.
        percent: shorthand for the `percent` of a policy.
        workers: how many processes compare at a time.
        policy: how strictly answers are compared; the two shorthands are for callers without.

    Raises:
        ValueError: if a setting makes no sense.

    >>> with Grader() as grader:
    ...     grader.compare(r"\\frac{1}{2}", "0.5").verdict.value
    'correct'
    """

    def __init__(
        self,
        *,
        timeout: float = 2.0,
        tolerance: float = TOLERANCE,
        percent: bool = False,
        workers: int = 1,
        policy: Policy | None = None,
    ) -> None:
        if timeout <= 0 or workers < 1:
            raise ValueError("timeout and workers must be positive")
        self.timeout = timeout
        self.policy = policy or Policy(tolerance=tolerance, percent=percent)
        self.workers = workers
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._fast: Equivalence | None = None
        self._fast_lock = threading.Lock()

    def compare(self, a: str, b: str) -> Comparison:
        """Whether `a` and `b` are equal, in either order, and why. Never raises on any text.

        Answers to the parts of a problem (`a: 3; b: 5`) are compared part by part.
        """
        a, b = _encodable(a), _encodable(b)
        if _MAY_HAVE_PARTS.search(a + b):
            parts = compare_parts(a, b, self.compare)
            if parts is not None:
                return parts
        return self._compare_here(a, b) or self._compare_there(a, b)

    def compare_any(self, answer: str, accepted: Sequence[str]) -> Match:
        """Whether `answer` equals one of the `accepted` ones, and which: the first that it equals.

        It is incorrect if it differs from all of them, else undecided.
        """
        if not accepted:
            return Match(undecided("no accepted answer was given"))
        doubt: Comparison | None = None
        for key in accepted:
            comparison = self.compare(answer, key)
            if comparison.verdict is Verdict.CORRECT:
                return Match(comparison, key)
            if comparison.verdict is Verdict.UNDECIDED:
                doubt = doubt or comparison
        return Match(doubt or comparison)

    def compare_many(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Comparison]:
        """Compare many pairs with all workers; results come in the order of `pairs`."""
        pending: deque[Future[Comparison]] = deque()
        with ThreadPoolExecutor(self.workers, thread_name_prefix="grader") as threads:
            try:
                for a, b in pairs:
                    pending.append(threads.submit(self._compare_one, a, b))
                    if len(pending) >= _LOOKAHEAD * self.workers:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def _compare_one(self, a: str, b: str) -> Comparison:
        """Compare one of many pairs: all but plain numbers go to a worker, to share the work."""
        plain = _PLAIN.fullmatch(a) and _PLAIN.fullmatch(b)
        if max(len(a), len(b)) > MAX_FAST_TEXT or plain or _MAY_HAVE_PARTS.search(a + b):
            return self.compare(a, b)
        return self._compare_there(_encodable(a), _encodable(b))

    def close(self) -> None:
        """End all workers; the next comparison would start new ones."""
        workers = [self._idle.get() for _ in range(self.workers)]
        for worker in workers:
            if worker is not None:
                worker.kill()
            self._idle.put(None)

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _compare_here(self, a: str, b: str) -> Comparison | None:
        """The verdict where exact arithmetic and text decide; the rules are the worker's."""
        from mathcli.answers.equivalence import MAX_TEXT, Equivalence
        from mathcli.answers.scalars import NeedsWorker

        if MAX_FAST_TEXT < max(len(a), len(b)) <= MAX_TEXT:
            return None
        with self._fast_lock:
            if self._fast is None:
                self._fast = Equivalence(self.policy, algebra=False)
            try:
                return self._fast.compare(a, b)
            except NeedsWorker:
                return None
            except Exception:  # a worker can fail without harm, and says so
                return None

    def _compare_there(self, a: str, b: str) -> Comparison:
        worker = self._idle.get()
        try:
            if worker is None:
                worker = _Worker(self._settings())
            return worker.compare(a, b, self.timeout)
        except TimeoutError:
            return undecided(f"no result within {self.timeout:g} s")
        except (WorkerLost, OSError) as problem:
            return undecided(f"the comparison was stopped: {problem}")
        except BaseException:  # its answer would be taken for the next one's
            if worker is not None:
                worker.kill()
            raise
        finally:
            self._idle.put(self._next(worker))

    def _next(self, worker: _Worker | None) -> _Worker | None:
        """The worker for the next comparison: a new one in place of one that has ended.

        It starts in the background, and loads what the last worker had no time to load.
        """
        if worker is None or worker.alive:
            return worker
        try:
            return _Worker(self._settings() | {"preload": worker.loading})
        except (WorkerLost, OSError):  # no process or memory now: tried again when it is needed
            return None

    def _settings(self) -> dict[str, Any]:
        return {"timeout": self.timeout, "policy": self.policy.as_settings()}


class _Worker:
    """One worker process, and the thread that reads what it writes."""

    def __init__(self, settings: dict[str, Any]) -> None:
        root = str(Path(__file__).resolve().parents[2])
        # The current folder must not be importable, hence no -m.
        program = (
            f"import sys; sys.path[0] = {root!r}; from mathcli.answers.worker import main; main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )
        self.alive = True
        self._started = time.monotonic()
        self._ready = False
        self.loading = False
        self._frames: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="grader-reader", daemon=True).start()
        self._send(settings)

    def compare(self, a: str, b: str, timeout: float) -> Comparison:
        """Ask for one comparison.

        While the process starts it is given `START_GRACE` seconds more, and is not killed.

        Raises:
            TimeoutError: if it takes too long; the process is killed.
            WorkerLost: if the process ended.
        """
        if not self._ready:
            starting = Clock(self.process.pid, timeout + START_GRACE)
            while not self._ready:
                self._ready = bool(self._receive(starting).get("ready"))
            timeout = min(timeout, starting.left)
        clock = Clock(self.process.pid, timeout)
        self._send({"first": a, "second": b})
        found = self._receive(clock)
        while "loading" in found:
            self.loading = found["loading"]
            found = self._receive(clock)
        return Comparison(Verdict(found["verdict"]), str(found["reason"]))

    def kill(self) -> None:
        """End the process and wait for it."""
        self.alive = False
        self.process.kill()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        self.process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        from mathcli.answers.worker import write_frame

        assert self.process.stdin is not None
        try:
            write_frame(self.process.stdin, message)  # type: ignore[arg-type]
        except OSError as error:
            self.kill()
            raise WorkerLost("its process ended") from error

    def _receive(self, clock: Clock) -> dict[str, Any]:
        try:
            frame = self._next_frame(clock)
        except TimeoutError:
            if self._ready or time.monotonic() > self._started + START_SECONDS:
                self.kill()
            raise
        if frame is None:
            self.kill()
            raise WorkerLost("its process ended")
        return frame

    def _next_frame(self, clock: Clock) -> dict[str, Any] | None:
        while True:
            try:
                return self._frames.get(timeout=clock.left)
            except queue.Empty:
                if clock.is_over():
                    raise TimeoutError from None

    def _read(self) -> None:
        from mathcli.answers.worker import read_frame

        stream = self.process.stdout
        assert stream is not None
        frame: dict[str, Any] | None = {}
        while frame is not None:
            try:
                frame = read_frame(stream)  # type: ignore[arg-type]
            except (OSError, ValueError):
                frame = None
            self._frames.put(frame)
        stream.close()


def _encodable(text: str) -> str:
    """`text` without lone surrogates, which no pipe carries."""
    return text.encode("utf-8", "replace").decode()
