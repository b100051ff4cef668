"""Solves many problems at once; each is one coroutine and does not wait for the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from mathcli.batches.problem_files import Problem
from mathcli.errors import ContextFull, MathcliError, TimeUp
from mathcli.problems import form_of
from mathcli.solving import SolveOptions, Solver, Transcript
from mathcli.solving.form_prompts import kind_by_key
from mathcli.solving.unsolved import unsolved
from mathcli.text_safety import one_line


@dataclass(frozen=True)
class Outcome:
    """The result of one problem: a transcript, or the problem's own error."""

    problem: Problem
    transcript: Transcript | None
    error: MathcliError | None = None

    @property
    def answer(self) -> str:
        """The answer or the proof on one line; empty if there is none or a human is needed."""
        if self.transcript is not None and self.transcript.proof is not None:
            return one_line(self.transcript.proof)
        return self.prediction

    @property
    def prediction(self) -> str:
        """The answer on one line; empty if there is none or a human is needed."""
        found = self.transcript.answer if self.transcript else None
        if found is None or (self.transcript and self.transcript.needs_human):
            return ""
        return one_line(found.text)

    def record(self) -> dict[str, Any]:
        """The transcript with the input row, the answer as `prediction`, and the expected answer.

        `grade` reads these fields.
        """
        record: dict[str, Any] = {"index": self.problem.index}
        if self.transcript is not None:
            record |= self.transcript.record()
        elif self.error is not None:
            record |= {"problem": self.problem.text, "finish": "error"}
            record |= {"error": self.error.record()}
        if self.problem.id is not None:
            record["id"] = self.problem.id
        record["prediction"] = self.prediction
        if self.problem.expected is not None:
            record["expected_answer"] = self.problem.expected
        return record | {"input": self.problem.fields}


class BatchRunner:
    """Solves problems as they arrive, at most `width` at a time.

    Args:
        width: problems solved at once. Those that wait for a program need no decoding.
    """

    def __init__(self, solver: Solver, options: SolveOptions, *, width: int) -> None:
        self._solver = solver
        self._options = options
        self._width = width
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin no more problems; finish those already begun."""
        self._stopping.set()

    async def outcomes(self, problems: AsyncIterator[Problem]) -> AsyncGenerator[Outcome, None]:
        """Outcomes in the order in which they finish.

        Raises:
            MathcliError: the engine or the executor failed; all earlier outcomes were returned.
        """
        results: asyncio.Queue[Outcome | BaseException | None] = asyncio.Queue()
        # A consumer slower than the problems stops new ones from being begun.
        room = asyncio.Semaphore(self._width)
        turn = asyncio.Lock()  # only one task reads the input at a time

        async def work() -> None:
            try:
                while (problem := await self._next(problems, turn)) is not None:
                    outcome = await self._solve(problem)
                    await room.acquire()
                    results.put_nowait(outcome)
                results.put_nowait(None)
            except BaseException as error:
                results.put_nowait(error)
                raise

        workers = [asyncio.create_task(work()) for _ in range(self._width)]
        try:
            ended = 0
            while ended < self._width:
                result = await results.get()
                if result is None:
                    ended += 1
                elif isinstance(result, BaseException):
                    raise result
                else:
                    yield result
                    room.release()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _next(self, problems: AsyncIterator[Problem], turn: asyncio.Lock) -> Problem | None:
        """The next problem; `None` at the end of the input or after `stop`."""
        async with turn:
            if self._stopping.is_set():
                return None
            reading = asyncio.ensure_future(anext(problems, None))
            stopping = asyncio.ensure_future(self._stopping.wait())
            try:
                await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
                return reading.result() if reading.done() else None
            finally:
                for task in (reading, stopping):
                    task.cancel()

    async def _solve(self, problem: Problem) -> Outcome:
        form = form_of(problem.text)
        options = kind_by_key(form, problem.expected, self._options)
        if form.kind == "none" and options.kind is None:
            return Outcome(problem, unsolved(self._solver, problem.text, options, kind="none"))
        try:
            return Outcome(problem, await self._solver.solve(problem.text, options))
        except (ContextFull, TimeUp) as error:  # an error of this problem alone
            return Outcome(problem, None, error)
