"""Writes rows with their verdicts, and totals: as text, row by row, or as a workbook."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from mathcli.grading.judging import Marked
from mathcli.grading.layout import Exam
from mathcli.grading.totals import as_number, by_question, by_student
from mathcli.sheets.rows import Sheet
from mathcli.sheets.suffixes import DELIMITERS, SUFFIXES, WORKBOOKS, unknown_suffix
from mathcli.spreadsheets.writing import Sheetful

_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?\s?%?")


def extra_columns(exam: Exam) -> tuple[str, ...]:
    """The columns to write besides those of the file, before the verdict and its reason."""
    extracted = ("extracted",) if any(item.extracted for item in exam.items) else ()
    return (*extracted, "expected") if exam.joined else extracted


def graded(one: Marked, extra: Sequence[str], *, points: bool) -> dict[str, Any]:
    """The row of an answer with `verdict`, `reason`, and the answers that were compared.

    Args:
        points: with `points` (empty while undecided) and `out_of`.
    """
    item = one.item
    values = {"extracted": item.predicted, "expected": item.expected}
    row = dict(item.fields) | {name: values[name] for name in extra}
    for name in ("verdict", "reason"):  # the last columns, also in a file that was graded before
        row.pop(name, None)
    if points:
        earned = "" if one.points is None else as_number(one.points)
        row |= {"points": earned, "out_of": as_number(item.out_of)}
    return row | {"verdict": one.verdict.value, "reason": one.comparison.reason}


def totals_rows(marked: Sequence[Marked], what: str, *, points: bool) -> Iterator[dict[str, Any]]:
    """The totals of each student (`students`) or of each question (`questions`)."""
    name, tallies = (
        ("student", by_student(marked)) if what == "students" else ("question", by_question(marked))
    )
    for label, tally in tallies.items():
        yield {name: label} | tally.record(points=points)


def output_format(path: str | None, sheet: Sheet) -> tuple[str, str]:
    """The format to write, and the separator of a table's cells: by the suffix of `path`, else as
    in the file of answers; a stream gets CSV instead of a workbook.

    Raises:
        UsageError: the suffix is of another format.
    """
    if path is None or path == "-" or not Path(path).suffix:
        return "csv" if sheet.format in WORKBOOKS else sheet.format, sheet.delimiter
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES or suffix == ".xlsm":
        raise unknown_suffix(path, "write")
    form = SUFFIXES[suffix]
    return form, sheet.delimiter if form == sheet.format else DELIMITERS.get(form, ",")


def workbook_sheets(
    rows: Sequence[Mapping[str, Any]], marked: Sequence[Marked], *, totals: bool, points: bool
) -> list[Sheetful]:
    """The sheets of a workbook: the answers, and the totals of students and questions."""
    sheets = [Sheetful("Answers", _grid(rows))]
    if totals:
        sheets += [
            Sheetful(name.capitalize(), _grid([*totals_rows(marked, name, points=points)]))
            for name in ("students", "questions")
        ]
    return sheets


def _grid(rows: Sequence[Mapping[str, Any]]) -> list[list[str | int | float]]:
    names = [*dict.fromkeys(name for row in rows for name in row)]
    numbers = {"correct", "incorrect", "undecided", "blank", "points", "open_points", "out_of"}
    cells = [
        [
            value if name in numbers and isinstance(value, (int, float)) else _cell(value)
            for name, value in ((name, row.get(name, "")) for name in names)
        ]
        for row in rows
    ]
    return [[str(name) for name in names], *cells]


def write_rows(
    rows: Iterator[dict[str, Any]], form: str, sink: TextIO, delimiter: str = ","
) -> None:
    """Write each row as soon as it is ready."""
    if form in DELIMITERS:
        _write_table(rows, sink, delimiter)
        return
    for row in rows:
        if form == "jsonl":
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            sink.write(f"{row['verdict']}\t{row['reason']}\n")
        sink.flush()


def _write_table(rows: Iterator[dict[str, Any]], sink: TextIO, delimiter: str) -> None:
    """Write a table; its columns are those of the first row, since all rows have the same."""
    names: list[str] | None = None
    for row in rows:
        if names is None:
            names = list(row)
            _write_cells(list(map(str, names)), sink, delimiter)
        _write_cells([_cell(row.get(name, "")) for name in names], sink, delimiter)


def _write_cells(cells: list[str], sink: TextIO, delimiter: str) -> None:
    # Python up to 3.12 does not quote a lone carriage return, after which a new row would begin.
    writer = csv.writer(
        sink,
        lineterminator="\n",
        delimiter=delimiter,
        quoting=csv.QUOTE_ALL if any("\r" in cell for cell in cells) else csv.QUOTE_MINIMAL,
    )
    writer.writerow([disarmed(cell) for cell in cells])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def disarmed(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    The quote is taken off again where `read_sheet` reads it, hence a second one before a quote.

    >>> disarmed("=1+1"), disarmed("'=1"), disarmed("-x"), disarmed("-5"), disarmed("+1.5e3")
    ("'=1+1", "''=1", "'-x", '-5', '+1.5e3')
    """
    if not _RUNS.match(cell) or (len(cell) > 1 and _NUMBER.fullmatch(cell)):
        return cell
    return f"'{cell}"
