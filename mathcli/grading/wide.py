"""Sheets with a row a student and a column a question, and keys that are rows of such a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mathcli.errors import UsageError
from mathcli.grading.joining import Item, item_of, right_in, told_lost
from mathcli.grading.points import Right, number, together
from mathcli.grading.roles import (
    KEYS,
    POINTS,
    SUMS,
    column_for,
    is_known,
    is_label,
    is_one_of,
    label,
    labels,
    points_in,
    written,
)
from mathcli.sheets.rows import ANSWER, STUDENTS, Sheet

Row = Mapping[str, Any]
_NO_KEY = "give it a row called key with the right answers, or a file of them with --key FILE"

_SHOWN = 5  # most names in a note


@dataclass(frozen=True)
class Key:
    """The right answers of a key's file.

    Args:
        name: the file's name, for messages.
        rights: the right answers by the questions' labels.
        in_order: the right answers of a plain file, one for each question.
    """

    name: str
    rights: Mapping[str, Right]
    in_order: tuple[str, ...] = ()


def has_key_row(sheet: Sheet, chosen: Mapping[str, str]) -> bool:
    """Does a sheet have a row of right answers among those of its students?"""
    names = _names_of_student(sheet, chosen)
    return any(_is_called(row, names, KEYS) for row in sheet.rows)


def question_columns(sheet: Sheet, known: Container[str], but: Container[str] = ()) -> list[str]:
    """The columns that are questions: called Q1 or similarly, or like a question of the key.

    Args:
        known: labels of questions.
        but: columns that have another role.
    """
    return [
        one
        for one in sheet.names
        if one not in but and (is_label(one) or (label(one) in known and not is_known(one)))
    ]


def wide_key(key: Sheet, questions: Container[str]) -> Key:
    """The right answers of a key with a column for each question.

    Args:
        questions: the labels of the questions that were asked.

    Raises:
        UsageError: it is not clear which of its rows is the key.
    """
    columns = question_columns(key, questions)
    identity = [one for one in _names_of_student(key, {}) if one not in columns]
    keys = [row for row in key.rows if _is_called(row, identity, KEYS)]
    points = [row for row in key.rows if _is_called(row, identity, POINTS)]
    if not keys:
        keys = [row for row in key.rows if row not in points]
    if len(keys) > 1 and not all(_is_called(row, identity, KEYS) for row in keys):
        raise UsageError(
            f"{key.name} has {len(keys)} rows: which of them is the key?",
            "call it key in the first column, or keep that row alone",
        )
    return Key(key.name, _rights(columns, keys, points[:1], key.name))


def wide_items(
    sheet: Sheet, key: Key | None, chosen: Mapping[str, str]
) -> tuple[list[Item], tuple[str, ...]]:
    """The items to grade in a sheet with a row a student, and notes.

    Raises:
        UsageError: there is no key, or no question.
    """
    identity = _names_of_student(sheet, chosen)
    keys = [row for row in sheet.rows if _is_called(row, identity, KEYS)]
    points = [row for row in sheet.rows if _is_called(row, identity, POINTS)]
    sums = [row for row in sheet.rows if _is_called(row, identity, SUMS)]
    notes = [f"{sheet.name}: the row {_called(row, identity)!r} is not a student" for row in sums]
    if key is not None and keys:
        notes.append(
            f"{sheet.name}: its row {_called(keys[0], identity)!r} is left out, {key.name} is used"
        )
    if key is None:
        if not keys:
            raise UsageError(f"{sheet.name} has no key", _NO_KEY)
        columns = _questions_by_row(sheet, identity, keys)
        rights: Mapping[str, Right] = _rights(columns, keys, points[:1], sheet.name)
    else:
        columns, rights = _questions_by_key(sheet, key, identity)
        lost = [one for one in key.rights if one not in {label(name) for name in columns}]
        notes += told_lost(sheet.name, "column", lost)
    if not columns or not {label(name) for name in columns} & set(rights):
        raise UsageError(
            f"{sheet.name}: no column is a question of the key; there are: "
            f"{', '.join(sheet.names)}",
            "call the columns as the key calls its questions",
        )
    if key is None and len(keys) > 1:
        notes.append(f"{sheet.name}: the {len(keys)} rows of its key are alternatives")
    special = [*keys, *points, *sums]
    rows = [row for row in sheet.rows if not any(row is one for one in special)]
    rows = [row for row in rows if any(map(written, row.values()))]
    if not rows:
        raise UsageError(f"{sheet.name} holds no student's answers", "give it a row a student")
    students, renamed = _told_apart(rows, identity)
    if renamed:
        shown = "; ".join(renamed[:_SHOWN]) + ("; …" if len(renamed) > _SHOWN else "")
        notes.append(f"{sheet.name}: rows of the same name count as different students: {shown}")
    return _items(students, columns, rights, sheet, identity), tuple(notes)


def _told_apart(rows: Sequence[Row], identity: Sequence[str]) -> tuple[list[Row], list[str]]:
    """The rows with a different name for each student, and the names that are new."""
    seen: Counter[str] = Counter()
    told_apart: list[Row] = []
    renamed = []
    for row in rows:
        student = _student(row, identity)
        seen[student] += 1
        if student and seen[student] > 1:
            last = next(one for one in reversed(identity) if written(row.get(one)))
            row = {**row, last: f"{written(row[last])} ({seen[student]})"}
            renamed.append(_student(row, identity))
        told_apart.append(row)
    return told_apart, renamed


def _student(row: Row, identity: Sequence[str]) -> str:
    return " ".join(written(row.get(one)) for one in identity).strip()


def _items(
    rows: Sequence[Row],
    columns: Sequence[str],
    rights: Mapping[str, Right],
    sheet: Sheet,
    identity: Sequence[str],
) -> list[Item]:
    items = []
    kept = [one for one in sheet.names if one not in columns]
    by_label = labels(columns, sheet.name)
    worth = {
        known: _with_points(rights[known], points_in(name), f"{sheet.name}, {name}")
        for known, name in by_label.items()
        if known in rights
    }
    for at, row in enumerate(rows, 1):
        student = _student(row, identity) or f"row {at}"
        student_fields = {one: row.get(one, "") for one in kept} or {"student": student}
        for known, name in by_label.items():
            cell = row.get(name, "")
            fields = student_fields | {"question": name, "answer": cell}
            items.append(item_of(cell, fields, worth.get(known), student, name))
    return items


def _with_points(known: Right, points: str, where: str) -> Right:
    """The right answers, with the points in a column's name where the key itself gives none."""
    full = number(points, where)
    if known.worth is not None or full is None:
        return known
    return Right(known.accepted, (full,) * len(known.accepted), known.doubt)


