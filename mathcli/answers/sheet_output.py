"""Rows with their verdicts, written as they come."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from mathcli.answers.joining import Item
from mathcli.answers.sheets import DELIMITERS, SUFFIXES, Sheet, unknown_suffix
from mathcli.answers.verdict import Comparison

_RUNS = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?\s?%?")


def extra_columns(found: Sequence[Item], sheet: Sheet, *, joined: bool) -> tuple[str, ...]:
    """The columns to write besides those of the file, before the verdict and its reason."""
    extracted = ("extracted",) if any(item.extracted for item in found) else ()
    return (*extracted, "expected") if joined or sheet.format == "lines" else extracted


def graded(item: Item, found: Comparison, extra: Sequence[str]) -> dict[str, Any]:
    """The row of `item` with `verdict` and `reason`, and what else was compared."""
    values = {"extracted": item.predicted, "expected": item.expected}
    row = dict(item.fields) | {name: values[name] for name in extra}
    return row | {"verdict": found.verdict.value, "reason": found.reason}


def output_format(path: str | None, sheet: Sheet) -> tuple[str, str]:
    """The format to write, and what separates the cells of a table: by the suffix of `path`,
    else those of the answers.

    Raises:
        UsageError: the suffix is of another format.
    """
    if path is None or path == "-" or not Path(path).suffix:
        return sheet.format, sheet.delimiter
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise unknown_suffix(path, "write")
    form = SUFFIXES[suffix]
    return form, sheet.delimiter if form == sheet.format else DELIMITERS.get(form, ",")


def write_rows(
    rows: Iterator[dict[str, Any]], form: str, sink: TextIO, delimiter: str = ","
) -> None:
    """Write rows as they come."""
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
    """The columns are those of the first row; tables have the same in each."""
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
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def disarmed(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    >>> disarmed("=1+1"), disarmed("-x"), disarmed("-5"), disarmed("+1.5e3")
    ("'=1+1", "'-x", '-5', '+1.5e3')
    """
    if not _RUNS.match(cell) or (len(cell) > 1 and _NUMBER.fullmatch(cell)):
        return cell
    return f"'{cell}"
