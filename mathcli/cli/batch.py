"""`mathcli batch`: a file or stream of problems, solved together, resumed where it was."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from mathcli.cli import output
from mathcli.cli.arriving import arriving, raw_lines
from mathcli.cli.options import (
    Asked,
    CardName,
    ChatTemplate,
    Concurrency,
    Context,
    Gpu,
    MaxRounds,
    MaxTokens,
    MethodName,
    ModelName,
    Patience,
    Sandbox,
    SandboxName,
    Seed,
    ServerUrl,
    Temperature,
    Threads,
    Timeout,
    TopP,
)
from mathcli.cli.remote import Remote
from mathcli.cli.session import Setup, chosen_setup, session
from mathcli.cli.tally import Tally
from mathcli.errors import Exit, UsageError

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.batches import BadLine, BatchRunner, Journal, Outcome, Problem
    from mathcli.solving import SolveOptions, Solver


@dataclass(frozen=True)
class Job:
    """What a batch was asked to do."""

    source: str
    out: Path | None
    fresh: bool
    answer_only: bool
    width: int


def batch_command(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="Problems: .jsonl, .csv, or one a line.")
    ],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="Append results to this JSONL file.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin the output file anew.")] = False,
    answer_only: Annotated[
        bool, typer.Option("--answer-only", "-q", help="Print one answer a line, in input order.")
    ] = False,
    model: ModelName = None,
    card: CardName = None,
    method: MethodName = None,
    temperature: Temperature = None,
    top_p: TopP = None,
    seed: Seed = 0,
    max_rounds: MaxRounds = None,
    max_tokens: MaxTokens = None,
    timeout: Timeout = None,
    width: Annotated[int, typer.Option(min=1, max=64, help="Problems in work at once.")] = 16,
    context: Context = None,
    threads: Threads = None,
    gpu: Gpu = "auto",
    deterministic: Annotated[
        bool, typer.Option(help="No answer depends on what else is in work; slower.")
    ] = False,
    server: ServerUrl = None,
    concurrency: Concurrency = None,
    patience: Patience = None,
    chat_template: ChatTemplate = None,
    sandbox: SandboxName = Sandbox.STRICT,
) -> None:
    """Solve many problems at once. Started again, a batch with -o goes on where it was.

    Exit code: 0 when all problems were done, 6 when some were not.

    Examples:

        mathcli batch homework.jsonl -o answers.jsonl

        cat problems.txt | mathcli batch --answer-only - | paste problems.txt -

        mathcli batch homework.csv -o answers.jsonl && mathcli grade answers.jsonl
    """
    from mathcli.engines.llamacpp import EngineOptions

    width = max(width, concurrency or 1)
    job = Job(file, out, fresh, answer_only, width)
    if out is None and fresh:
        raise UsageError("--fresh needs an output file", "name one with -o")
    engine = EngineOptions(
        context=context,
        sequences=width,
        busy=width,
        threads=threads,
        gpu=gpu,
        deterministic=deterministic,
    )
    remote = Remote(server, concurrency, patience, chat_template)
    setup = chosen_setup(model, engine, card, sandbox, remote=remote)
    asked = Asked(method, temperature, top_p, seed, max_rounds, max_tokens, timeout)
    with _open(file) as source:
        code = asyncio.run(_Batch(job, source).run(setup, asked))
    raise typer.Exit(int(code))


def _open(file: str) -> Any:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror}", "name a file, or - for standard input"
        ) from None


class _Batch:
    """One run of the command."""

    def __init__(self, job: Job, source: BinaryIO) -> None:
        self._job = job
        self._source = source
        self._keys: list[str] = []
        self._bad: list[BadLine] = []
        self._waiting: dict[int, str] = {}
        self._next_index = 0
        self._interrupts = 0
        self._read_by_somebody = True

    async def run(self, setup: Setup, asked: Asked) -> Exit:
        """Solve everything that is not done yet."""
        try:
            async with session(setup) as solver:
                options = asked.options(solver.card)
                with self._journal(solver, options) as journal:
                    return await self._solve_all(solver, options, journal)
        except asyncio.CancelledError:
            if not self._interrupts:
                raise
            return Exit.INTERRUPTED

    def _journal(self, solver: Solver, options: SolveOptions) -> Any:
        from mathcli.batches import Journal, RunSettings

        if self._job.out is None:
            return nullcontext(None)
        sampling = options.sampling
        settings = RunSettings(
            model=solver.model.name,
            sha256=solver.model.sha256,
            method=str(options.method),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            rounds=options.rounds,
            max_tokens=options.max_tokens,
        )
        return Journal(self._job.out, settings, fresh=self._job.fresh)

    async def _solve_all(
        self, solver: Solver, options: SolveOptions, journal: Journal | None
    ) -> Exit:
        from mathcli.answers import Grader
        from mathcli.batches import BatchRunner

        runner = BatchRunner(solver, options, width=self._job.width)
        self._listen_for_interrupts(runner)
        with Tally("problems") as progress, Grader() as grader:
            async for outcome in runner.outcomes(self._problems(journal, progress)):
                verdict = await asyncio.to_thread(_verdict, grader, outcome)
                record = outcome.record() | ({"verdict": verdict} if verdict else {})
                self._put_out(outcome, record, journal)
                counts = outcome.transcript.counts if outcome.transcript else None
                progress.done(
                    solved=bool(outcome.answer),
                    correct=verdict == "correct" if verdict else None,
                    tokens=counts.generated_tokens if counts else 0,
                )
                if not self._read_by_somebody:
                    return Exit.OK
        if self._interrupts:
            return Exit.INTERRUPTED
        if journal is not None:
            journal.finish(self._keys)
        return self._report_bad_lines()

    async def _problems(self, journal: Journal | None, progress: Tally) -> AsyncIterator[Problem]:
        """The problems that are not done yet, as the input gives them."""
        from mathcli.batches import BadLine, read_problems

        if self._job.source == "-":
            rows = arriving(read_problems("-", raw_lines(self._source.fileno())))
        else:  # read at once, so that the total is known
            found = list(read_problems(self._job.source, self._source))
            blank = sum(isinstance(row, BadLine) and not row.reason for row in found)
            progress.expect(len(found) - blank)
            rows = _at_once(found)
        async for row in rows:
            if isinstance(row, BadLine):
                self._skip(row)
                if row.reason:
                    progress.skip()
                continue
            self._keys.append(row.key)
            if journal is not None and row.key in journal.done:
                progress.skip()
                continue
            yield row

    def _skip(self, row: BadLine) -> None:
        """A line without a problem still has its place in a list of answers."""
        if row.reason:
            self._bad.append(row)
            output.note(f"mathcli: line {row.line} is skipped: {row.reason}")
        self._print(row.index, "\n" if self._job.answer_only else "")

    def _put_out(self, outcome: Outcome, record: dict[str, Any], journal: Journal | None) -> None:
        if journal is not None:
            journal.add(outcome.problem.key, record)
        if journal is not None and not self._job.answer_only:
            return
        line = outcome.answer if self._job.answer_only else output.to_json(record)
        self._print(outcome.problem.index, line + "\n")

    def _print(self, index: int, text: str) -> None:
        """Print in input order: what comes too early waits."""
        self._waiting[index] = text
        while (ready := self._waiting.pop(self._next_index, None)) is not None:
            if ready:
                self._read_by_somebody = output.write(ready) and self._read_by_somebody
            self._next_index += 1

    def _report_bad_lines(self) -> Exit:
        if not self._bad:
            return Exit.OK
        if self._job.out is not None:
            errors = self._job.out.with_name(self._job.out.name + ".errors.jsonl")
            lines = (json.dumps(bad.record(), ensure_ascii=False) for bad in self._bad)
            errors.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
            output.note(f"mathcli: {len(self._bad)} lines were skipped; they are in {errors}")
        return Exit.STOPPED

    def _listen_for_interrupts(self, runner: BatchRunner) -> None:
        """The first Ctrl-C finishes what is in work, the second ends at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupted() -> None:
            self._interrupts += 1
            if self._interrupts == 1:
                output.note("mathcli: finishing what is in work; Ctrl-C again ends at once")
                runner.stop()
            elif task is not None:
                task.cancel()

        try:
            loop.add_signal_handler(signal.SIGINT, interrupted)
        except NotImplementedError:  # Windows: Ctrl-C ends at once
            return


async def _at_once(rows: list[Problem | BadLine]) -> AsyncIterator[Problem | BadLine]:
    for row in rows:
        yield row


def _verdict(grader: Grader, outcome: Outcome) -> str | None:
    if outcome.problem.expected is None:
        return None
    if not outcome.answer:
        return "incorrect"
    return grader.compare(outcome.answer, outcome.problem.expected).verdict.value
