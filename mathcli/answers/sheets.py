"""Files of answers: rows in CSV or TSV, JSON lines or plain lines, joined with a key.

Field names are those that published systems write; fields that are not known are kept.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from mathcli.answers.extraction import extract_answer
from mathcli.answers.verdict import Comparison
from mathcli.errors import UsageError

FORMATS = ("csv", "tsv", "jsonl", "lines")
DELIMITERS = {"csv": ",", "tsv": "\t"}
"""Of the formats with a header and cells."""
IDS = ("id", "idx", "index", "uid", "unique_id", "problem_id", "question_id")
EXPECTED = ("expected_answer", "expected", "gt", "target", "gold", "ground_truth", "reference")
PREDICTED = (
    "prediction", "pred", "predicted_answer", "predicted", "model_answer", "student_answer",
    "response", "generation", "completion", "output",
)  # fmt: skip
PROBLEMS = ("problem", "question", "prompt")
ANSWER = "answer"
SOLUTION = "solution"
_WHOLE_TEXTS = frozenset(["response", "generation", "completion", "output", "solution"])
_SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A file of answers.

    Args:
        name: for messages.
        format: one of `FORMATS`.
        rows: the fields of each row; a row of a plain file has the one field `answer`.
    """

    name: str
    format: str
    rows: list[dict[str, Any]] = field(repr=False)


@dataclass(frozen=True)
class Item:
    """One answer to be graded.

    Args:
        fields: the row as it was read.
        predicted: the answer given; empty if there is none.
        expected: the right answer; `None` if the key has none for this row.
        extracted: whether `predicted` was found in a longer text.
    """

    fields: Mapping[str, Any]
    predicted: str
    expected: str | None
    extracted: bool = False


def read_sheet(name: str, text: str) -> Sheet:
    """The rows of a file, by its name's suffix; other names are judged by what they hold.

    Raises:
        UsageError: if a row cannot be read; the message gives its line.
    """
    text = text.removeprefix("\ufeff")
    form = _SUFFIXES.get(Path(name).suffix.lower()) or _guess(text)
    if form in DELIMITERS:
        return Sheet(name, form, _table_rows(name, text, form))
    if form == "jsonl":
        return Sheet(name, form, _json_rows(name, text))
    lines = text.removesuffix("\n").split("\n") if text.strip() else []
    rows = [{ANSWER: line.strip()} for line in lines]
    return Sheet(name, form, rows)


def _guess(text: str) -> str:
    return "jsonl" if text.lstrip()[:1] == "{" else "lines"


def _table_rows(name: str, text: str, form: str) -> list[dict[str, Any]]:
    csv.field_size_limit(10**9)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=DELIMITERS[form])
    rows: list[dict[str, Any]] = []
    try:
        for row in reader:
            if None in row:
                raise UsageError(
                    f"{name}, line {reader.line_num}: more cells than the header has names",
                    'put answers with commas in double quotes: "1, 2"'
                    if form == "csv"
                    else "put a cell with a tab in it in double quotes",
                )
            rows.append({key: value if value is not None else "" for key, value in row.items()})
    except csv.Error as error:
        raise UsageError(
            f"{name}, line {reader.line_num}: {error}", f"is this a {form.upper()} file?"
        ) from None
    return rows


def _json_rows(name: str, text: str) -> list[dict[str, Any]]:
    if Path(name).suffix.lower() == ".json" and text.lstrip()[:1] == "[":
        return [_json_row(value) for value in _decoded(name, 1, text)]
    lines = enumerate(text.split("\n"), 1)
    return [_json_row(_decoded(name, number, line)) for number, line in lines if line.strip()]


