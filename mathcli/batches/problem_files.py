"""Reads problems from files or streams: JSON lines, CSV, TSV, or one problem per line."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mathcli.answers import extract_answer
from mathcli.answers.keys import accepted_in, joined_alternatives
from mathcli.answers.multipart import joined_parts, labelled_parts
from mathcli.errors import UsageError
from mathcli.input_files import LONGEST_LINE, bounded, lines
from mathcli.json_text import parse
from mathcli.sheets.decoding import utf8_lines
from mathcli.sheets.rows import (
    ACCEPTED,
    ANSWER,
    EXPECTED,
    IDS,
    PROBLEM_NAMES,
    PROBLEMS,
    SOLUTION,
    find,
    first_text,
    is_plain_table,
    read_sheet,
)
from mathcli.sheets.suffixes import DELIMITERS, SUFFIXES, WORKBOOKS, check_suffix

Format = Literal["jsonl", "csv", "tsv", "txt"]
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv",
    ".txt": "txt",
}  # fmt: skip
_TOO_LONG = f"it is longer than {LONGEST_LINE >> 20} MiB"
_SHOWN = 1000  # bytes kept of a line that is too long


@dataclass(frozen=True)
class Problem:
    """One problem of a batch.

    `index` counts the input's rows from 0, including bad and blank ones. `key` is the same in every
    run over the same input: it is computed from the problem's text and id, and its number among
    equal ones. `fields` are all fields of the input row, known or not.
    """

    index: int
    line: int
    key: str
    text: str
    id: str | None
    expected: str | None
    fields: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class BadLine:
    """A line without a problem, and the reason; a blank line is not an error and has no reason."""

    index: int
    line: int
    text: str
    reason: str

    def record(self) -> dict[str, Any]:
        """The line as recorded in the file of errors."""
        return {"line": self.line, "reason": self.reason, "text": self.text}


def format_of(name: str, first_line: str) -> Format:
    """The format, from the name's suffix; for other names and streams, from their first line."""
    known = _SUFFIXES.get(Path(name).suffix.lower())
    return known or ("jsonl" if first_line.lstrip().startswith("{") else "txt")


def read_problems(name: str, raw: Iterable[bytes]) -> Iterator[Problem | BadLine]:
    """Read problems from lines as they arrive.

    Args:
        name: the file's name, for its suffix.
        raw: lines, with or without line ends. Lines that are not UTF-8 are bad lines.

    Raises:
        UsageError: the header of a CSV or TSV file names no field that could hold a problem.
    """
    yield from _problems_in(read_rows(name, raw, columns=PROBLEM_NAMES))


def read_problem_file(
    name: str, source: BinaryIO, notify: Callable[[str], None]
) -> Iterator[Problem | BadLine]:
    """Read problems from a complete file: also from a workbook, or from a table in another encoding
    or with semicolons, as spreadsheet programs write them.

    Args:
        notify: called with notes for the user about how the file is read.

    Raises:
        UsageError: it cannot be read, has no column of problems, or is not a text (`.pdf`).
    """
    check_suffix(name)
    form = SUFFIXES.get(Path(name).suffix.lower(), "")
    if form not in (*WORKBOOKS, *DELIMITERS):
        return read_problems(name, utf8_lines(name, lines(source, name), notify))
    data = bounded(source, name)
    if form in DELIMITERS and is_plain_table(name, data):
        return read_problems(name, data.splitlines(keepends=True))
    sheet = read_sheet(name, data)
    for note in sheet.notes:
        notify(note)
    if not find(dict.fromkeys(sheet.names), PROBLEM_NAMES):
        raise _no_problems(name, sheet.names)
    rows = ((at, " ".join(map(str, row.values())), row) for at, row in enumerate(sheet.rows, 2))
    return _problems_in(rows)


def _problems_in(
    rows: Iterable[tuple[int, str, dict[str, Any] | str]],
) -> Iterator[Problem | BadLine]:
    keys = Keys()
    for index, (line, text, row) in enumerate(rows):
        if isinstance(row, str):
            yield BadLine(index, line, text, row)
            continue
        row_by_name = _by_lower_name(row)
        found = first_text(row_by_name, PROBLEM_NAMES)
        if found is None or not found.strip():
            names = " or ".join(PROBLEMS)
            yield BadLine(index, line, text, f"it has no problem (in a field {names})")
            continue
        if "\0" in found:
            yield BadLine(index, line, text, "its problem has NUL characters: it is no text")
            continue
        identity = first_text(row_by_name, IDS)
        yield Problem(
            index=index,
            line=line,
            key=keys.key(found, identity),
            text=found.strip(),
            id=identity,
            expected=_expected(row_by_name),
            fields=row,
        )


