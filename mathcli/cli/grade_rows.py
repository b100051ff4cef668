"""The output of graded answers: rows in a stream or file, a workbook, or a table on a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from mathcli.answers import Verdict
from mathcli.errors import UsageError
from mathcli.grading.judging import Marked, marked
from mathcli.grading.output import (
    extra_columns,
    graded,
    output_format,
    totals_rows,
    workbook_sheets,
    write_rows,
)
from mathcli.output_files import Place, look, writing
from mathcli.screen import Rows, Stream, flush, write
from mathcli.sheets.suffixes import WORKBOOKS
from mathcli.spreadsheets import require

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.grading.layout import Exam
    from mathcli.sheets.rows import Sheet

MOST_WRITTEN = 1_048_576
"""Rows of a workbook's sheet."""
_ANSWERS = re.compile(rb"verdict[,;\t]reason\r?$")
_TOTALS = re.compile(rb"(?:student|question)([,;\t])correct\1incorrect\1undecided\1")


@dataclass(frozen=True)
class Destination:
    """The destination of rows, and their format.

    Args:
        sheet: the input sheet.
        form: one of the formats of `mathcli.sheets.suffixes`.
        delimiter: of a table's cells.
        place: the file; `None`: standard output.
        totals: `students` or `questions`: their totals are written in place of the answers.
        drawn: whether a terminal shows a formatted table.
    """

    sheet: Sheet
    form: str
    delimiter: str
    place: Place | None
    totals: str | None
    drawn: bool

    @classmethod
    def of(
        cls,
        out: str | None,
        sheet: Sheet,
        inputs: Sequence[str | None],
        totals: str | None,
        *,
        as_json: bool,
    ) -> Destination:
        """The destination that the command line names.

        Raises:
            UsageError: it is an input, or an existing file that `grade` did not write; the format
                is unknown, or a library for it is missing.
        """
        form, delimiter = output_format(out, sheet)
        if as_json and form in WORKBOOKS:
            raise UsageError(
                f"--json writes no workbook, and {out} is one", "leave one of them out"
            )
        if form in WORKBOOKS:
            require(str(out), form)
        form = "jsonl" if as_json else "csv" if totals and form == "lines" else form
        drawn = out is None and not as_json and Stream(sys.stdout).isatty()
        return cls(sheet, form, delimiter, _place(out, form, inputs), totals, drawn)

    def write(self, exam: Exam, grader: Grader, *, partial: bool) -> list[Marked]:
        """Grade, and write the results, as a stream if the format allows it.

        Args:
            partial: whether parts of answers earn points.

        Raises:
            UsageError: a workbook would have too many rows.
            OutputError: the file cannot be written.
        """
        if self.form in WORKBOOKS and len(exam.items) >= MOST_WRITTEN:
            raise UsageError(
                f"a sheet has at most {MOST_WRITTEN:,} rows, and these are {len(exam.items):,}",
                "write a .csv file",
            )
        found: list[Marked] = []
        points = partial or exam.has_points
        extra = extra_columns(exam)

        def rows() -> Iterator[dict[str, Any]]:
            for row in marked(exam.items, grader, partial=partial):
                found.append(row)
                yield graded(row, extra, points=points)

        with _progress(len(exam.items), shown=self.drawn or self.place is not None) as watched:
            if self.drawn or self.totals or self.form in WORKBOOKS:
                whole = list(watched(rows()))
            else:
                self._write_rows(watched(rows()))
        if self.totals:
            whole = list(totals_rows(found, self.totals, points=points))
        if self.drawn:
            _draw(found, whole if self.totals else None, points=points)
        elif self.form in WORKBOOKS:
            self._write_workbook(whole, found, exam, points=points)
        elif self.totals:
            self._write_rows(iter(whole))
        return found

    def _write_rows(self, rows: Iterator[dict[str, Any]]) -> None:
        with _opened(self.place, as_json=self.form == "jsonl") as sink:
            write_rows(rows, self.form, sink, self.delimiter)

    def _write_workbook(
        self, rows: list[dict[str, Any]], found: list[Marked], exam: Exam, *, points: bool
    ) -> None:
        from mathcli.spreadsheets import write_workbook

        assert self.place is not None  # a workbook cannot be streamed
        with_totals = exam.by_student and not self.totals
        sheets = workbook_sheets(rows, found, totals=with_totals, points=points)
        data = write_workbook(str(self.place.path), self.form, sheets)
        with writing(self.place) as draft:
            draft.write_bytes(data)


def _draw(
    found: Sequence[Marked], totals: Sequence[dict[str, Any]] | None, *, points: bool
) -> None:
    """Print a table on the terminal: of the totals if there are any, else of the answers."""
    from mathcli.console import console, drawn
    from mathcli.rendering.class_table import drawn_lines, totals_table

    width, encoding = console().width, sys.stdout.encoding
    lines = (
        drawn_lines(found, width=width, encoding=encoding, points=points)
        if totals is None
        else totals_table(totals, width=width, encoding=encoding)
    )
    write(drawn(lines, width))


@contextmanager
def _opened(place: Place | None, *, as_json: bool) -> Iterator[TextIO]:
    """Open the destination of rows; control characters are removed, also in a file."""
    if place is None:
        yield cast("TextIO", Rows(Stream(sys.stdout), as_json=as_json))
        flush()  # before the totals are reported
        return
    with writing(place) as draft:
        yield cast("TextIO", Rows(draft, as_json=as_json))


def _place(out: str | None, form: str, inputs: Sequence[str | None]) -> Place | None:
    """The file for the rows; `None`: standard output."""
    if out is None or out == "-":
        return None
    read = [0 if one == "-" else Path(one) for one in inputs if one is not None]
    return look(Path(out), "graded answers", inputs=read, is_ours=_recognizer(out, form))


def _recognizer(out: str, form: str) -> Callable[[bytes], bool]:
    if form in WORKBOOKS:
        return lambda _: _is_workbook(Path(out))
    return _is_table if form in ("csv", "tsv") else _is_json if form == "jsonl" else _is_list


def _is_workbook(path: Path) -> bool:
    from mathcli.input_files import named
    from mathcli.spreadsheets import is_written_by_us

    return is_written_by_us(named(path))


def _is_table(head: bytes) -> bool:
    first = head.partition(b"\n")[0]
    return _ANSWERS.search(first) is not None or _TOTALS.match(first) is not None


def _is_json(head: bytes) -> bool:
    is_answer = b'"verdict": ' in head and b'"reason": ' in head
    return head.startswith(b"{") and (is_answer or b'"undecided": ' in head)


def _is_list(head: bytes) -> bool:
    return head.partition(b"\t")[0].decode("ascii", "replace") in {one.value for one in Verdict}


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Any]:
    """Wrap an iterator so that a terminal shows its progress."""
    if not (shown and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        with nullcontext():
            yield lambda rows: rows
        return
    from rich.progress import Progress

    from mathcli.console import console

    with Progress(console=console(stderr=True), transient=True, redirect_stdout=False) as progress:
        yield lambda rows: progress.track(rows, total=total, description="grading")
