"""`mathcli grade`: a file of answers against a key."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from mathcli.answers import Comparison, Match, Verdict
from mathcli.cli.check import (
    Case,
    DecimalComma,
    Digits,
    Percent,
    Positive,
    Timeout,
    Tolerance,
    Units,
    UnitsRule,
    grader_for,
)
from mathcli.cli.output import emit, note
from mathcli.errors import Exit, UsageError
from mathcli.input_files import named
from mathcli.output_files import Place, look, writing
from mathcli.screen import Rows, Stream

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.grading.joining import Item

MAX_WORKERS = 8


@dataclass(frozen=True)
class GradeResult:
    """How many answers got each verdict."""

    counts: Mapping[str, int]
    require_all: bool

    @property
    def exit_code(self) -> Exit:
        """0, or with `--require-all`: 0 all correct, 1 a wrong one, 3 an undecided one."""
        if not self.require_all:
            return Exit.OK
        if self.counts.get(Verdict.INCORRECT.value):
            return Exit.WRONG
        return Exit.NO_ANSWER if self.counts.get(Verdict.UNDECIDED.value) else Exit.OK

    def text(self) -> str:
        """Nothing: the rows are the data, and they were written as they came."""
        return ""

    def record(self) -> Mapping[str, Any]:
        """The totals."""
        return {verdict.value: self.counts.get(verdict.value, 0) for verdict in Verdict}

    def totals(self) -> str:
        """One line for the person who watches."""
        return _totals(self.counts)


def _totals(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    share = counts.get(Verdict.CORRECT.value, 0) / total if total else 0.0
    parts = " · ".join(f"{counts.get(verdict.value, 0)} {verdict.value}" for verdict in Verdict)
    return f"{parts} of {total} ({share:.1%} correct)"


File = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="Answers: .csv, .tsv, .jsonl, or one a line; - reads standard input.",
        show_default=False,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key", metavar="FILE", help="The right answers, joined by id, by problem, or by order."
    ),
]
Out = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="OUT", help="Write here: .csv, .tsv, .jsonl or .txt."),
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="FIELD", help="Totals for each value of a field: --by student."),
]
RequireAll = Annotated[
    bool,
    typer.Option("--require-all", help="Exit 1 if an answer is wrong, 3 if one is undecided."),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, help="Processes that compare; default: cores."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write rows as JSON, one object a line.")]


def grade_command(
    file: File,
    key: Key = None,
    out: Out = None,
    by: By = None,
    require_all: RequireAll = False,
    tolerance: Tolerance = 1e-6,
    timeout: Timeout = 2.0,
    percent: Percent = False,
    decimal_comma: DecimalComma = False,
    positive: Positive = False,
    units: Units = UnitsRule.OPTIONAL,
    digits: Digits = 0,
    case: Case = False,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Grade a file of answers: each row with a verdict and its reason, totals at the end.

    Predictions are read from a field named prediction, pred, predicted_answer or generation,
    right answers from expected_answer, gt, target or answer; other fields are kept. Without
    --key a row holds both. A short answer is taken as it is; a longer text is searched for its
    answer. A key may accept several: 1/2 || 50% in a cell, or a list in a field named accepted.
    A decimal comma is read as one where the right answer is a decimal and the comma can be
    nothing else: 3,5 for 3.5, but not 1,234 for 1.234.

    Exit code: 0 graded. With --require-all: 0 all correct, 1 an answer is wrong, 3 none is
    wrong but some are undecided.

    Examples:

        mathcli grade students.csv --key key.csv -o graded.csv

        mathcli batch homework.jsonl -o answers.jsonl && mathcli grade answers.jsonl

        mathcli grade --require-all one_a_line.txt --key key.txt && echo all correct
    """
    from mathcli.grading.joining import items
    from mathcli.grading.output import extra_columns, graded, output_format, write_rows
    from mathcli.answers.sheets import read_sheet

    answers = read_sheet(file, named(file))
    right = read_sheet(key, named(key)) if key is not None else None
    for told in (*answers.notes, *(right.notes if right else ())):
        note(told)
    form, delimiter = output_format(out, answers)
    found = items(answers, right)
    extra = extra_columns(found, answers, joined=right is not None)
    counts: Counter[str] = Counter()
    groups: dict[str, Counter[str]] = {}
    _check_field(by, found)
    processes = min(workers or os.cpu_count() or 1, MAX_WORKERS, len(found))

    form = "jsonl" if as_json else form
    place = _place(out, form, (file, key))
    strictness = {
        "decimal_comma": decimal_comma,
        "positive": positive,
        "units": units.value,
        "digits": digits,
        "case": case,
    }
    grading = grader_for(tolerance, timeout, percent, processes, strictness=strictness)
    with grading as grader, _opened(place, as_json=form == "jsonl") as sink:

        def rows() -> Iterator[dict[str, Any]]:
            for item, comparison in zip(found, _verdicts(found, grader), strict=True):
                counts[comparison.verdict.value] += 1
                if by is not None:
                    group = groups.setdefault(str(item.fields.get(by, "")), Counter())
                    group[comparison.verdict.value] += 1
                yield graded(item, comparison, extra)

        with _progress(len(found), shown=place is not None) as watched:
            write_rows(watched(rows()), form, sink, delimiter)
    result = GradeResult(counts, require_all)
    for name, group in groups.items():
        note(f"{by} {name}: {_totals(group)}")
    note(result.totals())
    emit(result, as_json=False)


