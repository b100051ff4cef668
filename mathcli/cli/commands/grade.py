"""`mathcli grade`: grades a file of answers with a key."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.answers import Verdict
from mathcli.cli.comparing import Comparing
from mathcli.cli.completion import SHEETS, complete_file
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import grouped
from mathcli.cli.output import emit, note
from mathcli.cli.panels import LAYOUT
from mathcli.cli.saving import check_page, write_page
from mathcli.errors import Exit, UsageError
from mathcli.grading import Layout
from mathcli.input_files import named

if TYPE_CHECKING:
    from mathcli.grading.judging import Marked
    from mathcli.grading.layout import Exam
    from mathcli.grading.totals import VerdictCounts
    from mathcli.sheets.rows import Sheet

MAX_WORKERS = 8


class TotalsOf(str, Enum):
    """The kind of totals to write."""

    STUDENTS = "students"
    QUESTIONS = "questions"


@dataclass(frozen=True)
class GradeResult:
    """The number of answers with each verdict, and their points if there are any."""

    tally: VerdictCounts
    require_all: bool
    points: bool = False

    @property
    def exit_code(self) -> Exit:
        """0, or with `--require-all`: 0 all correct, 1 a wrong one, 3 an undecided one."""
        if not self.require_all:
            return Exit.OK
        if self.tally.incorrect:
            return Exit.WRONG
        return Exit.NO_ANSWER if self.tally.undecided else Exit.OK

    def text(self) -> str:
        """Empty: the rows are the output, and they are already written."""
        return ""

    def record(self) -> Mapping[str, Any]:
        """The totals."""
        return {verdict.value: getattr(self.tally, verdict.value) for verdict in Verdict}

    def totals(self) -> str:
        """The totals on one line."""
        return _totals(self.tally, points=self.points)


def _totals(tally: VerdictCounts, *, points: bool) -> str:
    from mathcli.grading.points import shown

    parts = " · ".join(f"{getattr(tally, verdict.value)} {verdict.value}" for verdict in Verdict)
    said = f"{parts} of {tally.total} ({tally.share:.1%} correct)"
    if points:
        said += f" · {shown(tally.points)} of {shown(tally.out_of)} points"
        if tally.open_points:
            said += f", {shown(tally.open_points)} undecided"
    return said


@dataclass(frozen=True)
class Sheets:
    """The files with the answers and the key, and their layout."""

    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="Answers: .csv, .tsv, .xlsx, .ods, .jsonl, or one a line; - reads standard input.",
            show_default=False,
            autocompletion=complete_file(*SHEETS, ".jsonl", ".txt"),
        ),
    ]
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help="The right answers, by id, problem, question, or in order.",
            autocompletion=complete_file(*SHEETS, ".jsonl", ".txt"),
        ),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A workbook's sheet, by name or number; default: the first.",
            rich_help_panel=LAYOUT,
        ),
    ] = None
    key_sheet: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The sheet with the key, of --key or else of FILE.",
            rich_help_panel=LAYOUT,
        ),
    ] = None
    layout: Annotated[
        Layout | None,
        typer.Option(
            help="What a row is: an answer, a student, a question; default: by the column names.",
            rich_help_panel=LAYOUT,
        ),
    ] = None
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=NAME",
            help="A column's role: student=, question=, answer=, key= or points=NAME; repeatable.",
            rich_help_panel=LAYOUT,
        ),
    ] = None

    @property
    def inputs(self) -> list[Path]:
        """The input files."""
        return [Path(one) for one in (self.file, self.key) if one not in (None, "-")]

    def read(self) -> tuple[Sheet, Sheet | None]:
        """The answers, and the key if it is not in the same sheet.

        Raises:
            UsageError: they cannot be read, or both are standard input.
        """
        from mathcli.sheets.rows import read_sheet

        if self.file == "-" and self.key == "-":
            raise UsageError(
                "the answers and the key cannot both be standard input",
                "name a file for one of them",
            )
        data = named(self.file)
        answers = read_sheet(_shown(self.file), data, self.sheet)
        if self.key is not None:
            return answers, read_sheet(_shown(self.key), named(self.key), self.key_sheet)
        if self.key_sheet is not None:
            return answers, read_sheet(_shown(self.file), data, self.key_sheet)
        return answers, None


@dataclass(frozen=True)
class GradeOutput:
    """How answers earn points, and which results are written where."""

    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Write here: .csv, .tsv, .xlsx, .ods, .jsonl or .txt.",
        ),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write one page: totals, answers, reasons."),
    ] = None
    partial: Annotated[
        bool,
        typer.Option("--partial", help="A wrong list or tuple earns points for each right part."),
    ] = False
    require_all: Annotated[
        bool,
        typer.Option("--require-all", help="Exit 1 if an answer is wrong, 3 if one is undecided."),
    ] = False
    totals: Annotated[
        TotalsOf | None,
        typer.Option(help="Write the totals of these, in place of the answers."),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="Totals for each value of a field: --by student."),
    ] = None
    as_json: Annotated[
        bool, typer.Option("--json", help="Write rows as JSON, one object a line.")
    ] = False


@grouped
def grade_command(
    sheets: Sheets,
    report: GradeOutput,
    comparing: Comparing,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes that compare; default: cores."),
    ] = None,
    help_all: HelpAll = False,
) -> None:
    """Grade a file of answers: each with a verdict and its reason, and totals.

    A row is an answer, or a student with a column for each question (Q1, Q2),
    or a question with a column for each student; the layout found is printed.
    The key is another file, in any of these layouts, or a row called key. A
    row or a column called points holds the points of each question.

    If a row is an answer, it is read from a field named prediction, pred,
    predicted_answer, generation or answer, the right one from expected_answer,
    gt, target, answer or key; other fields are kept. A short answer is used
    unchanged; a longer text is searched for its answer.

    A key may accept several answers: 1/2 || 50% in a cell, or a list in a field
    named accepted; with 1/2 || 0.5 [1 point] the second earns less. A comma is
    read as a decimal point only if the right answer is a decimal and no other
    reading is possible: 3,5 for 3.5, but not 1,234 for 1.234.

    Exit code: 0 graded. With --require-all: 0 all correct, 1 an answer is
    wrong, 3 none is wrong but some are undecided.

    Examples:

        mathcli grade students.csv --key key.csv -o graded.csv

        mathcli grade class.xlsx -o graded.xlsx --html graded.html

        mathcli batch sums.jsonl -o out.jsonl && mathcli grade out.jsonl

        mathcli grade --require-all lines.txt --key key.txt && echo correct
    """
    check_page(report.html, sheets.inputs)
    result = _graded(sheets, report, comparing, workers)
    note(result.totals())
    emit(result, as_json=False)


def _graded(
    sheets: Sheets, report: GradeOutput, comparing: Comparing, workers: int | None
) -> GradeResult:
    """Read the files, compare and write all answers."""
    from mathcli.cli.grade_rows import Destination
    from mathcli.grading.layout import arranged
    from mathcli.grading.roles import read_columns
    from mathcli.grading.totals import tallied

    columns = read_columns(sheets.column or ())
    answers, right = sheets.read()
    files, totals = (sheets.file, sheets.key), report.totals and report.totals.value
    goes = Destination.of(report.out, answers, files, totals, as_json=report.as_json)
    exam = arranged(answers, right, layout=sheets.layout, columns=columns)
    _check_field(report.by, exam)
    for message in (*answers.notes, *(right.notes if right else ()), *exam.notes):
        note(message)
    if not comparing.decimal_comma:
        _doubt_commas(answers, exam)
    processes = min(workers or os.cpu_count() or 1, MAX_WORKERS, len(exam.items))
    with comparing.grader(processes) as grader:
        marked = goes.write(exam, grader, partial=report.partial)
    with_points = report.partial or exam.has_points
    if report.html is not None:
        from mathcli.rendering.class_page import class_page

        name = Path(_shown(sheets.file)).name
        write_page(report.html, class_page(name, marked, points=with_points))
    _note_groups(report.by, marked, points=with_points)
    return GradeResult(tallied(marked), report.require_all, with_points)


def _shown(file: str) -> str:
    return "standard input" if file == "-" else file


def _doubt_commas(answers: Sheet, exam: Exam) -> None:
    """Print a hint if a sheet with semicolons has numbers with commas: they may be decimals."""
    from mathcli.answers.commas import in_doubt

    if answers.delimiter != ";":
        return
    keys = (accepted for item in exam.items for accepted in item.accepted or ())
    found = in_doubt(keys) or in_doubt(item.predicted for item in exam.items)
    if found is not None:
        note(f"{found} is read as two values; if commas are decimal here, add --decimal-comma")


def _check_field(by: str | None, exam: Exam) -> None:
    names = {str(name): None for item in exam.items for name in item.fields}
    if by is not None and by not in names:
        raise UsageError(f"--by {by}: there is no such field", f"name one of: {', '.join(names)}")


def _note_groups(by: str | None, marked: Sequence[Marked], *, points: bool) -> None:
    """Print the totals for each value of a field."""
    from mathcli.grading.totals import tallied

    if by is None:
        return
    groups: dict[str, list[Marked]] = {}
    for one in marked:
        groups.setdefault(str(one.item.fields.get(by, "")), []).append(one)
    for name, members in groups.items():
        note(f"{by} {name}: {_totals(tallied(members), points=points)}")
