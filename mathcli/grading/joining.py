"""Joins the answers of a sheet whose rows are answers with the right answers of a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from mathcli.answers.cells import answer_in_cell
from mathcli.answers.keys import Accepted, accepted_in, joined_alternatives
from mathcli.errors import UsageError
from mathcli.grading.points import Right, right, together
from mathcli.grading.roles import KEY_COLUMNS, KEYS, POINTS, QUESTIONS, column_for, is_one_of, label
from mathcli.sheets.rows import (
    ACCEPTED,
    ANSWER,
    ANSWERS,
    EXPECTED,
    IDS,
    PREDICTED,
    PROBLEMS,
    SOLUTION,
    STUDENTS,
    Sheet,
    column,
    find,
)
from mathcli.spreadsheets.cells import DoubtfulCell

_SHOWN = 5  # most questions named in a note


@dataclass(frozen=True)
class Item:
    """One answer to be graded.

    Args:
        fields: the row as it was read.
        predicted: the answer given; empty if there is none.
        right: the key's right answers and points; `None` if the key has none for this row.
        extracted: whether `predicted` was found in a longer text.
        student: whose answer it is; "" where the sheet does not say.
        question: what it is an answer to; "" where the sheet does not say.
        doubt: why the cell may not hold what was typed; "" without such a doubt.
        replaced: whether the student answered the question again below, so that this answer does
            not count.
    """

    fields: Mapping[str, Any]
    predicted: str
    right: Right | None
    extracted: bool = False
    student: str = ""
    question: str = ""
    doubt: str = ""
    replaced: bool = False

    @property
    def accepted(self) -> Accepted | None:
        """The answers that are right, each a whole answer."""
        return None if self.right is None else self.right.accepted

    @property
    def expected(self) -> str | None:
        """The accepted answers as one text for a cell of a table."""
        return None if self.right is None else joined_alternatives(self.right.accepted)

    @property
    def out_of(self) -> Fraction:
        """The most points that the answer can earn."""
        return Fraction(1) if self.right is None else self.right.out_of


@dataclass(frozen=True)
class Roles:
    """The columns with a role in a sheet whose rows are answers; "" for a role without a column."""

    student: str = ""
    question: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)

    def column(self, sheet: Sheet, role: str) -> str:
        """The column that the user named for a role, if the sheet has that column."""
        return column_for(sheet.names, role, self.chosen, ())


def roles_of(sheet: Sheet, chosen: Mapping[str, str]) -> Roles:
    """The roles of a sheet's columns.

    Args:
        chosen: those that the user named, as `student: Name`.
    """
    return Roles(
        column_for(sheet.names, "student", chosen, STUDENTS),
        column_for(sheet.names, "question", chosen, QUESTIONS),
        chosen,
    )


def items(
    answers: Sheet,
    key: Sheet | None,
    roles: Roles | None = None,
    rights: Mapping[str, Right] | None = None,
) -> list[Item]:
    """The items to grade: each row of `answers` with its right answers.

    With a key, rows are joined by id where both have ids, else by problem where both have the
    same problems, else by question where they have some in common, else by order. A key may be
    some rows of the sheet itself, whose student is called `key`.

    Args:
        rights: the key's right answers by the labels of its questions, where these are known.

    Raises:
        UsageError: if fields are missing, or the two cannot be joined.
    """
    if not answers.rows:
        raise UsageError(f"{answers.name} holds no answers", "give it one answer a line")
    roles = roles or Roles()
    if key is None and roles.student:
        answers, key = _with_key_rows(answers, roles)
    if key is None:
        return _named([_item(row, *_both(answers, row, roles), roles) for row in answers.rows])
    predicted = [_predicted(answers, row, roles) for row in answers.rows]
    joined = (
        _joined(answers, key, roles) if rights is None else _by_question(answers, roles, rights)
    )
    rows = zip(answers.rows, predicted, joined, strict=True)
    return _named([_item(row, name, value, roles) for row, name, value in rows])


def item_of(cell: Any, fields: Mapping[str, Any], known: Right | None, student: str,
            question: str) -> Item:  # fmt: skip
    """One cell with an answer, to be graded."""
    given, extracted = answer_in_cell(cell)
    doubt = cell.reason if isinstance(cell, DoubtfulCell) else ""
    return Item(fields, given, known, extracted, student, question, doubt)


def right_in(row: Mapping[str, Any], name: str, points: Any, where: str) -> Right:
    """The right answers and points in the field `name` of a key's row."""
    answer = right(accepted_in(row, name), points, where=where)
    value = row[name]
    if isinstance(value, DoubtfulCell):
        answer = Right(answer.accepted, answer.worth, value.reason)
    return answer


