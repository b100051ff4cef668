"""A workbook's sheet as rows of texts."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mathcli.errors import UsageError
from mathcli.spreadsheets.archive import checked, damaged, require
from mathcli.spreadsheets.cells import NOT_CALCULATED, DoubtfulCell, is_percent, text_of

if TYPE_CHECKING:
    from odfdo import Element, Table

MOST_ROWS = 200_000
MOST_COLUMNS = 2_000
MOST_CELLS = 1_000_000
_MOST_READ = 20_000_000  # cells, with empty ones at the ends of rows
_HIGHEST_ROW = 1_048_576  # that a spreadsheet has


class Row(list[str]):
    """A row's cells; `number` is its row in the sheet, from 1, as spreadsheet programs count."""

    number = 0


def read_workbook(
    name: str, data: bytes, kind: str, sheet: str | None = None
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of one sheet, without empty ones, and notes for the user.

    Args:
        name: for messages.
        kind: `xlsx` or `ods`.
        sheet: its name, or its number from 1; `None`: the first that is not hidden.

    Raises:
        UsageError: it cannot be read, is larger than any class, has no such sheet, or the library
            is not installed.
    """
    require(name, kind)
    checked(name, data, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that a sheet of answers does not need
            read = _read_xlsx if kind == "xlsx" else _read_ods
            return read(name, data, sheet)
    except (UsageError, KeyboardInterrupt):
        raise
    except Exception as error:  # a library's own, of any kind, over a file from anywhere
        damaged(name, error)


def _read_xlsx(name: str, data: bytes, wanted: str | None) -> tuple[list[Row], tuple[str, ...]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    names = [one.title for one in book.worksheets]
    hidden = [one.sheet_state != "visible" for one in book.worksheets]
    at, notes = _chosen(name, names, hidden, wanted)
    formulas: Any = None
    if _has_formulas(data):
        formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False).worksheets[at]
        formulas.reset_dimensions()
    worksheet: Any = book.worksheets[at]
    worksheet.reset_dimensions()  # what a file says of its own size need not be true
    below = formulas.iter_rows() if formulas is not None else ()
    rows = (
        (at, [_xlsx_text(*cells) for cells in zip_longest(values, under or ())])
        for at, (values, under) in enumerate(zip_longest(worksheet.iter_rows(), below), 1)
    )
    return _bounded(name, rows), notes


def _xlsx_text(cell: Any, formula: Any) -> str:
    """A cell's text; `formula` is the same cell with its formula in place of its value."""
    value = cell.value
    if value is None and formula is not None and formula.data_type == "f":
        return DoubtfulCell("", NOT_CALCULATED)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return text_of(value, percent=is_number and is_percent(cell.number_format or ""))


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [one for one in archive.namelist() if "sheet" in one and one.endswith(".xml")]
        return any(re.search(rb"<(?:\w+:)?f[ />]", archive.read(one)) for one in sheets)


def _read_ods(name: str, data: bytes, wanted: str | None) -> tuple[list[Row], tuple[str, ...]]:
    from odfdo import Document

    body = Document(io.BytesIO(data)).body
    tables: list[Any] = body.get_elements("table:table")
    at, notes = _chosen(name, [one.name or "" for one in tables], [False] * len(tables), wanted)
    return _bounded(name, _ods_rows(tables[at])), notes


def _ods_rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """All rows with their numbers, and repetitions written out; runs of empty rows, often very
    long, give one row."""
    number = 1
    for row in table.get_elements("descendant::table:table-row"):
        cells: list[str] = []
        empty = 0  # cells whose number only counts where another follows
        for cell in row.get_elements("table:table-cell|table:covered-table-cell"):
            text = "" if cell.tag == "table:covered-table-cell" else _ods_text(cell)
            times = _times(cell, "columns")
            if text or isinstance(text, DoubtfulCell):
                cells += [""] * min(empty, MOST_COLUMNS)
                cells += [text] * min(times, MOST_COLUMNS + 1)
                empty = 0
            else:
                empty += times
            if len(cells) > MOST_COLUMNS:
                break
        times = _times(row, "rows")
        for at in range(min(times, MOST_ROWS + 1) if cells else 1):
            yield number + at, cells
        number += times


def _times(element: Element, what: str) -> int:
    repeated = element.get_attribute_string(f"table:number-{what}-repeated")
    return max(1, int(repeated)) if repeated else 1


def _ods_text(cell: Any) -> str:
    kind = cell.type
    if kind is None:
        return DoubtfulCell("", NOT_CALCULATED) if cell.formula else ""
    if kind == "string":
        stored = cell.get_attribute_string("office:string-value")
        if stored is None:  # the paragraphs, without those of a comment
            stored = "\n".join(one.inner_text for one in cell.get_elements("text:p"))
        return text_of(stored)
    return text_of(cell.value, percent=kind == "percentage")


def _chosen(
    name: str, names: Sequence[str], hidden: Sequence[bool], wanted: str | None
) -> tuple[int, tuple[str, ...]]:
    """The position of the sheet to read, and a note if there are several sheets."""
    if not names:
        raise UsageError(f"{name} holds no sheet with cells", "is it a workbook of charts only?")
    if wanted is not None:
        lowered = [one.casefold() for one in names]
        if wanted.casefold() in lowered:
            return lowered.index(wanted.casefold()), ()
        if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            return int(wanted) - 1, ()
        raise UsageError(
            f"{name} has no sheet {wanted!r}", f"there are: {', '.join(map(repr, names))}"
        )
    shown = [at for at, one in enumerate(hidden) if not one] or [0]
    if len(shown) == 1:
        return shown[0], ()
    note = f"{name} has {len(shown)} sheets, and {names[shown[0]]!r} is read (--sheet names it)"
    return shown[0], (note,)


def _bounded(name: str, rows: Iterable[tuple[int, list[str]]]) -> list[Row]:
    """The rows that hold something, without the empty cells at their ends.

    Raises:
        UsageError: there are too many rows, or they are too long.
    """
    kept: list[Row] = []
    count = read = 0
    for place, (number, cells) in enumerate(rows, 1):
        read += len(cells)
        if place > _HIGHEST_ROW:
            raise UsageError(f"{name} is damaged: no sheet has so many rows", "save it anew")
        row = Row(cells[: _filled(cells)])
        row.number = number
        if not row and read <= _MOST_READ:
            continue
        count += len(row)
        if (
            len(row) > MOST_COLUMNS
            or len(kept) >= MOST_ROWS
            or count > MOST_CELLS
            or read > _MOST_READ
        ):
            raise UsageError(
                f"{name} is too large: at most {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns and "
                f"{MOST_CELLS:,} cells are read",
                "keep the answers, and save them as CSV",
            )
        kept.append(row)
    return kept


def _filled(row: Sequence[str]) -> int:
    """The number of cells up to the last one that holds something."""
    ends = (at for at in range(len(row), 0, -1) if _holds(row[at - 1]))
    return next(ends, 0)


def _holds(text: str) -> bool:
    return bool(text.strip()) or isinstance(text, DoubtfulCell)
