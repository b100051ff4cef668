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

from mathcli.answers import Comparison, Verdict
from mathcli.cli.check import Percent, Timeout, Tolerance, grader_for
from mathcli.cli.output import emit, note
from mathcli.errors import Exit, UsageError
from mathcli.output_files import Place, look, writing
from mathcli.screen import Rows, Stream

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.answers.sheets import Item

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
        total = sum(self.counts.values())
        share = self.counts.get(Verdict.CORRECT.value, 0) / total if total else 0.0
        parts = " · ".join(f"{count} {name}" for name, count in self.record().items())
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
    require_all: RequireAll = False,
    tolerance: Tolerance = 1e-6,
    timeout: Timeout = 2.0,
    percent: Percent = False,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Grade a file of answers: each row with a verdict and its reason, totals at the end.

    Predictions are read from a field named prediction, pred, predicted_answer or generation,
    right answers from expected_answer, gt, target or answer; other fields are kept. Without
    --key a row holds both. A decimal comma is read as one where the right answer is a decimal
    and the comma can be nothing else: 3,5 for 3.5, but not 1,234 for 1.234.

    Exit code: 0 graded. With --require-all: 0 all correct, 1 an answer is wrong, 3 none is
    wrong but some are undecided.

    Examples:

        mathcli grade students.csv --key key.csv -o graded.csv

        mathcli batch homework.jsonl -o answers.jsonl && mathcli grade answers.jsonl

        mathcli grade --require-all one_a_line.txt --key key.txt && echo all correct
    """
    from mathcli.answers import sheets

    answers = sheets.read_sheet(file, _read(file))
    right = sheets.read_sheet(key, _read(key)) if key is not None else None
    found = sheets.items(answers, right)
    extra = sheets.extra_columns(found, answers, joined=right is not None)
    form = "jsonl" if as_json else sheets.output_format(out, answers)
    counts: Counter[str] = Counter()
    processes = min(workers or os.cpu_count() or 1, MAX_WORKERS, len(found))

    place = _place(out, form, (file, key))
    opened = _opened(place, as_json=form == "jsonl")
    with grader_for(tolerance, timeout, percent, processes) as grader, opened as sink:

        def rows() -> Iterator[dict[str, Any]]:
            for item, comparison in zip(found, _verdicts(found, grader), strict=True):
                counts[comparison.verdict.value] += 1
                yield sheets.graded(item, comparison, extra)

        with _progress(len(found), shown=place is not None) as watched:
            sheets.write_rows(watched(rows()), form, sink)
    result = GradeResult(counts, require_all)
    note(result.totals())
    emit(result, as_json=False)


def _verdicts(found: Sequence[Item], grader: Grader) -> Iterator[Comparison]:
    """A verdict for each item; one that the key does not know cannot be decided."""
    known = (item for item in found if item.expected is not None)
    verdicts = grader.compare_many((item.predicted, item.expected or "") for item in known)
    for item in found:
        if item.expected is None:
            yield Comparison(Verdict.UNDECIDED, "the key has no answer for this id")
        else:
            yield _or_with_comma(item, next(verdicts), grader)


def _or_with_comma(item: Item, found: Comparison, grader: Grader) -> Comparison:
    """The verdict; where it is not "correct", that on the answer with a decimal comma."""
    from mathcli.answers.commas import told, with_point

    expected = item.expected or ""
    if found.verdict is Verdict.CORRECT or (read := with_point(item.predicted, expected)) is None:
        return found
    again = grader.compare(read, expected)
    return told(again) if again.verdict is Verdict.CORRECT else found


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
    return re.search(rb"verdict[,\t]reason\r?$", head.partition(b"\n")[0]) is not None


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


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {name}: {error.strerror}", "name a file, or - for standard input"
        ) from None
    return data.decode("utf-8", "replace")