def _decoded(name: str, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(
            f"{name}, line {number}: not JSON", "each line has to be one JSON object"
        ) from None


def _json_row(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {ANSWER: value}


def items(answers: Sheet, key: Sheet | None) -> list[Item]:
    """What is to be graded: each row of `answers` with its right answer.

    With a key, rows are joined by id where both have ids, else by problem where both have the
    same problems, else by order.

    Raises:
        UsageError: if fields are missing, or the two cannot be joined.
    """
    if not answers.rows:
        raise UsageError(f"{answers.name} holds no answers", "give it one answer a line")
    if key is None:
        return [_item(row, *_both(answers, row)) for row in answers.rows]
    expected = _joined(answers, key)
    return [
        _item(row, _predicted(answers, row), value)
        for row, value in zip(answers.rows, expected, strict=True)
    ]


def _item(row: Mapping[str, Any], predicted: str, expected: str | None) -> Item:
    name, value = predicted, row[predicted] if predicted else ""
    given, extracted = _answer_text(name, value)
    return Item(row, given, expected, extracted)


def first_text(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of the fields `names` that holds a single value."""
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, (dict, list)):
            return str(value)
    return None


def _find(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of `names` that `row` has with a value in it, else that it has at all."""
    present = {str(key).strip().lower(): str(key) for key in reversed(list(row)) if key is not None}
    found = [present[name] for name in names if name in present]
    filled = [name for name in found if row[name] not in (None, "", [])]
    return next(iter(filled or found), "")


def _both(sheet: Sheet, row: Mapping[str, Any]) -> tuple[str, str]:
    """The field with the prediction, and the right answer, of a row that has both."""
    predicted, expected = _find(row, PREDICTED), _find(row, EXPECTED)
    if not predicted and expected:
        predicted = _find(row, (ANSWER,))
    if not expected:
        expected = _find(row, (ANSWER, SOLUTION))
    if not predicted or not expected:
        missing = "a prediction" if not predicted else "an expected answer"
        raise UsageError(
            f"{sheet.name}: no field with {missing}; there are: {_names(row)}",
            "name it prediction or expected_answer, or give the right answers with --key FILE",
        )
    return predicted, _answer_text(expected, row[expected])[0]


def _predicted(sheet: Sheet, row: Mapping[str, Any]) -> str:
    found = _find(row, (*PREDICTED, ANSWER))
    if not found and len(row) == 1:
        found = next(iter(row))
    if not found:
        raise UsageError(
            f"{sheet.name}: no field with an answer; there are: {_names(row)}",
            f"name it one of: {', '.join((ANSWER, *PREDICTED))}",
        )
    return found


def _names(row: Mapping[str, Any]) -> str:
    return ", ".join(map(str, row)) or "none"


def _right_answer(sheet: Sheet, row: Mapping[str, Any]) -> str:
    found = _find(row, (*EXPECTED, ANSWER, SOLUTION))
    if not found and len(row) == 1:
        found = next(iter(row))
    if not found:
        raise UsageError(
            f"{sheet.name}: no field with an answer; there are: {_names(row)}",
            f"name it one of: {', '.join((ANSWER, *EXPECTED))}",
        )
    return _answer_text(found, row[found])[0]


def _joined(answers: Sheet, key: Sheet) -> list[str | None]:
    for names in (IDS, PROBLEMS):
        ours, theirs = _column(answers, names), _column(key, names)
        if ours and theirs and (names is IDS or set(ours) <= set(theirs)):
            twice = [value for value, count in Counter(theirs).items() if count > 1]
            if twice:
                raise UsageError(f"{key.name}: {twice[0]!r} is there twice", "keep one of the two")
            right = dict(zip(theirs, (_right_answer(key, row) for row in key.rows), strict=True))
            return [right.get(value) for value in ours]
    _trim(answers, len(key.rows))
    _trim(key, len(answers.rows))
    if len(answers.rows) != len(key.rows):
        raise UsageError(
            f"{answers.name} has {len(answers.rows)} answers, {key.name} has {len(key.rows)}",
            "give both an id field, or one row for each answer in the same order",
        )
    return [_right_answer(key, row) for row in key.rows]


def _trim(sheet: Sheet, length: int) -> None:
    """Drop empty lines at the end of a plain file that is longer than the other."""
    while sheet.format == "lines" and len(sheet.rows) > length and not sheet.rows[-1][ANSWER]:
        sheet.rows.pop()


def _column(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The values of the first of `names` that every row has; empty if there is none."""
    for name in names:
        fields = [_find(row, (name,)) for row in sheet.rows]
        if all(fields):
            return [str(row[found]).strip() for row, found in zip(sheet.rows, fields, strict=True)]
    return []


def _answer_text(name: str, value: Any) -> tuple[str, bool]:
    """A field's answer as text, and whether it was found in a longer text."""
    if isinstance(value, Mapping):
        value = next(
            (value[part] for part in ("text", "answer", "latex", "value") if value.get(part)), ""
        )
    if (
        isinstance(value, list)
        and value
        and all(isinstance(part, str) or part is None for part in value)
    ):
        value = value[0] if len(value) == 1 else _most_common([part for part in value if part])
    if value is None or value == []:
        return "", False
    if isinstance(value, bool):
        return str(value).lower(), False
    text = str(value).strip()
    if name.strip().lower() in _WHOLE_TEXTS or "\n" in text or re.search(r"####|\\boxed", text):
        found = extract_answer(text)
        return (found.text, found.text != text) if found else (text, False)
    return text, False


def _most_common(samples: Sequence[str]) -> str:
    """The majority of several samples as written; of equal ones the first."""
    return Counter(samples).most_common(1)[0][0] if samples else ""


def extra_columns(found: Sequence[Item], sheet: Sheet, *, joined: bool) -> tuple[str, ...]:
    """The columns to write besides those of the file, before the verdict and its reason."""
    extracted = ("extracted",) if any(item.extracted for item in found) else ()
    return (*extracted, "expected") if joined or sheet.format == "lines" else extracted


def graded(item: Item, found: Comparison, extra: Sequence[str]) -> dict[str, Any]:
    """The row of `item` with `verdict` and `reason`, and what else was compared."""
    values = {"extracted": item.predicted, "expected": item.expected}
    row = dict(item.fields) | {name: values[name] for name in extra}
    return row | {"verdict": found.verdict.value, "reason": found.reason}


def write_rows(rows: Iterator[dict[str, Any]], form: str, sink: TextIO) -> None:
    """Write rows as they come."""
    if form in DELIMITERS:
        _write_table(rows, sink, DELIMITERS[form])
        return
    for row in rows:
        if form == "jsonl":
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            sink.write(f"{row['verdict']}\t{row['reason']}\n")
        sink.flush()


def _write_table(rows: Iterator[dict[str, Any]], sink: TextIO, delimiter: str) -> None:
    """The columns are those of the first row; tables have the same in each."""
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(
                sink, list(row), extrasaction="ignore", lineterminator="\n", delimiter=delimiter
            )
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def output_format(path: str | None, sheet: Sheet) -> str:
    """The format to write: by the suffix of `path`, else that of the answers."""
    if path is None or path == "-":
        return sheet.format
    suffix = Path(path).suffix.lower()
    return _SUFFIXES.get(suffix, "lines" if suffix == ".txt" else sheet.format)
