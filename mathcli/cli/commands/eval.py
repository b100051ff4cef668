"""`mathcli eval`: a model's accuracy on a dataset, and which differences are significant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.backend import Backend, Deterministic, chosen_setup
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.completion import SHEETS, complete_file
from mathcli.cli.eval_files import Scoring, compare_files, score, selected
from mathcli.cli.eval_report import ABOUT, EvalReport, about, place_of_summary, written
from mathcli.cli.given_options import given, refuse_others
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import Without, grouped
from mathcli.cli.request import Request
from mathcli.cli.saving import check_page
from mathcli.errors import Exit, UsageError

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.batches import BadLine, Outcome, Problem
    from mathcli.evaluation.datasets import Dataset
    from mathcli.evaluation.results import Result


_OF_RECORDED = ("recorded", "out", "html", "as_json", "limit", "rerun", "card", "forced")
_OF_COMPARISON = ("compare", "as_json", "seed")


@dataclass(frozen=True)
class EvalTask:
    """What is measured: a model on a dataset, recorded outputs, or two results compared.

    Raises:
        UsageError: none or two of these were given, or an option that does not apply.
    """

    dataset: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATASET",
            help="Problems with right answers: .jsonl, .json, .csv, .tsv or .xlsx, as GSM8K, MATH "
            "and others are published; or MATH's folder.",
            show_default=False,
            autocompletion=complete_file(*SHEETS, ".jsonl", ".json", ".gz"),
        ),
    ] = None
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Append results to this JSONL file; run again, resume."
        ),
    ] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Overwrite the output file.")] = False
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N problems.")
    ] = None
    sample: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only N problems, drawn with --seed."),
    ] = None
    recorded: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Score recorded outputs: of ToRA, DeepSeek-Math, Qwen2.5-Math and the like, or "
            "an earlier -o FILE.",
            autocompletion=complete_file(".jsonl", ".json"),
        ),
    ] = None
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun", help="With --from: run every recorded program again, as --card says."
        ),
    ] = False
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="A B", help="Show which differences between two files of results are not noise."
        ),
    ] = None
    forced: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Results with one method forced; two of them give the selection accuracy of auto.",
        ),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Write a report in which every problem can be read."
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False

    def check(self, ctx: typer.Context) -> None:
        """Refuse options that contradict each other or have no effect.

        Raises:
            UsageError: the message names the options.
        """
        what = {"DATASET": self.dataset, "--from": self.recorded, "--compare": self.compare}
        named = [name for name, value in what.items() if value is not None]
        if not named:
            raise UsageError(
                "there is nothing to evaluate",
                "name a dataset, --from FILE with recorded outputs, or --compare A B",
            )
        if len(named) > 1:
            raise UsageError(f"{named[0]} and {named[1]} cannot be used together", "leave one out")
        if self.compare is not None:
            if {"out", "html"} & given(ctx).keys():
                raise UsageError("--compare writes no files", "see its --json")
            why = "--compare reads two files of results and solves nothing"
            refuse_others(ctx, _OF_COMPARISON, why, instead="evaluate a dataset with them first")
        if self.recorded is not None:
            used = (*_OF_RECORDED, "sandbox") if self.rerun else _OF_RECORDED
            why = "--from scores what is recorded and solves nothing"
            refuse_others(ctx, used, why, instead="name a dataset in the place of --from")
        if self.rerun and self.recorded is None:
            raise UsageError("--rerun needs recorded programs", "name their file with --from FILE")
        if self.fresh and self.out is None and self.dataset is not None:
            raise UsageError("--fresh needs an output file", "name one with -o")
        if self.sample is not None and self.limit is not None:
            raise UsageError("--sample and --limit both set a number", "leave one out")
        files = (self.dataset, self.recorded, self.out, *(self.forced or ()))
        check_page(self.html, [one for one in files if one is not None])


@grouped
def eval_command(
    ctx: typer.Context,
    task: EvalTask,
    backend: Backend,
    request: Annotated[Request, Without("min_trust")],
    width: Annotated[int, typer.Option(min=1, max=64, help="Problems solved at once.")] = 16,
    deterministic: Deterministic = False,
    help_all: HelpAll = False,
) -> None:
    """Measure how well a model solves a dataset: accuracy by subject and level with 95 %
    intervals, pass@k and maj@k, code rate, programs, tokens, time.

    An answer that cannot be compared with the key is undecided, and not
    correct. All --samples are written unless --confidence lets votes end
    early: pass@k needs them. With -o FILE the measures are also in
    FILE.summary.json.

    Exit code: 0 if all problems were done, 6 if some were not, 130 if interrupted.

    Examples:

        mathcli eval gsm8k_test.jsonl -o tir.jsonl --html tir.html

        mathcli eval math500.jsonl --sample 100 --samples 8 -o cot.jsonl

        mathcli eval --compare cot.jsonl tir.jsonl

        mathcli eval --from tora_outputs.jsonl --rerun --card tora
    """
    from mathcli.cli.problem_runs import RunPlan, solve_all

    task.check(ctx)
    forced = tuple(task.forced or ())
    if task.compare is not None:
        output.emit(compare_files(*task.compare, request.writing.seed), as_json=task.as_json)
    if task.recorded is not None:
        asked_of_file = Scoring(
            task.recorded, task.out, task.html, backend.engine.card, task.rerun, task.limit,
            backend.sandbox, forced,
        )  # fmt: skip
        output.emit(score(asked_of_file), as_json=task.as_json)
    assert task.dataset is not None
    problems = _problems(task, task.dataset, request.writing.seed)
    # pass@k needs all samples: votes end early only if --confidence was given.
    request = replace(request, effort=replace(request.effort, usual_confidence=1.0))
    width = max(width, backend.remote.problems_at_once)
    engine = backend.engine.options(sequences=width, busy=width, deterministic=deterministic)
    setup = chosen_setup(backend, request, engine)
    work = _Evaluation(problems, with_page=task.html is not None)
    plan = RunPlan(task.out, task.fresh, width, (task.dataset,))
    code = solve_all(plan, work, setup)
    output.emit(
        written(work.report(code, forced), work.records, task.out, task.html), as_json=task.as_json
    )


def _problems(task: EvalTask, dataset: Path, seed: int) -> Dataset:
    """The problems of the dataset to solve, after checking that results can be written."""
    from mathcli.batches.journal import place_of_results
    from mathcli.evaluation.datasets import read_dataset

    if task.out is not None:
        place_of_results(task.out, (dataset,))
        place_of_summary(task.out)
    return read_dataset(dataset, output.note).limited(task.limit).sampled(task.sample, seed)


class _Evaluation:
    """Solves a dataset and keeps the records that the measures need, in the dataset's order.

    Args:
        with_page: keep the solutions for a page, too; they take far more memory.
    """

    def __init__(self, dataset: Dataset, *, with_page: bool) -> None:
        self._dataset = dataset
        self._with_page = with_page
        self._results: dict[str, Result] = {}
        self._records: dict[str, Mapping[str, Any]] = {}
        self._about: Mapping[str, Any] = {}  # a record with the settings of the run

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """The finished records, in the dataset's order, for a page."""
        return [self._records[key] for key in self._keys() if key in self._records]

    @cached_property
    def known(self) -> list[Problem | BadLine]:
        """The problems and the lines without one, in order."""
        both: list[Problem | BadLine] = [*self._dataset.problems, *self._dataset.bad]
        return sorted(both, key=lambda row: row.index)

    def rows(self, progress: BatchProgress) -> AsyncIterator[Problem | BadLine]:
        """The rows in `known`."""
        from mathcli.cli.problem_runs import at_once

        progress.expect(len(self.known))
        return at_once(self.known)

    def skipped(self, row: Problem | BadLine) -> None:
        """Nothing to do: `solve_all` reports the line."""

    def done_before(self, record: Mapping[str, Any]) -> None:
        """Count it as a new result."""
        self._keep(record["key"], record)

    def grades(self, record: Mapping[str, Any], grader: Grader) -> dict[str, Any]:
        """The verdicts on the answer and on all samples."""
        from mathcli.evaluation.grading import graded

        return graded(record, grader)

    def put_out(self, outcome: Outcome, record: Mapping[str, Any]) -> bool:
        """Keep the record."""
        key = outcome.problem.key
        self._keep(key, {"key": key, **record})
        return True

    def end(self) -> None:
        """Nothing waits: the records are kept."""

    def report(self, code: Exit, forced: tuple[Path, ...]) -> EvalReport:
        """The measures of the finished records."""
        from mathcli.evaluation.summary import summarize

        results = [self._results[key] for key in self._keys() if key in self._results]
        return EvalReport(
            about(self._dataset.name, self._dataset.layout, [self._about]),
            summarize(results, selected(results, forced)),
            complete=len(results) == len(self._dataset.problems),
            exit_code=code,
        )

    def _keys(self) -> Iterator[str]:
        return (problem.key for problem in self._dataset.problems)

    def _keep(self, key: str, record: Mapping[str, Any]) -> None:
        from mathcli.evaluation.results import result

        self._results[key] = result(record)
        if self._with_page:
            self._records[key] = record
        if not self._about.get("model"):
            self._about = {name: record.get(name) for name in ABOUT}
