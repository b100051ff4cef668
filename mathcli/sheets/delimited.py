"""Reads tables of text: finds the separator of cells, the header, and the fields of rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from mathcli.errors import UsageError
from mathcli.input_files import LONGEST_LINE

MOST_COLUMNS = 5_000
"""Columns of a table; with more of them, a short file would fill the memory."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ROWS_LOOKED_AT = 100
_TITLES = 10  # rows that may stand above a header
IsHeader = Callable[[Sequence[str]], bool]
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"(?!")')
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
    name: str, text: str, delimiter: str, is_header: IsHeader
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The fields of the rows of a text, and notes for its reader.

    Args:
        is_header: whether a row has usual names of columns.

    Raises:
        UsageError: it is no table.
    """
    try:
        numbered = [
            (line, [_ARMED.sub("", cell, count=1) for cell in row])
            for line, row in _numbered(name, text, delimiter)
        ]
    except csv.Error as error:
        raise UsageError(f"{name}, {error}", "is this a table of text?") from None
    return rows_of_grid(name, numbered, delimiter, is_header)


def is_plain(name: str, text: str, usual: str, is_header: IsHeader) -> bool:
    """Whether a table has the usual separator, and its header in its first row.

    Raises:
        UsageError: a quote in it is never closed.
    """
    delimiter, below = delimiter_of(text, usual)
    if delimiter != usual or below is not text:
        return False
    rows = _numbered(name, text, usual)
    try:
        head = list(islice(rows, _ROWS_LOOKED_AT))
        for _ in rows:  # to the end, for its quotes
            pass
        return _header(head, is_header, padded=True) == 0
    except csv.Error:  # a row that is too long: its reader goes on below it
        return True


def _numbered(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that have cells, each with the number of its last line.

    Raises:
        UsageError: a quote is never closed, so that a cell has swallowed the lines below it.
        csv.Error: a cell is too long; the message begins with its line.
    """
    csv.field_size_limit(LONGEST_LINE)
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=delimiter)
    above = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(f"line {reader.line_num}: {error}") from None
        if reader.line_num > above + 1 or reader.line_num == len(lines):
            opened = _open_quote("".join(lines[above : reader.line_num]), delimiter)
            if opened is not None:
                raise UsageError(
                    f"{name}, line {above + 1 + opened}: a quote opened here is never closed",
                    'close it at the end of its cell: "1, 2"; a quote in a cell is written ""',
                )
        above = reader.line_num
        if row:
            yield above, row


def _open_quote(row: str, delimiter: str) -> int | None:
    """The line within a row at which a quote is opened that is not closed, or only in the midst of
    a cell in another line."""
    at = 0
    while 0 <= at < len(row):
        if row[at] == '"':
            closed = _QUOTED.match(row, at)
            if closed is None:
                return row.count("\n", 0, at)
            after = row[closed.end() : closed.end() + 1]
            if "\n" in closed[0] and after not in ("", "\r", "\n", delimiter):
                return row.count("\n", 0, at)
            at = closed.end()
        at = row.find(delimiter, at) + 1 or len(row)
    return None


def rows_of_grid(
    name: str,
    numbered: Sequence[tuple[int, Sequence[str]]],
    delimiter: str = "",
    is_header: IsHeader = lambda _: False,
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The fields of rows of cells, by the names in the header, and a note where it is not first.

    Rows of titles above the header are passed over, and columns without a name or a cell.

    Args:
        numbered: the number of each row in its file, and its cells.
        delimiter: of the cells in a text; "" in a workbook, which leaves out empty cells.
        is_header: whether a row has usual names of columns.

    Raises:
        UsageError: a row has more cells than the header, or two columns have one name.
    """
    at = _header(numbered, is_header, padded=bool(delimiter))
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
    return rows, (f"{name}: its header is in row {numbered[at][0]}",) if at else ()


def _header(
    numbered: Sequence[tuple[int, Sequence[str]]], is_header: IsHeader, *, padded: bool
) -> int:
    """The place of the row with the columns' names: the first with a usual name if the rows above
    it are shorter, else below titles that fill less than half."""
    head = [row for _, row in numbered[:_ROWS_LOOKED_AT]]
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    named = next((at for at, row in enumerate(head[:_TITLES]) if is_header(row)), 0)
    begins = all(row[0].strip() for row, count in zip(head[:named], filled, strict=False) if count)
    if named and begins and max(filled[:named]) < filled[named]:
        return named
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