def _by_lower_name(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row by its names in lower case; a name that is written so goes first."""
    lowered = {str(name).strip().lower(): value for name, value in reversed([*row.items()])}
    return lowered | {name: row[name] for name in lowered if name in row}


class Keys:
    """Gives problems keys that are the same in every run over the same input."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str | None]] = Counter()

    def key(self, text: str, identity: str | None) -> str:
        """The key of the next problem with this text and id."""
        self._seen[text, identity] += 1
        name = f"{self._seen[text, identity]}\n{identity}\n{text}".encode("utf-8", "replace")
        return hashlib.sha256(name).hexdigest()[:24]


def _expected(row: dict[str, Any]) -> str | None:
    """The right answer; `None` where its cell is empty: the problem is solved and not graded."""
    found = _stated(row)
    return found if found and found.strip() else None


def _stated(row: dict[str, Any]) -> str | None:
    """The right answer; for a worked solution (GSM8K, MATH) the answer that it states."""
    if (listed := find(row, ACCEPTED)) and isinstance(row[listed], list):
        return joined_alternatives(accepted_in(row, find(row, (*EXPECTED, ANSWER)) or listed))
    found = _of_parts(row) or first_text(row, (*EXPECTED, ANSWER, *ACCEPTED))
    if found is None and (solution := first_text(row, (SOLUTION,))) and "\\boxed" in solution:
        found = solution
    if found is not None and ("####" in found or "\\boxed" in found):
        stated = extract_answer(found, guess=False)
        return stated.text if stated else found
    return found


def _of_parts(row: dict[str, Any]) -> str | None:
    """The right answers to the parts of a problem: an object of labels (`{"a": 3, "b": 5}`)."""
    name = find(row, (*EXPECTED, ANSWER))
    value = row[name] if name else None
    parts = labelled_parts(value) if isinstance(value, Mapping) else None
    return joined_parts(parts) if parts is not None else None


def read_rows(
    name: str, lines: Iterable[bytes], columns: Sequence[str] = ()
) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    """Iterate over (line number, text, fields or the error of the line).

    A blank line of a plain file is a row without an error; in other formats it is no row.

    Args:
        columns: names of which a CSV or TSV file must have at least one.

    Raises:
        UsageError: the file has none of them.
    """
    decoded = _decoded(lines)
    first = next(decoded, None)
    if first is None:
        return
    form = format_of(name, first[1] or "")
    everything = _chain(first, decoded)
    if form in DELIMITERS:
        yield from _table_rows(name, everything, columns, form)
        return
    for number, text, trouble in everything:
        if trouble:
            yield number, text, trouble
        elif form == "txt":
            yield number, text, {PROBLEMS[0]: text.strip()} if text.strip() else ""
        elif text.strip():
            yield number, text, _json_row(text)


def _chain(
    first: tuple[int, str, str | None], rest: Iterator[tuple[int, str, str | None]]
) -> Iterator[tuple[int, str, str | None]]:
    yield first
    yield from rest


def _decoded(lines: Iterable[bytes]) -> Iterator[tuple[int, str, str | None]]:
    for number, raw in enumerate(lines, 1):
        if len(raw) > LONGEST_LINE:
            yield number, raw[:_SHOWN].decode("utf-8", "backslashreplace"), _TOO_LONG
            continue
        data = raw.rstrip(b"\r\n")
        if number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            yield number, data.decode("utf-8"), None
        except UnicodeDecodeError:
            yield number, data.decode("utf-8", "backslashreplace"), "it is not UTF-8 text"


def _json_row(text: str) -> dict[str, Any] | str:
    try:
        value = parse(text)
    except ValueError as error:
        return f"it is not JSON ({error})"
    if isinstance(value, str):
        return {PROBLEMS[0]: value}
    return value if isinstance(value, dict) else "it is not a JSON object"


class _TableLines:
    """A table's lines for its reader; a quoted cell may span lines, up to a limit."""

    def __init__(self, lines: Iterator[tuple[int, str, str | None]]) -> None:
        self._lines = lines
        self._length = 0
        self.number = 0  # number of the last line

    def __iter__(self) -> _TableLines:
        return self

    def __next__(self) -> str:
        self.number, text, trouble = next(self._lines)
        self._length += len(text) + 1
        if trouble == _TOO_LONG or self._length > LONGEST_LINE:
            self._length = 0
            raise csv.Error(_TOO_LONG)
        return text + "\n"

    def begin_row(self) -> None:
        """Begin a new row."""
        self._length = 0


def _table_rows(
    name: str, lines: Iterator[tuple[int, str, str | None]], columns: Sequence[str], form: Format
) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    csv.field_size_limit(LONGEST_LINE)
    delimiter = DELIMITERS[form]
    source = _TableLines(lines)
    reader = csv.DictReader(source, delimiter=delimiter)
    try:
        names = reader.fieldnames or ()
    except csv.Error as error:
        raise UsageError(f"{name} is not {form.upper()} ({error})", "is it a table?") from None
    if columns and not find(dict.fromkeys(names), columns):
        raise _no_problems(name, names)
    while True:
        source.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield source.number, "", f"it is not {form.upper()} ({error})"
            continue
        if None in row:
            yield source.number, "", "it has more cells than the header has names"
        else:
            yield source.number, delimiter.join(map(str, row.values())), dict(row)


def _no_problems(name: str, names: Iterable[str]) -> UsageError:
    return UsageError(
        f"{name} has no column for the problems",
        f"name one of its columns {', '.join(PROBLEMS[:-1])} or {PROBLEMS[-1]}; "
        f"there are: {', '.join(map(str, names)) or 'none'}",
    )
