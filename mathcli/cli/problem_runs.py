"""The common part of `batch` and `eval`: many problems are solved by one solver, results are
written to a file as they finish, and the first Ctrl-C stops after the current problems."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mathcli.cli import output
from mathcli.cli.backend import Setup
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.run_settings import expected_settings, settings_of
from mathcli.cli.session import session_for_many
from mathcli.errors import Exit
from mathcli.output_files import look, writing
from mathcli.text_safety import json_line

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.batches import (
        BadLine,
        BatchRunner,
        Journal,
        Outcome,
        Problem,
        RunSettings,
        Shard,
    )
    from mathcli.solving import SolveOptions, Solver

_CTRL_C = 0.1  # seconds: Ctrl-C also ends the reader of a pipe, and the signal may come after that


@dataclass(frozen=True)
class RunPlan:
    """The output file, the number of problems solved at once (`width`), the input files, and the
    shard to solve (`None`: everything)."""

    out: Path | None
    fresh: bool
    width: int
    inputs: tuple[Path | int, ...] = ()
    shard: Shard | None = None


class Work(Protocol):
    """The parts of a run that differ between commands."""

    @property
    def known(self) -> Sequence[Problem | BadLine] | None:
        """All input rows, if they are known before the first is solved."""

    def rows(self, progress: BatchProgress) -> AsyncIterator[Problem | BadLine]:
        """The input rows; sets the total of `progress`, if it is known."""

    def skipped(self, row: Problem | BadLine) -> None:
        """Handle an input line without a problem, or with one of another shard."""

    def done_before(self, record: Mapping[str, Any]) -> None:
        """Handle a result that the output file already contains."""

    def grades(self, record: Mapping[str, Any], grader: Grader) -> dict[str, Any]:
        """The fields that grading adds to a record; called from another thread if there is a
        right answer."""

    def put_out(self, outcome: Outcome, record: Mapping[str, Any]) -> bool:
        """Handle a new result, which is already in the file; return false to stop the run."""

    def end(self) -> None:
        """Handle the end of the run, also an early one."""


def solve_all(plan: RunPlan, work: Work, setup: Setup) -> Exit:
    """Solve all problems that are not done yet.

    Returns:
        6 if lines were skipped, 130 if it was interrupted, otherwise 0.
    """
    code = asyncio.run(_Run(plan, work).run(setup))
    if code == Exit.INTERRUPTED:
        say_how_to_go_on(plan.out, fresh=plan.fresh)
    return code


def say_how_to_go_on(out: Path | None, *, fresh: bool) -> None:
    """After an interrupt, say that the results in a file are used by the next call."""
    if out is not None and out.is_file():
        without = ", without --fresh," if fresh else ""
        output.note(f"mathcli: what is done is kept in {out}; the same command{without} goes on")


class _Run:
    """One run of a command over its problems, in one event loop."""

    def __init__(self, plan: RunPlan, work: Work) -> None:
        self.bad: list[BadLine] = []
        self._plan = plan
        self._work = work
        self._keys: list[str] = []
        self._interrupts = 0

    async def run(self, setup: Setup) -> Exit:
        try:
            settings = expected_settings(setup) if self._may_be_done() else None
            if settings is not None and not self._left(settings):
                return await self._skip_all(settings)
            async with session_for_many(setup) as solver:
                options = setup.request.options(solver.card)
                with self._journal(settings_of(solver, options)) as journal:
                    return await self._solve_all(solver, options, journal)
        except asyncio.CancelledError:
            if not self._interrupts:
                raise
            return Exit.INTERRUPTED

    def _journal(self, settings: RunSettings) -> AbstractContextManager[Journal | None]:
        from mathcli.batches import Journal

        plan = self._plan
        if plan.out is None:
            return nullcontext(None)
        return Journal(plan.out, settings, fresh=plan.fresh, inputs=plan.inputs)

    # -- what is left, before a model is loaded --------------------------------------------------

    def _may_be_done(self) -> bool:
        """Might there be nothing to solve? Then it is worth while to look before loading."""
        from mathcli.batches.journal import place_of_results

        plan = self._plan
        if self._work.known is None:
            return False
        if not self._own_problems():
            return True
        if plan.out is None or plan.fresh:
            return False
        place = place_of_results(plan.out, plan.inputs)
        return place.exists and not place.streams

    def _own_problems(self) -> list[Problem]:
        from mathcli.batches import Problem

        shard, rows = self._plan.shard, self._work.known or ()
        problems = (row for row in rows if isinstance(row, Problem))
        return [row for row in problems if shard is None or shard.has(row)]

    def _left(self, settings: RunSettings) -> bool:
        """Is a problem left to be solved?

        Raises:
            UsageError: the file of results was begun with other settings.
        """
        problems = self._own_problems()
        if not problems:
            return False
        with self._journal(settings) as journal:
            return journal is None or not all(one.key in journal.done for one in problems)

    async def _skip_all(self, settings: RunSettings) -> Exit:
        """Go through rows of which none is left."""
        with self._journal(settings) as journal, BatchProgress("problem") as progress:
            async for row in self._problems(journal, progress):
                raise AssertionError(f"{row.key} is not done")
            return self._finished(journal)

    # -- solving -----------------------------------------------------------------------------

    async def _solve_all(
        self, solver: Solver, options: SolveOptions, journal: Journal | None
    ) -> Exit:
        from mathcli.batches import BatchRunner

        assert solver.grader is not None  # set by the session
        runner = BatchRunner(solver, options, width=self._plan.width)
        self._listen_for_interrupts(runner)
        with (
            BatchProgress("problem") as progress,
            progress.watching(lambda: solver.written),
            self._ending(),  # before the last line of the progress
        ):
            # All solving has to end before the engine is closed.
            async with aclosing(runner.outcomes(self._problems(journal, progress))) as outcomes:
                async for outcome in outcomes:
                    record = outcome.record()
                    record |= await self._graded(record, solver.grader)
                    if journal is not None:
                        journal.add(outcome.problem.key, record)
                    wanted = self._work.put_out(outcome, record)
                    _count(progress, outcome, record)
                    if not wanted:  # nobody reads on; in a file, problems are left to be done
                        await asyncio.sleep(_CTRL_C)
                        if self._interrupts:
                            return Exit.INTERRUPTED
                        return Exit.OK if journal is None else Exit.STOPPED
        if self._interrupts:
            return Exit.INTERRUPTED
        return self._finished(journal)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._work.end()

    def _finished(self, journal: Journal | None) -> Exit:
        """Put the file of results into order, and report the lines without a problem."""
        if journal is not None:
            journal.finish(self._keys)
        return self._report_bad_lines(keeps=journal is not None and not journal.streams)

    async def _graded(self, record: Mapping[str, Any], grader: Grader) -> Mapping[str, Any]:
        """The fields that grading adds. Comparing answers would block the event loop and runs in a
        thread; without a right answer a thread would cost more than it saves."""
        if "expected_answer" not in record:
            return self._work.grades(record, grader)
        return await asyncio.to_thread(self._work.grades, record, grader)

    async def _problems(
        self, journal: Journal | None, progress: BatchProgress
    ) -> AsyncIterator[Problem]:
        """The problems that are not done yet, in input order."""
        from mathcli.batches import BadLine, Problem

        shard = self._plan.shard
        async for row in self._work.rows(progress):
            if isinstance(row, Problem):
                self._keys.append(row.key)
            if shard is not None and not shard.has(row):
                self._work.skipped(row)
                continue
            if isinstance(row, BadLine):
                if row.reason:
                    self.bad.append(row)
                    progress.skip()
                    output.note(f"mathcli: line {row.line} is skipped: {row.reason}")
                self._work.skipped(row)
                continue
            done = journal.done.get(row.key) if journal is not None else None
            if done is not None:
                progress.skip()
                self._work.done_before(done)
                continue
            yield row

    def _report_bad_lines(self, *, keeps: bool) -> Exit:
        """Report the lines without a problem, also in a file beside the results if there is one."""
        if not self.bad:
            return Exit.OK
        if keeps and self._plan.out is not None:
            errors = self._plan.out.with_name(self._plan.out.name + ".errors.jsonl")
            lines = "".join(f"{json_line(bad.record())}\n" for bad in self.bad)
            place = look(errors, "bad lines", inputs=self._plan.inputs, is_ours=_are_bad_lines)
            with writing(place) as draft:
                draft.write(lines)
            were = (
                "line was skipped; it is" if len(self.bad) == 1 else "lines were skipped; they are"
            )
            output.note(f"mathcli: {len(self.bad)} {were} in {errors}")
        return Exit.STOPPED

    def _listen_for_interrupts(self, runner: BatchRunner) -> None:
        """Handle Ctrl-C: the first finishes the current problems, the second stops at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupted() -> None:
            self._interrupts += 1
            if self._interrupts == 1:
                output.note("mathcli: finishing the current problems; Ctrl-C again stops at once")
                runner.stop()
            elif task is not None:
                task.cancel()

        try:
            loop.add_signal_handler(signal.SIGINT, interrupted)
        except NotImplementedError:  # Windows: Ctrl-C ends at once
            return


def _are_bad_lines(head: bytes) -> bool:
    return head.startswith(b'{"line": ')


async def at_once(rows: Iterable[Problem | BadLine]) -> AsyncIterator[Problem | BadLine]:
    """An asynchronous iterator of existing rows."""
    for row in rows:
        yield row


def _count(progress: BatchProgress, outcome: Outcome, record: Mapping[str, Any]) -> None:
    verdict = record.get("verdict")
    counts = outcome.transcript.counts if outcome.transcript else None
    progress.done(
        solved=bool(outcome.answer),
        correct=verdict == "correct" if verdict else None,
        tokens=counts.generated_tokens if counts else 0,
    )
