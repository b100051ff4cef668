"""Reads tables of text: finds the separator of cells, the header, and the fields of rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mathcli.errors import UsageError
from mathcli.input_files import LONGEST_LINE

MOST_COLUMNS = 5_000
"""Columns of a table; with more of them, a short file would fill the memory."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ROWS_LOOKED_AT = 100
_TITLES = 10  # rows that may stand above a header
_ARMED = re.compile(r"\A'(?='*[=+\-@＝＋－＠\t\r\n])")


def delimiter_of(text: str, usual: str) -> tuple[str, str]:
    """The separator of cells, and the text below a line `sep=;`. It is the one that occurs in the
    header and gives most rows as many cells as the header."""
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return declared[1], text[declared.end() :]
    rows_by = {delimiter: _first_rows(text[:200_000], delimiter) for delimiter in SEPARATORS}
    shares = {
        delimiter: sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        for delimiter, rows in rows_by.items()
        if rows and len(rows[0]) > 1
    }
    if not shares:
        return usual, text
    best = max(shares, key=lambda one: (shares[one], one == usual, len(rows_by[one][0])))
    return best, text


def _first_rows(head: str, delimiter: str) -> list[list[str]]:
    try:
        rows = [
            row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row
        ]
    except csv.Error:
        return []
    return rows[:_ROWS_LOOKED_AT]


def table_rows(
    name: str, text: str, delimiter: str
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The fields of the rows of a text, and notes for its reader.

    Raises:
        UsageError: it is no table.
    """
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        numbered = [
            (reader.line_num, [_ARMED.sub("", cell, count=1) for cell in row])
            for row in reader
            if row
        ]
    except csv.Error as error:
        raise UsageError(
            f"{name}, line {reader.line_num}: {error}", "is this a table of text?"
        ) from None
    return rows_of_grid(name, numbered, delimiter)


def rows_of_grid(
    name: str, numbered: Sequence[tuple[int, Sequence[str]]], delimiter: str = ""
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The fields of rows of cells, by the names in the header, and a note where it is not first.

    Rows of titles above the header are passed over, and columns without a name or a cell.

    Args:
        numbered: the number of each row in its file, and its cells.
        delimiter: of the cells in a text; "" in a workbook, which leaves out empty cells.

    Raises:
        UsageError: a row has more cells than the header, or two columns have one name.
    """
    at = _header(numbered, padded=bool(delimiter))
    if not numbered:
        return [], ()
    names = list(numbered[at][1])
    width = max(len(row) for _, row in numbered[at:])
    if width > MOST_COLUMNS:
        raise UsageError(f"{name} has {width:,} columns", f"mathcli reads {MOST_COLUMNS:,} of them")
    if not delimiter:
        names += [""] * (width - len(names))
    elif width > len(names):
        line = next(line for line, row in numbered[at:] if len(row) > len(names))
        raise UsageError(
            f"{name}, line {line}: more cells than the header has names",
            "put a cell with a tab in it in double quotes"
            if delimiter == "\t"
            else 'put answers with commas in double quotes: "1, 2"',
        )
    cells = [row for _, row in numbered[at + 1 :]]
    while len(names) > 1 and cells and not any(map(str.strip, cells[-1])):
        cells.pop()  # rows of separators, which spreadsheets write below a table
    kept = _columns(name, names, cells)
    rows = [
        {one: row[place] if place < len(row) else "" for place, one in kept.items()}
        for row in cells
    ]
    return rows, (f"{name}: its header is in row {at + 1}",) if at else ()


def _header(numbered: Sequence[tuple[int, Sequence[str]]], *, padded: bool) -> int:
    """The place of the row with the columns' names: below titles that fill less than half."""
    head = [row for _, row in numbered[:_ROWS_LOOKED_AT]]
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    width = max(map(len, head), default=0)
    for at, count in enumerate(filled[:_TITLES]):
        is_title = width > 2 and 2 * count < max(filled) and (len(head[at]) == width or not padded)
        if not is_title:
            return at
    return 0


def _columns(name: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """The name of each column that is kept, by its place."""
    named = [one for one in names if one.strip()]
    if twice := next((one for one, count in Counter(named).items() if count > 1), None):
        raise UsageError(f"{name} has two columns called {twice}", "give each column its own name")
    if len(names) - len(named) <= 1:
        return dict(enumerate(names))
    used = {at for row in rows for at, cell in enumerate(row) if cell.strip()}
    return {
        at: one if one.strip() else f"column {at + 1}"
        for at, one in enumerate(names)
        if one.strip() or at in used
    }
