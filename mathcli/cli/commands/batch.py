"""`mathcli batch`: a file or stream of problems, solved together; can be resumed."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from mathcli.cli import output
from mathcli.cli.backend import Backend, Deterministic, chosen_setup
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.completion import SHEETS, complete_file
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import grouped
from mathcli.cli.request import Request
from mathcli.cli.streamed_input import arriving
from mathcli.errors import UsageError
from mathcli.input_files import lines
from mathcli.screen import Stream
from mathcli.wrapping import columns

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.batches import BadLine, Outcome, Problem, Shard
    from mathcli.cli.batch_lines import BatchLines
    from mathcli.cli.problem_runs import RunPlan


@dataclass(frozen=True)
class Files:
    """The input of problems, the shard to solve, and the output of results."""

    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="Problems: .jsonl, .csv, .tsv, .xlsx, .ods, or one a line.",
            autocompletion=complete_file(*SHEETS, ".jsonl", ".txt"),
        ),
    ]
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="Append results to this JSONL file.")
    ] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Overwrite the output file.")] = False
    answer_only: Annotated[
        bool, typer.Option("--answer-only", "-q", help="Print one answer a line, in input order.")
    ] = False
    as_json: Annotated[
        bool, typer.Option("--json", help="Print records also on a terminal, not lines to read.")
    ] = False
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Solve only part I of N, for N machines: see merge."),
    ] = None

    def plan(self, width: int) -> RunPlan:
        """The plan of the run, with `width` problems solved at once.

        Raises:
            UsageError: the shard is invalid, or the input is a stream, whose length is unknown; or
                results cannot be written.
        """
        from mathcli.batches import Shard
        from mathcli.batches.journal import place_of_results
        from mathcli.cli.problem_runs import RunPlan

        shard = Shard.parse(self.shard) if self.shard is not None else None
        if shard is not None and self.file == "-":
            raise UsageError(
                "--shard needs a file of problems", "name the same file for each shard"
            )
        inputs: tuple[Path | int, ...] = (0,) if self.file == "-" else (Path(self.file),)
        if self.out is None and self.fresh:
            raise UsageError("--fresh needs an output file", "name one with -o")
        if self.out is not None:
            place_of_results(self.out, inputs)
        return RunPlan(self.out, self.fresh, width, inputs, shard)


@grouped
def batch_command(
    files: Files,
    backend: Backend,
    request: Request,
    width: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Problems solved at once. (default: 16 solutions)"),
    ] = None,
    deterministic: Deterministic = False,
    help_all: HelpAll = False,
) -> None:
    """Solve many problems at once. Run again, a batch with -o resumes where it stopped.

    Exit code: 0 if all problems were done, 6 if some were not.

    Examples:

        mathcli batch homework.jsonl -o answers.jsonl

        cat problems.txt | mathcli batch --answer-only - | paste problems.txt -

        mathcli batch homework.csv -o answers.jsonl && mathcli grade answers.jsonl

        mathcli batch homework.jsonl --shard 2/8 -o part-2.jsonl
    """
    from mathcli.cli.problem_runs import solve_all

    width = width or max(request.effort.problems_at_once, backend.remote.problems_at_once)
    plan = files.plan(width)
    engine = backend.engine.options(sequences=width, busy=width, deterministic=deterministic)
    with _open(files.file) as source:
        work = _Batch(files, source, plan.shard)
        code = solve_all(plan, work, chosen_setup(backend, request, engine))
    raise typer.Exit(int(code))


def _open(file: str) -> Any:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot read {file}: {reason}",
            'name a file, or - for standard input; for one problem: mathcli solve "…"',
        ) from None


class _Batch:
    """Reads problems and prints answers or records in input order."""

    def __init__(self, files: Files, source: BinaryIO, shard: Shard | None) -> None:
        self._name = files.file
        self._shard = shard
        self._part: dict[str, Any] = {}  # the shard, as recorded
        self._source = source
        self._answer_only = files.answer_only
        self._printing = files.out is None or files.answer_only
        for_people = self._printing and not files.answer_only and not files.as_json
        self._for_people = for_people and Stream(sys.stdout).isatty()
        self._drawing: BatchLines | None = None
        self._waiting: dict[int, str] = {}
        self._next_index = 0
        self._read_by_somebody = True
        self.known = self._read() if files.file != "-" else None
        """The rows of a file; `None` for a stream."""

    def _read(self) -> list[Problem | BadLine]:
        """The rows of the file, which is read before a model is loaded: it may be refused."""
        from mathcli.batches import read_problem_file

        return list(read_problem_file(self._name, self._source, output.note))

    def rows(self, progress: BatchProgress) -> AsyncIterator[Problem | BadLine]:
        """The problems of the stream or file."""
        from mathcli.batches import BadLine, Problem, read_problems
        from mathcli.cli.problem_runs import at_once
        from mathcli.sheets.decoding import utf8_lines

        if self.known is None:
            raw = lines(self._source.fileno(), "standard input")
            return arriving(read_problems("-", utf8_lines("standard input", raw, output.note)))
        own = found = self.known
        if self._shard is not None:
            own = [row for row in found if self._shard.has(row)]
            ours, all_ = (sum(isinstance(row, Problem) for row in rows) for rows in (own, found))
            self._part = {"shard": self._shard.record(ours, all_)}
        blank = sum(isinstance(row, BadLine) and not row.reason for row in own)
        progress.expect(len(own) - blank)
        return at_once(found)

    def skipped(self, row: Problem | BadLine) -> None:
        """Keep an empty place in the list of answers for a line without a problem."""
        ours = self._shard is None or self._shard.has(row)
        self._print(row.index, "\n" if self._answer_only and ours else "")

    def done_before(self, record: Mapping[str, Any]) -> None:
        """Skip a result in the file: it is not printed again."""

    def grades(self, record: Mapping[str, Any], grader: Grader) -> dict[str, Any]:
        """The shard, and the verdict if the input has a right answer."""
        from mathcli.evaluation.grading import graded

        return self._part | (graded(record, grader) if "expected_answer" in record else {})

    def put_out(self, outcome: Outcome, record: Mapping[str, Any]) -> bool:
        """Print a result, unless it is only for the file."""
        if self._printing:
            self._print(outcome.problem.index, self._shown(outcome, record))
        return self._read_by_somebody

    def _shown(self, outcome: Outcome, record: Mapping[str, Any]) -> str:
        """A result as it is printed: an answer, a line to read, or a record."""
        if self._answer_only:
            return outcome.answer + "\n"
        if not self._for_people:
            return output.record_line(record)
        from mathcli.cli.batch_lines import BatchLines
        from mathcli.console import drawn

        width = columns()
        if self._drawing is None:
            rows = [*(self.known or ()), outcome.problem]
            keyed = any(getattr(row, "expected", None) is not None for row in rows)
            self._drawing = BatchLines(width, keyed=keyed)
            output.write(drawn([self._drawing.head()], width))
        return drawn([self._drawing.line(outcome, record)], width)

    def end(self) -> None:
        """Print the results that wait for one before them, which will not come any more."""
        for index in sorted(self._waiting):
            missing = index - self._next_index if self._answer_only else 0
            output.write("\n" * missing + self._waiting.pop(index))
            self._next_index = index + 1

    def _print(self, index: int, text: str) -> None:
        """Print in input order; results that arrive early wait."""
        self._waiting[index] = text
        while (ready := self._waiting.pop(self._next_index, None)) is not None:
            if ready:
                self._read_by_somebody = output.write(ready) and self._read_by_somebody
            self._next_index += 1
