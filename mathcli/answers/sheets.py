"""Files of answers: rows in CSV or TSV, JSON lines or plain lines.

Field names are those that published systems write; fields that are not known are kept.
`joining` finds the answers in the rows, `sheet_output` writes the rows with their verdicts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mathcli.answers.decoding import decoded
from mathcli.errors import UsageError
from mathcli.input_files import LONGEST_LINE
from mathcli.json_text import parse

FORMATS = ("csv", "tsv", "jsonl", "lines")
DELIMITERS = {"csv": ",", "tsv": "\t"}
"""Of the formats with a header and cells."""
IDS = ("id", "idx", "index", "uid", "unique_id", "problem_id", "question_id")
EXPECTED = ("expected_answer", "expected", "gt", "target", "gold", "ground_truth", "reference")
ACCEPTED = ("accepted", "answers", "accepted_answers", "acceptable_answers")
"""Fields whose list holds alternatives, each a whole answer."""
PREDICTED = (
    "prediction", "pred", "predicted_answer", "predicted", "model_answer", "student_answer",
    "response", "generation", "completion", "output",
)  # fmt: skip
PROBLEMS = ("problem", "question", "prompt")
ANSWER = "answer"
SOLUTION = "solution"
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "jsonl", ".txt": "lines",
}  # fmt: skip
"""What a name's suffix says about the format; a `.txt` may hold any."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ROWS_LOOKED_AT = 100
_ARMED = re.compile(r"\A'(?=[=+\-@＝＋－＠\t\r])")


@dataclass(frozen=True)
class Sheet:
    """A file of answers.

    Args:
        name: for messages.
        format: one of `FORMATS`.
        rows: the fields of each row; a row of a plain file has the one field `answer`.
        delimiter: what separates the cells of a table.
        notes: what its reader should know: its encoding, its delimiter.
    """

    name: str
    format: str
    rows: list[dict[str, Any]] = field(repr=False)
    delimiter: str = ","
    notes: tuple[str, ...] = ()


def read_sheet(name: str, data: bytes) -> Sheet:
    """The rows of a file, by its name's suffix; names without one are judged by what they hold.

    Raises:
        UsageError: if it is no text, its suffix is not known, or a row cannot be read; the
            message gives the row's line.
    """
    form = _known_format(name)
    text, encoding = decoded(name, data)
    notes = [f"{name} is read as {encoding}"] if encoding else []
    if form in ("lines", ""):
        form = _guess(text)
    if form == "jsonl":
        return Sheet(name, form, _json_rows(name, text), notes=tuple(notes))
    if form == "lines":
        lines = text.removesuffix("\n").split("\n") if text.strip() else []
        rows = [{ANSWER: line.strip()} for line in lines]
        return Sheet(name, form, rows, notes=tuple(notes))
    delimiter, text = delimiter_of(text, DELIMITERS[form])
    if delimiter != DELIMITERS[form]:
        notes.append(f"{name}: its cells are separated by {_SEPARATORS[delimiter]}")
    return Sheet(name, form, _table_rows(name, text, delimiter), delimiter, tuple(notes))


def _known_format(name: str) -> str:
    """The format that the suffix of a name says; "" where it has none."""
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in SUFFIXES:
        raise unknown_suffix(name, "read")
    return SUFFIXES.get(suffix, "")


def unknown_suffix(name: str, verb: str) -> UsageError:
    """The refusal of a file whose suffix says another format."""
    suffix = Path(name).suffix.lower()
    if suffix in (".xlsx", ".xls", ".ods", ".numbers"):
        hint = "save it as CSV (UTF-8) in your spreadsheet program, and give that file"
        if verb == "write":
            hint = "write a .csv file, which spreadsheet programs open"
        return UsageError(f"{name} is a spreadsheet, which mathcli cannot {verb}", hint)
    return UsageError(
        f"cannot {verb} {name}: what format is {suffix}?",
        f"use one of {', '.join(SUFFIXES)}" + (", or - for a stream" if verb == "read" else ""),
    )


def _guess(text: str) -> str:
    """The format of a text: JSON lines, a table with a header that is known, or plain lines."""
    first = next((line for line in text.split("\n", 20)[:20] if line.strip()), "")
    if first.lstrip().startswith("{"):
        try:
            return "jsonl" if isinstance(parse(first), dict) else "lines"
        except ValueError:
            return "jsonl" if re.match(r'\s*\{\s*"', first) else "lines"
    for form, delimiter in (("tsv", "\t"), ("csv", ","), ("csv", ";")):
        names = [cell.strip(' "\ufeff').lower() for cell in first.split(delimiter)]
        if len(names) > 1 and {*names} & {ANSWER, *ACCEPTED, *EXPECTED, *PREDICTED}:
            return form
    return "lines"


def delimiter_of(text: str, usual: str) -> tuple[str, str]:
    """What separates the cells, and the text below a line `sep=;`: what the header has, and gives
    most rows as many cells as the header."""
    told = re.match(r"sep=(.)\r?\n", text)
    if told:
        return told[1], text[told.end() :]
    rows_by = {delimiter: _first_rows(text[:200_000], delimiter) for delimiter in _SEPARATORS}
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


def _table_rows(name: str, text: str, delimiter: str) -> list[dict[str, Any]]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[dict[str, Any]] = []
    try:
        for row in reader:
            if None in row:
                raise UsageError(
                    f"{name}, line {reader.line_num}: more cells than the header has names",
                    "put a cell with a tab in it in double quotes"
                    if delimiter == "\t"
                    else 'put answers with commas in double quotes: "1, 2"',
                )
            rows.append({key: _ARMED.sub("", value or "", count=1) for key, value in row.items()})
    except csv.Error as error:
        raise UsageError(
            f"{name}, line {reader.line_num}: {error}", "is this a table of text?"
        ) from None
    return rows


def _json_rows(name: str, text: str) -> list[dict[str, Any]]:
    if Path(name).suffix.lower() == ".json" and text.lstrip()[:1] == "[":
        return [_json_row(value) for value in _decoded(name, 1, text)]
    lines = enumerate(text.split("\n"), 1)
    return [_json_row(_decoded(name, number, line)) for number, line in lines if line.strip()]


def _decoded(name: str, number: int, line: str) -> Any:
    try:
        return parse(line)
    except ValueError:
        raise UsageError(
            f"{name}, line {number}: not JSON", "each line has to be one JSON object"
        ) from None


def _json_row(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {ANSWER: value}


def first_text(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of the fields `names` that holds a single value."""
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, (dict, list)):
            return str(value)
    return None


def find(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of `names` that `row` has with a value in it, else that it has at all."""
    present = {str(key).strip().lower(): str(key) for key in reversed(list(row)) if key is not None}
    found = [present[name] for name in names if name in present]
    filled = [name for name in found if row[name] not in (None, "", [])]
    return next(iter(filled or found), "")


def column(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The values of the first of `names` that every row has; empty if there is none."""
    for name in names:
        fields = [find(row, (name,)) for row in sheet.rows]
        if all(fields):
            return [str(row[found]).strip() for row, found in zip(sheet.rows, fields, strict=True)]
    return []
