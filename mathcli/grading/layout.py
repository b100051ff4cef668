"""Recognises the layout of a sheet of answers, and finds the items to grade in it.

- `answers`: a row is an answer, of one student to one question.
- `students`: a row is a student, a column a question.
- `questions`: a row is a question, a column a student.

The key is a file of its own, laid out in any of these ways, or a row (a column) of the sheet that
is called key. Notes say what was recognised; an ambiguous sheet is an error that names the options.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mathcli.errors import UsageError
from mathcli.grading import Layout
from mathcli.grading.joining import (
    Item,
    items,
    long_rights,
    questions_of,
    repeated,
    roles_of,
    unanswered,
)
from mathcli.grading.roles import (
    KEY_COLUMNS,
    POINTS,
    QUESTIONS,
    check_columns,
    column_for,
    is_known,
    is_label,
    is_one_of,
    label,
    written,
)
from mathcli.grading.wide import Key, has_key_row, question_columns, wide_items, wide_key
from mathcli.sheets.rows import ANSWER, ANSWERS, EXPECTED, PREDICTED, STUDENTS, Sheet
from mathcli.sheets.suffixes import WORKBOOKS

_FIX = "say which: --layout answers, --layout students or --layout questions"


@dataclass(frozen=True)
class Exam:
    """The items to grade, and how they were found.

    Args:
        items: one for each answer.
        layout: what a row of the sheet is.
        notes: what the person who grades should know.
        joined: the right answers do not stand in the rows of the answers.
    """

    items: Sequence[Item]
    layout: Layout
    notes: tuple[str, ...] = ()
    joined: bool = True

    @property
    def has_points(self) -> bool:
        """Does the key give points?"""
        return any(item.right is not None and item.right.worth for item in self.items)

    @property
    def by_student(self) -> bool:
        """Is it known whose answers these are, and to which questions?"""
        return any(item.student for item in self.items) and any(
            item.question for item in self.items
        )


def arranged(
    answers: Sheet,
    key: Sheet | None,
    *,
    layout: Layout | None = None,
    columns: Mapping[str, str] | None = None,
) -> Exam:
    """The items to grade in a sheet.

    Args:
        layout: what a row is, where the user named it.
        columns: the columns that the user named for roles; see `roles.ROLES`.

    Raises:
        UsageError: the layout is ambiguous, there is no key, or fields are missing.
    """
    if not answers.rows:
        raise UsageError(f"{answers.name} holds no answers", "give it one answer a line")
    chosen = columns or {}
    check_columns(chosen, [*answers.names, *(key.names if key is not None else ())])
    wide = _is_wide_key(key, answers, chosen) if key is not None else False
    layout = layout or _recognised(answers, key, chosen, _labels_of(key, chosen, wide=wide))
    notes: tuple[str, ...] = ()
    if layout is Layout.ANSWERS:
        answers, notes = _filled_down(answers, chosen)
        rights = _key(key, answers, chosen).rights if key is not None and wide else None
        roles = roles_of(answers, chosen)
        found = items(answers, key, roles, rights)
        lost = unanswered(answers, key, roles, rights) if key is not None else ()
        notes = (*notes, *lost, *repeated(answers.name, found))
        joined = key is not None or len(found) < len(answers.rows) or answers.format == "lines"
        return Exam(found, layout, (*_told_long(answers, found), *notes), joined)
    known = None if key is None else _key(key, answers, chosen)
    if layout is Layout.QUESTIONS:
        answers = _turned(answers, key is not None, chosen)
    found, notes = wide_items(answers, known, chosen)
    return Exam(found, layout, (_told(answers.name, layout, found), *notes))


def _filled_down(answers: Sheet, chosen: Mapping[str, str]) -> tuple[Sheet, tuple[str, ...]]:
    """A workbook's sheet with each student's name in every row, if it stood in the first only."""
    roles = roles_of(answers, chosen)
    if answers.format not in WORKBOOKS or not roles.student or not roles.question:
        return answers, ()
    rows, above = [], ""
    for row in answers.rows:
        above = written(row.get(roles.student)) or above
        rows.append({**row, roles.student: above})
    if rows == answers.rows:
        return answers, ()
    note = f"{answers.name}: an empty cell of {roles.student} is the student above"
    return Sheet(answers.name, answers.format, rows, answers.delimiter), (note,)


def _is_wide_key(key: Sheet, answers: Sheet, chosen: Mapping[str, str]) -> bool:
    """Does a key have a column for each question, and no column of answers?"""
    if key.format == "lines" or column_for(key.names, "key", chosen, (*EXPECTED, *ANSWERS)):
        return False
    columns = question_columns(key, _asked(answers, chosen))
    return len(columns) > 1 or (bool(columns) and not column_for(key.names, "", {}, KEY_COLUMNS))


def _asked(answers: Sheet, chosen: Mapping[str, str]) -> set[str]:
    """The labels that may be questions: the columns' names, and those in a column of questions."""
    return {*map(label, answers.names), *questions_of(answers, roles_of(answers, chosen))}


def _labels_of(key: Sheet | None, chosen: Mapping[str, str], *, wide: bool) -> set[str]:
    """The labels of the questions that a key answers, if it names them."""
    if key is None or key.format == "lines":
        return set()
    return {*map(label, key.names)} if wide else {*questions_of(key, roles_of(key, chosen))}