def _item(row: Mapping[str, Any], predicted: str, known: Right | None, roles: Roles) -> Item:
    student, question = (
        str(row.get(name, "") or "").strip() if name else ""
        for name in (roles.student, roles.question)
    )
    return item_of(row[predicted] if predicted else "", row, known, student, question)


def _named(found: list[Item]) -> list[Item]:
    """The items with one name for each question: `Q1` and `1` are one. Of several answers of a
    student to a question, the last one counts."""
    names: dict[str, str] = {}
    last: dict[tuple[str, str], int] = {}
    for at, item in enumerate(found):
        names.setdefault(label(item.question), item.question)
        if item.student and item.question:
            last[item.student, label(item.question)] = at
    return [
        replace(
            item,
            question=names[label(item.question)],
            replaced=last.get((item.student, label(item.question)), at) != at,
        )
        for at, item in enumerate(found)
    ]


def repeated(name: str, found: Iterable[Item]) -> tuple[str, ...]:
    """A note on the students who answered a question several times."""
    twice = {(one.student, one.question): None for one in found if one.replaced}
    if not twice:
        return ()
    shown = "; ".join(f"{student}, {question}" for student, question in [*twice][:_SHOWN])
    more = f"; and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
    return (f"{name}: answered more than once, and the last answer counts: {shown}{more}",)


def unanswered(
    answers: Sheet, key: Sheet, roles: Roles, rights: Mapping[str, Right] | None
) -> tuple[str, ...]:
    """A note on the right answers of a key that no row of a sheet belongs to.

    Args:
        rights: the key's right answers by the labels of its questions, where these are known.
    """
    if rights is None:
        ours, theirs = _names_to_join(answers, key, roles) or ([], [])
    else:
        ours, theirs = questions_of(answers, roles), list(rights)
    return told_lost(answers.name, "row", [one for one in dict.fromkeys(theirs) if one not in ours])


def told_lost(name: str, what: str, lost: Sequence[str]) -> tuple[str, ...]:
    """A note on questions of the key for which a sheet has no row or column."""
    if not lost:
        return ()
    labels = [label(one) for one in lost[:_SHOWN]]
    shown = ", ".join(
        known[1:] if known.startswith("#") else one
        for known, one in zip(labels, lost, strict=False)
    )
    return (f"{name} has no {what} for {len(lost)} of the key's: {shown}",)


def _with_key_rows(answers: Sheet, roles: Roles) -> tuple[Sheet, Sheet | None]:
    """A sheet without the rows of its key, and the key."""
    keys = [row for row in answers.rows if is_one_of(row.get(roles.student, ""), KEYS)]
    if not keys or len(keys) == len(answers.rows) or not roles.question:
        return answers, None
    others = [row for row in answers.rows if row not in keys]
    table = Sheet(answers.name, answers.format, others, answers.delimiter)
    return table, Sheet(f"the key in {answers.name}", answers.format, keys)


def _both(sheet: Sheet, row: Mapping[str, Any], roles: Roles) -> tuple[str, Right]:
    """The field with the prediction, and the right answers, of a row that has both."""
    predicted = roles.column(sheet, "answer") or find(row, PREDICTED)
    expected = roles.column(sheet, "key") or find(row, EXPECTED)
    if not predicted and (expected or find(row, (*ACCEPTED, *KEY_COLUMNS))):
        predicted = find(row, ANSWERS)
    if not expected:
        given = ANSWERS if predicted.strip().lower() not in ANSWERS else ()
        expected = find(row, (*ACCEPTED, *given, SOLUTION, *KEY_COLUMNS))
    if not predicted and expected and is_one_of(expected, ANSWERS):
        raise UsageError(
            f"{sheet.name} has no key: no field with the right answers beside {expected}; "
            f"there are: {_names(row)}",
            "give the right answers with --key FILE, or name their column: --column key=NAME",
        )
    if not predicted or not expected or expected == predicted:
        missing = "a prediction" if not predicted else "an expected answer"
        raise UsageError(
            f"{sheet.name}: no field with {missing}; there are: {_names(row)}",
            "name it prediction or expected_answer (--column answer=NAME, --column key=NAME), or "
            "give the right answers with --key FILE",
        )
    return predicted, right_in(row, expected, _points(sheet, row, roles), sheet.name)


