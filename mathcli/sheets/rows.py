"""Reads files of answers: rows in CSV or TSV, a workbook's sheet, JSON lines or plain lines.

Field names are those that published systems write; unknown fields are kept.
`mathcli.grading` finds the answers in the rows, and writes the rows with their verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mathcli.errors import UsageError
from mathcli.json_text import parse
from mathcli.sheets.decoding import decoded
from mathcli.sheets.delimited import SEPARATORS, delimiter_of, is_plain, rows_of_grid, table_rows
from mathcli.sheets.suffixes import DELIMITERS, WORKBOOKS, known_format

IDS = ("id", "idx", "index", "uid", "unique_id", "problem_id", "question_id")
EXPECTED = ("expected_answer", "expected", "gt", "target", "gold", "ground_truth", "reference")
ACCEPTED = ("accepted", "answers", "accepted_answers", "acceptable_answers")
"""Fields whose list holds alternatives, each a whole answer."""
PREDICTED = (
    "prediction", "pred", "predicted_answer", "predicted", "model_answer", "student_answer",
    "response", "generation", "completion", "output", "schülerantwort", "réponse de l'élève",
    "respuesta del alumno",
)  # fmt: skip
PROBLEMS = ("problem", "question", "prompt")
PROBLEM_NAMES = (
    *PROBLEMS, "problems", "aufgabe", "aufgabenstellung", "frage", "problème", "énoncé", "exercice",
    "problema", "enunciado", "pregunta", "ejercicio", "问题", "题目",
)  # fmt: skip
"""The same, and what teachers call such a column in other languages."""
ANSWER = "answer"
ANSWERS = (ANSWER, "antwort", "réponse", "reponse", "respuesta")
"""The same in any language: of a student, or of a key."""
SOLUTION = "solution"
STUDENTS = (
    "student", "students", "name", "pupil", "learner", "full name", "student name", "student_name",
    "student_id", "student id", "username", "user", "email", "last name", "first name", "surname",
    "vorname", "nachname", "schüler", "schülerin", "schüler/in", "schüler*in", "schülername",
    "élève", "élèves", "eleve", "étudiant", "étudiante", "nom", "prénom", "prenom", "nom et prénom",
    "apellidos", "apellido", "alumno", "alumna", "alumno/a", "estudiante", "nombre",
    "nombre y apellidos", "学生", "姓名", "学号",
)  # fmt: skip
"""Columns that say whose answers they are."""
_NAMES = frozenset((*IDS, *EXPECTED, *ACCEPTED, *PREDICTED, *PROBLEM_NAMES, *STUDENTS, *ANSWERS,
                    SOLUTION))  # fmt: skip
QUESTION = re.compile(
    r"(?P<word>q|question|item|problem|task|exercise|ex|part|aufgabe|aufg|frage|exercice|exo|pregunta|ejercicio|题|第)?"
    r"\s?[.#_-]?\s?(?P<number>\d{1,3}\s?[a-h]?)(?:题|[.)])?",
    re.I,
)
"""What a question is called: Q1, 1, Question 12 b."""


@dataclass(frozen=True)
class Sheet:
    """A file of answers.

    Args:
        name: for messages.
        format: one of `FORMATS`.
        rows: the fields of each row; a row of a plain file has the one field `answer`.
        delimiter: what separates the cells of a table.
        notes: what the user should know: its encoding, its delimiter.
    """

    name: str
    format: str
    rows: list[dict[str, Any]] = field(repr=False)
    delimiter: str = ","
    notes: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all fields, in the order in which they come."""
        rows = self.rows if self.format == "jsonl" else self.rows[:1]  # in tables all have the same
        return tuple(dict.fromkeys(str(name) for row in rows for name in row))


def read_sheet(name: str, data: bytes, sheet: str | None = None) -> Sheet:
    """The rows of a file, by its name's suffix; names without one are judged by what they hold.

    Args:
        sheet: which sheet of a workbook, by its name or its number from 1.

    Raises:
        UsageError: if it is no text, its suffix is not known, a row cannot be read (the message
            gives its line), or a library is missing.
    """
    form = known_format(name)
    if form in WORKBOOKS or (not form and data.startswith(b"PK\x03\x04")):
        from mathcli.spreadsheets import kind_by_content, read_workbook

        form = form or kind_by_content(data) or "xlsx"
        grid, read_notes = read_workbook(name, data, form, sheet)
        rows, titles = rows_of_grid(name, [(row.number, row) for row in grid], is_header=is_header)
        return Sheet(name, form, rows, notes=(*read_notes, *titles))
    if sheet is not None:
        raise UsageError(f"{name} has no sheets: it is no workbook", "leave --sheet out")
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
        notes.append(f"{name}: its cells are separated by {SEPARATORS[delimiter]}")
    rows, titles = table_rows(name, text, delimiter, is_header)
    return Sheet(name, form, rows, delimiter, (*notes, *titles))


def is_plain_table(name: str, data: bytes) -> bool:
    """Whether a CSV or TSV file is in UTF-8, with the usual separator, and begins with its header.

    Raises:
        UsageError: it is no text, or a quote in it is never closed.
    """
    text, encoding = decoded(name, data)
    return encoding is None and is_plain(name, text, DELIMITERS[known_format(name)], is_header)


def is_header(row: Sequence[str]) -> bool:
    """Has a row a usual name of a column, such as `Student` or `answer`, or several like `Q1`?"""
    cells = [cell.strip(' "\ufeff').lower() for cell in row]
    labels = sum(bool(one and one["word"]) for one in map(QUESTION.fullmatch, cells))
    return labels > 1 or not _NAMES.isdisjoint(cells)


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
        known = {*ANSWERS, *ACCEPTED, *EXPECTED, *PREDICTED, *STUDENTS}
        labels = sum(bool(one and one["word"]) for one in map(QUESTION.fullmatch, names))
        if len(names) > 1 and ({*names} & known or labels > 1):
            return form
    return "lines"


def _json_rows(name: str, text: str) -> list[dict[str, Any]]:
    if Path(name).suffix.lower() == ".json":
        with suppress(ValueError):  # or it is lines of JSON, whatever its name says
            whole = parse(text)
            return [_json_row(value) for value in (whole if isinstance(whole, list) else [whole])]
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
    names_present = [present[name] for name in names if name in present]
    filled = [name for name in names_present if row[name] not in (None, "", [])]
    return next(iter(filled or names_present), "")


def column(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The values of the first of `names` that every row has; empty if there is none."""
    for name in names:
        fields = [find(row, (name,)) for row in sheet.rows]
        if all(fields):
            return [str(row[found]).strip() for row, found in zip(sheet.rows, fields, strict=True)]
    return []