def _key(key: Sheet, answers: Sheet, chosen: Mapping[str, str]) -> Key:
    """The right answers of a key's file, by its questions or in the order of its lines."""
    if key.format == "lines":
        return Key(key.name, {}, in_order=tuple(row[ANSWER] for row in key.rows))
    if _is_wide_key(key, answers, chosen):
        return wide_key(key, _asked(answers, chosen))
    return Key(key.name, long_rights(key, roles_of(key, chosen)))


def _recognised(
    answers: Sheet, key: Sheet | None, chosen: Mapping[str, str], known: set[str]
) -> Layout:
    """What a row of a sheet is.

    Args:
        known: the labels of the key's questions.

    Raises:
        UsageError: it could be more than one.
    """
    if answers.format == "lines":
        return Layout.ANSWERS
    names = answers.names
    has_answer = "answer" in chosen or any(is_one_of(one, (*PREDICTED, *ANSWERS)) for one in names)
    questions = [
        one for one in names if is_label(one) or (label(one) in known and not is_known(one))
    ]
    has_student = "student" in chosen or any(is_one_of(one, STUDENTS) for one in names)
    in_sheet = key is None and has_key_row(answers, chosen)
    wide = len(questions) > 1 or (bool(questions) and (has_student or in_sheet))
    wide = wide or (in_sheet and not has_answer)
    turned = _is_turned(answers, key, chosen, known)
    if answers.format == "jsonl" and has_answer:
        return Layout.ANSWERS  # its other fields may be called anything
    if wide and has_answer:
        raise UsageError(
            f"{answers.name} has a column of answers, and columns called {_some(questions)}", _FIX
        )
    by_rows = bool(known) and not known & set(map(label, questions)) and known & _first(answers)
    if wide and (turned or by_rows):
        raise UsageError(f"{answers.name}: is a row a student, or a question?", _FIX)
    if turned:
        return Layout.QUESTIONS
    return Layout.STUDENTS if wide else Layout.ANSWERS


def _is_turned(
    answers: Sheet, key: Sheet | None, chosen: Mapping[str, str], known: set[str]
) -> bool:
    """Is each row certainly a question, and each column a student?"""
    names = answers.names
    if any(is_one_of(one, PREDICTED) for one in names) or not names:
        return False
    first = column_for(names, "question", chosen, QUESTIONS) or names[0]
    if is_one_of(first, STUDENTS) or all(map(is_label, _students(names, first, chosen))):
        return False
    values = [written(row.get(first)) for row in answers.rows]
    filled = [one for one in values if one]
    named = filled and all(is_label(one) or label(one) in known for one in filled)
    has_key = key is not None or bool(_key_column(names, chosen))
    return bool(named) and has_key and not any(is_one_of(one, ANSWERS) for one in names)


def _first(answers: Sheet) -> set[str]:
    """The labels in the first column."""
    return {label(next(iter(row.values()), "")) for row in answers.rows}


def _students(names: Sequence[str], first: str, chosen: Mapping[str, str]) -> list[str]:
    """The columns of a turned sheet that are students."""
    named = {name.casefold() for name in chosen.values()}
    return [
        one for one in names if one != first and not is_known(one) and one.casefold() not in named
    ]


def _key_column(names: Sequence[str], chosen: Mapping[str, str]) -> str:
    return column_for(names, "key", chosen, (*KEY_COLUMNS, "correct", "right"))


def _turned(answers: Sheet, has_key: bool, chosen: Mapping[str, str]) -> Sheet:
    """A sheet with a row a question, turned into one with a row a student and a row called key."""
    names = answers.names
    first = column_for(names, "question", chosen, QUESTIONS) or names[0]
    key = _key_column(names, chosen) or column_for(names, "", {}, ANSWERS)
    points = column_for(names, "points", chosen, POINTS)
    questions = [written(row.get(first)) for row in answers.rows]
    if twice := next((one for one, count in Counter(questions).items() if one and count > 1), None):
        raise UsageError(f"{answers.name}: the question {twice} is there twice", _FIX)
    special = {name: called for name, called in ((key, "key"), (points, "points")) if name}
    students = [one for one in _students(names, first, chosen) if one not in special]
    if not students:
        raise UsageError(f"{answers.name} has no column with a student's answers", _FIX)
    rows = [
        {"student": special.get(name, name)}
        | {one: row.get(name, "") for one, row in zip(questions, answers.rows, strict=True) if one}
        for name in (*(special if not has_key else ()), *students)
    ]
    return Sheet(answers.name, answers.format, rows, answers.delimiter)


def _told(name: str, layout: Layout, found: Sequence[Item]) -> str:
    students = len({item.student for item in found})
    questions = len({item.question for item in found})
    kinds = {"students": ("student", "question"), "questions": ("question", "student")}
    row, column = kinds[layout.value]
    return (
        f"{name}: a row a {row}, a column a {column}: {_count(students, 'student')}, "
        f"{_count(questions, 'question')}"
    )


def _told_long(answers: Sheet, found: Sequence[Item]) -> tuple[str, ...]:
    students = {item.student for item in found}
    questions = {item.question for item in found}
    if "" in students or "" in questions:
        return ()
    return (
        f"{answers.name}: a row an answer: {_count(len(students), 'student')}, "
        f"{_count(len(questions), 'question')}",
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _some(names: Sequence[Any]) -> str:
    shown = ", ".join(map(str, names[:4]))
    return shown + (", …" if len(names) > 4 else "")
