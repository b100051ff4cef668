"""`mathcli eval --from` and `--compare`: scores, reruns and compares files of results."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.cli import output
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.eval_report import (
    CompareReport,
    EvalReport,
    about,
    place_of_graded,
    place_of_summary,
    write_records,
    written,
)
from mathcli.cli.sandbox_option import Sandbox
from mathcli.counting import counted
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.evaluation.estimators import Share
    from mathcli.evaluation.rerun import Tallied
    from mathcli.evaluation.results import Result
    from mathcli.models import Card

_WORKERS = 8


@dataclass(frozen=True)
class Scoring:
    """The options of `--from`."""

    file: Path
    out: Path | None
    html: Path | None
    card: str | None
    rerun: bool
    limit: int | None
    sandbox: Sandbox
    forced: tuple[Path, ...] = ()


def score(asked: Scoring) -> EvalReport:
    """Score the recorded outputs of a file, and run their programs again if requested.

    Raises:
        UsageError: the file cannot be read, or has no outputs with right answers.
        ModelError: there is no card of that name.
    """
    from asyncio import run

    from mathcli.evaluation.results import result
    from mathcli.evaluation.summary import summarize

    place = place_of_graded(asked.out, (asked.file, *asked.forced)) if asked.out else None
    if asked.out is not None:
        place_of_summary(asked.out)
    card = _card(asked)
    records, extra = _graded(asked.file, card, asked.limit)
    tallied = None
    if asked.rerun and card is not None:
        records, tallied = run(_rerun(records, card, asked.sandbox))
    results = [result(record) for record in records]
    summary = summarize(results, selected(results, asked.forced))
    report = EvalReport(about(asked.file.name, None, records), summary, tallied, extra=extra)
    if place is not None:
        write_records(place, records)
    return written(report, records, asked.out, asked.html)


def compare_files(first: Path, second: Path, seed: int) -> CompareReport:
    """Compare two files of results.

    Raises:
        UsageError: one cannot be read, or they have no problem in common.
    """
    from mathcli.evaluation.comparison import compare

    return CompareReport(str(first), str(second), compare(results(first), results(second), seed))


def selected(chosen: Sequence[Result], forced: Sequence[Path]) -> Share | None:
    """Selection accuracy, if there are runs with each method forced."""
    from mathcli.evaluation.summary import selection

    return selection(chosen, *map(results, forced)) if forced else None


def results(file: Path) -> list[Result]:
    """The results in a file, graded if they have no verdicts.

    Raises:
        UsageError: it cannot be read, or has no right answers.
    """
    from mathcli.evaluation.results import result

    records, _ = _graded(file, None, None)
    return [result(record) for record in records]


def _card(asked: Scoring) -> Card | None:
    from mathcli.models import card_named

    if asked.card is not None:
        return card_named(asked.card)
    if asked.rerun:
        raise UsageError(
            "programs run differently for each family of models",
            "name the family that wrote these: --card tora (see: mathcli models list)",
        )
    return None


def _graded(
    file: Path, card: Card | None, limit: int | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A file's records with verdicts, and notes to print beside the measures."""
    from mathcli.evaluation.predictions import predictions
    from mathcli.evaluation.results import check_own, is_own, read_records
    from mathcli.models import CodeFormat

    rows = read_records(file)[:limit]
    if is_own(rows[0]):
        for number, row in enumerate(rows, 1):
            check_own(row, f"{file.name}, record {number}")
        known = [row for row in rows if row.get("expected_answer") is not None]
        if not known:
            raise UsageError(
                f"{file.name}: no row has a right answer", "solve problems with a field answer"
            )
        return _with_verdicts(known, vote=False), {}
    found = predictions(rows, card.code if card is not None else CodeFormat())
    if found.skipped:
        output.note(f"mathcli: {counted(found.skipped, 'row')} without an output or a right answer")
    records = _with_verdicts(found.records, vote=True)
    return records, _agreement(records, found.scored)


def _with_verdicts(records: list[dict[str, Any]], *, vote: bool) -> list[dict[str, Any]]:
    """The records with verdicts; existing verdicts are kept."""
    from mathcli.answers import Grader
    from mathcli.evaluation.grading import grade_all

    missing = [one for one in records if not _is_graded(one)]
    if not missing:
        return records
    workers = min(os.cpu_count() or 1, _WORKERS, len(missing))
    with Grader(workers=workers) as grader, BatchProgress("answer") as progress:
        progress.expect(len(missing))
        for record, grades in grade_all(missing, grader, vote=vote):
            record.update(grades)
            progress.done(correct=record["verdict"] == "correct")
    return records


def _is_graded(record: Mapping[str, Any]) -> bool:
    return "verdict" in record and ("verdicts" in record or not record.get("samples"))


def _agreement(
    records: Sequence[Mapping[str, Any]], scored: Sequence[Sequence[bool] | None]
) -> dict[str, Any]:
    """How often the verdicts agree with those recorded by the file's authors."""
    pairs = [
        (ours == "correct", theirs)
        for record, recorded in zip(records, scored, strict=True)
        if recorded is not None
        for ours, theirs in zip(record.get("verdicts", [record["verdict"]]), recorded, strict=False)
    ]
    if not pairs:
        return {}
    more = sum(ours and not theirs for ours, theirs in pairs)
    fewer = sum(theirs and not ours for ours, theirs in pairs)
    same = len(pairs) - more - fewer
    output.note(
        f"mathcli: of {counted(len(pairs), 'recorded verdict')} {same} are the same, "
        f"{more} are correct only here, {fewer} only there"
    )
    return {"recorded_verdicts": {"total": len(pairs), "only_here": more, "only_there": fewer}}


async def _rerun(
    records: Sequence[dict[str, Any]], card: Card, sandbox: Sandbox
) -> tuple[list[dict[str, Any]], Tallied]:
    """The records with the results of their programs, and the counts."""
    from mathcli.evaluation.rerun import Tallied, rerun
    from mathcli.sandbox import Executor

    tallied, found = Tallied(), []
    async with Executor(sandbox=sandbox.value) as executor:
        with BatchProgress("problem", " run again") as progress:
            progress.expect(len(records))
            async for record, samples in rerun(records, executor, card):
                for one in (one for reruns in samples for one in reruns):
                    tallied.add(str(record.get("id") or record["index"]), one)
                found.append({**record, "rerun": [[asdict(one) for one in s] for s in samples]})
                progress.done()
    return found, tallied