def _check_field(by: str | None, found: Sequence[Item]) -> None:
    names = {str(name): None for item in found for name in item.fields}
    if by is not None and by not in names:
        raise UsageError(f"--by {by}: there is no such field", f"name one of: {', '.join(names)}")


def _verdicts(found: Sequence[Item], grader: Grader) -> Iterator[Comparison]:
    """A verdict for each item; one that the key does not know cannot be decided."""
    known = [item for item in found if item.accepted is not None]
    verdicts = grader.compare_many((item.predicted, (item.accepted or ("",))[0]) for item in known)
    for item in found:
        if item.accepted is None:
            yield Comparison(Verdict.UNDECIDED, "the key has no answer for this id")
        else:
            yield _verdict(item, item.accepted, next(verdicts), grader)


def _verdict(item: Item, accepted: Sequence[str], first: Comparison, grader: Grader) -> Comparison:
    """The verdict on an item, whose comparison with the first accepted answer is known.

    What is not correct as it stands may be so with a decimal comma, and what is undecided may be
    a sentence with one value in it.
    """
    from mathcli.answers.cells import sentence_value

    found = _any(item.predicted, accepted, first, grader)
    if found.verdict is Verdict.UNDECIDED and (value := sentence_value(item.predicted)):
        again = _any(value, accepted, None, grader)
        if again.verdict is not Verdict.UNDECIDED:
            return Comparison(again.verdict, f"{again.reason}; the sentence says {value}")
    return found


def _any(
    answer: str, accepted: Sequence[str], first: Comparison | None, grader: Grader
) -> Comparison:
    """The verdict against several accepted answers; it says which matched."""
    from mathcli.answers.keys import told_match

    if first is not None and (first.verdict is Verdict.CORRECT or len(accepted) == 1):
        match = Match(first, accepted[0] if first.verdict is Verdict.CORRECT else None)
    else:
        match = grader.compare_any(answer, accepted)
    if (
        match.accepted is None
        and not grader.policy.decimal_comma
        and (comma := _with_comma(answer, accepted, grader)) is not None
    ):
        match = comma
    return match.comparison if len(accepted) == 1 else told_match(match)


def _with_comma(answer: str, accepted: Sequence[str], grader: Grader) -> Match | None:
    """The accepted answer that equals `answer` read with a decimal comma."""
    from mathcli.answers.commas import told, with_point

    for one in accepted:
        if (read := with_point(answer, one)) is None:
            continue
        again = grader.compare(read, one)
        if again.verdict is Verdict.CORRECT:
            return Match(told(again), one)
    return None


@contextmanager
def _opened(place: Place | None, *, as_json: bool) -> Iterator[TextIO]:
    """Where rows go: they pass as they may be shown, also into a file."""
    if place is None:
        yield cast("TextIO", Rows(Stream(sys.stdout), as_json=as_json))
        return
    with writing(place) as draft:
        yield cast("TextIO", Rows(draft, as_json=as_json))


def _place(out: str | None, form: str, inputs: Sequence[str | None]) -> Place | None:
    """The file for the rows; `None`: standard output.

    Raises:
        UsageError: it is an input, or there is a file that `grade` did not write.
    """
    if out is None or out == "-":
        return None
    read = [0 if one == "-" else Path(one) for one in inputs if one is not None]
    ours = _is_table if form in ("csv", "tsv") else _is_json if form == "jsonl" else _is_list
    return look(Path(out), "graded answers", inputs=read, is_ours=ours)


def _is_table(head: bytes) -> bool:
    return re.search(rb"verdict[,;\t]reason\r?$", head.partition(b"\n")[0]) is not None


def _is_json(head: bytes) -> bool:
    return head.startswith(b"{") and b'"verdict": ' in head and b'"reason": ' in head


def _is_list(head: bytes) -> bool:
    return head.partition(b"\t")[0].decode("ascii", "replace") in {one.value for one in Verdict}


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Any]:
    """Wraps an iterator so that a terminal shows how far it is."""
    if not (shown and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        with nullcontext():
            yield lambda rows: rows
        return
    from rich.progress import Progress

    from mathcli.console import console

    with Progress(console=console(stderr=True), transient=True) as progress:
        yield lambda rows: progress.track(rows, total=total, description="grading")