def _predicted(sheet: Sheet, row: Mapping[str, Any], roles: Roles) -> str:
    field = roles.column(sheet, "answer") or find(row, (*PREDICTED, *ANSWERS))
    if not field and len(row) == 1:
        field = next(iter(row))
    if not field:
        raise _no_answer(sheet, row, (ANSWER, *PREDICTED), "answer")
    return field


def _right(sheet: Sheet, row: Mapping[str, Any], roles: Roles) -> Right:
    field = roles.column(sheet, "key") or find(
        row, (*EXPECTED, ANSWER, *ACCEPTED, SOLUTION, *KEY_COLUMNS, *ANSWERS)
    )
    if not field and len(row) == 1:
        field = next(iter(row))
    if not field:
        raise _no_answer(sheet, row, (ANSWER, *EXPECTED), "key")
    return right_in(row, field, _points(sheet, row, roles), sheet.name)


def _points(sheet: Sheet, row: Mapping[str, Any], roles: Roles) -> Any:
    name = roles.column(sheet, "points") or find(row, POINTS)
    return row[name] if name else None


def _no_answer(sheet: Sheet, row: Mapping[str, Any], names: Iterable[str], role: str) -> UsageError:
    return UsageError(
        f"{sheet.name}: no field with an answer; there are: {_names(row)}",
        f"name it one of: {', '.join(names)}; or say which it is: --column {role}=NAME",
    )


def _names(row: Mapping[str, Any]) -> str:
    return ", ".join(map(str, row)) or "none"


def _joined(answers: Sheet, key: Sheet, roles: Roles) -> list[Right | None]:
    if names := _names_to_join(answers, key, roles):
        ours, theirs = names
        return [_rights(key, theirs, roles).get(value) for value in ours]
    _trim(answers, len(key.rows))
    _trim(key, len(answers.rows))
    if len(answers.rows) != len(key.rows):
        raise UsageError(
            f"{answers.name} has {len(answers.rows)} answers, {key.name} has {len(key.rows)}",
            "give both an id field, or one row for each answer in the same order",
        )
    return [_right(key, row, roles) for row in key.rows]


def _names_to_join(answers: Sheet, key: Sheet, roles: Roles) -> tuple[list[str], list[str]] | None:
    """The names by which rows of answers and of a key belong together, or `None`."""
    for names in (IDS, PROBLEMS):
        ours, theirs = column(answers, names), column(key, names)
        if ours and theirs and (names is IDS or set(ours) <= set(theirs)):
            return ours, theirs
    ours, theirs = questions_of(answers, roles), questions_of(key, roles)
    return (ours, theirs) if set(ours) & set(theirs) else None


def _by_question(answers: Sheet, roles: Roles, rights: Mapping[str, Right]) -> list[Right | None]:
    labels = questions_of(answers, roles)
    if not labels:
        raise UsageError(
            f"{answers.name} does not say which question each answer belongs to",
            "give it a column called question, or say which it is: --column question=NAME",
        )
    return [rights.get(one) for one in labels]


def questions_of(sheet: Sheet, roles: Roles) -> list[str]:
    """The label of each row's question; empty if the sheet has no such column."""
    chosen = roles.column(sheet, "question")
    names = column(sheet, (chosen.strip().casefold(), *QUESTIONS) if chosen else QUESTIONS)
    return [label(one) for one in names]


def _rights(key: Sheet, names: Sequence[str], roles: Roles) -> dict[str, Right]:
    """A key's right answers by its rows' names; rows of one name that have points are alternatives.

    Raises:
        UsageError: a name occurs twice, and the rows have no points.
    """
    found: dict[str, list[Right]] = {}
    for name, row in zip(names, key.rows, strict=True):
        before = found.setdefault(name, [])
        before.append(_right(key, row, roles))
        if len(before) > 1 and any(one.worth is None for one in before):
            raise UsageError(
                f"{key.name}: {name!r} is there twice",
                "delete one of the two; write alternatives into one cell (1/2 || 50%), or into "
                "rows with points of their own",
            )
    return {name: together(rights) for name, rights in found.items()}


def _trim(sheet: Sheet, length: int) -> None:
    """Drop empty lines at the end of a plain file that is longer than the other."""
    while sheet.format == "lines" and len(sheet.rows) > length and not sheet.rows[-1][ANSWER]:
        sheet.rows.pop()


def long_rights(key: Sheet, roles: Roles) -> dict[str, Right]:
    """The right answers of a key with a row a question, by label; empty if it is no such key."""
    names = questions_of(key, roles)
    return _rights(key, names, roles) if names else {}