def _questions_by_row(sheet: Sheet, identity: Sequence[str], keys: Sequence[Row]) -> list[str]:
    """The columns in which the key's row is not empty, and those called Q1 or similarly."""
    return [
        one
        for one in sheet.names
        if one not in identity
        and (is_label(one) or (not is_known(one) and any(written(row.get(one)) for row in keys)))
    ]


def _questions_by_key(
    sheet: Sheet, key: Key, identity: Sequence[str]
) -> tuple[list[str], Mapping[str, Right]]:
    columns = question_columns(sheet, key.rights, identity)
    if not key.in_order:
        return columns, key.rights
    answers = list(key.in_order)
    while len(answers) > len(columns) and not answers[-1].strip():
        answers.pop()
    if len(answers) != len(columns):
        raise UsageError(
            f"{key.name} has {len(answers)} answers, {sheet.name} has {len(columns)} questions",
            "give the key one line for each question, in the order of the columns",
        )
    return columns, {
        known: right_in({ANSWER: answer}, ANSWER, None, key.name)
        for known, answer in zip(labels(columns, sheet.name), answers, strict=True)
    }


def _rights(
    columns: Sequence[str], keys: Sequence[Row], points: Sequence[Row], where: str
) -> dict[str, Right]:
    """The right answers in rows of a key; a question that no row answers is left out."""
    rights: dict[str, Right] = {}
    for known, name in labels(columns, where).items():
        worth = (points[0].get(name) if points else "") or points_in(name)
        number(worth, f"{where}, {name}")
        answers = [
            right_in(row, name, worth, f"{where}, {name}")
            for row in keys
            if written(row.get(name)) or getattr(row.get(name), "reason", "")
        ]
        if answers:
            rights[known] = together(answers)
    return rights


def _names_of_student(sheet: Sheet, chosen: Mapping[str, str]) -> list[str]:
    """The columns that name the student: those with such a name, else the first column."""
    if "student" in chosen:
        return [one for one in [column_for(sheet.names, "student", chosen, ())] if one]
    named = [one for one in sheet.names if is_one_of(one, STUDENTS)]
    return named or [one for one in sheet.names[:1] if not is_label(one)]


def _is_called(row: Row, identity: Sequence[str], names: Sequence[str]) -> bool:
    """Does a row have such a name in one of its name columns, and no other name in the rest?"""
    cells = [written(row.get(one)) for one in identity]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(is_one_of(cell, names) for cell in filled)


def _called(row: Row, identity: Sequence[str]) -> str:
    return next(written(row[one]) for one in identity if written(row.get(one)))
