"""What is to be graded: each row of a sheet with the answers that its key accepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mathcli.answers.cells import answer_in_cell
from mathcli.answers.keys import Accepted, accepted_in, joined_alternatives
from mathcli.answers.sheets import (
    ACCEPTED,
    ANSWER,
    EXPECTED,
    IDS,
    PREDICTED,
    PROBLEMS,
    SOLUTION,
    Sheet,
    column,
    find,
)
from mathcli.errors import UsageError

_QUESTION = re.compile(
    r"(?:q|question|item|problem|task|exercise|ex|aufgabe|frage|pregunta|题|第)?\s?[.#_-]?\s?\d{1,3}\s?"
    r"[a-h]?(?:题|[.)])?",
    re.I,
)
_LAYOUT = "give it one row for each answer, with the columns: student, id, answer"


@dataclass(frozen=True)
class Item:
    """One answer to be graded.

    Args:
        fields: the row as it was read.
        predicted: the answer given; empty if there is none.
        accepted: the answers that are right, each a whole answer; `None` if the key has none
            for this row.
        extracted: whether `predicted` was found in a longer text.
    """

    fields: Mapping[str, Any]
    predicted: str
    accepted: Accepted | None
    extracted: bool = False

    @property
    def expected(self) -> str | None:
        """The accepted answers as a cell of a table holds them."""
        return None if self.accepted is None else joined_alternatives(self.accepted)


def items(answers: Sheet, key: Sheet | None) -> list[Item]:
    """What is to be graded: each row of `answers` with its right answers.

    With a key, rows are joined by id where both have ids, else by problem where both have the
    same problems, else by order.

    Raises:
        UsageError: if fields are missing, or the two cannot be joined.
    """
    if not answers.rows:
        raise UsageError(f"{answers.name} holds no answers", "give it one answer a line")
    if key is None:
        return [_item(row, *_both(answers, row)) for row in answers.rows]
    predicted = [_predicted(answers, row) for row in answers.rows]
    accepted = _joined(answers, key)
    return [
        _item(row, name, value)
        for row, name, value in zip(answers.rows, predicted, accepted, strict=True)
    ]


def _item(row: Mapping[str, Any], predicted: str, accepted: Accepted | None) -> Item:
    given, extracted = answer_in_cell(row[predicted] if predicted else "")
    return Item(row, given, accepted, extracted)


def _both(sheet: Sheet, row: Mapping[str, Any]) -> tuple[str, Accepted]:
    """The field with the prediction, and the right answers, of a row that has both."""
    predicted, expected = find(row, PREDICTED), find(row, EXPECTED)
    if not predicted and (expected or find(row, ACCEPTED)):
        predicted = find(row, (ANSWER,))
    if not expected:
        expected = find(row, (*ACCEPTED, *([ANSWER] if predicted != ANSWER else []), SOLUTION))
    if not predicted or not expected or expected == predicted:
        missing = "a prediction" if not predicted else "an expected answer"
        raise UsageError(
            f"{sheet.name}: no field with {missing}; there are: {_names(row)}",
            _LAYOUT if _is_wide(row) else
            "name it prediction or expected_answer, or give the right answers with --key FILE",
        )  # fmt: skip
    return predicted, accepted_in(row, expected)


def _predicted(sheet: Sheet, row: Mapping[str, Any]) -> str:
    found = find(row, (*PREDICTED, ANSWER))
    if not found and len(row) == 1:
        found = next(iter(row))
    if not found:
        raise _no_answer(sheet, row, (ANSWER, *PREDICTED))
    return found


def _right(sheet: Sheet, row: Mapping[str, Any]) -> Accepted:
    found = find(row, (*EXPECTED, ANSWER, *ACCEPTED, SOLUTION))
    if not found and len(row) == 1:
        found = next(iter(row))
    if not found:
        raise _no_answer(sheet, row, (ANSWER, *EXPECTED))
    return accepted_in(row, found)


def _no_answer(sheet: Sheet, row: Mapping[str, Any], names: Iterable[str]) -> UsageError:
    if _is_wide(row):
        return UsageError(f"{sheet.name} has one column a question: {_names(row)}", _LAYOUT)
    return UsageError(
        f"{sheet.name}: no field with an answer; there are: {_names(row)}",
        f"name it one of: {', '.join(names)}",
    )


def _is_wide(row: Mapping[str, Any]) -> bool:
    """Is this a row of a student, with one column a question?"""
    return sum(bool(_QUESTION.fullmatch(str(name).strip())) for name in row) > 1


def _names(row: Mapping[str, Any]) -> str:
    return ", ".join(map(str, row)) or "none"


def _joined(answers: Sheet, key: Sheet) -> list[Accepted | None]:
    for names in (IDS, PROBLEMS):
        ours, theirs = column(answers, names), column(key, names)
        if ours and theirs and (names is IDS or set(ours) <= set(theirs)):
            twice = [value for value, count in Counter(theirs).items() if count > 1]
            if twice:
                raise UsageError(
                    f"{key.name}: {twice[0]!r} is there twice",
                    "keep one of the two; alternatives stand in one cell: 1/2 || 50%",
                )
            right = dict(zip(theirs, (_right(key, row) for row in key.rows), strict=True))
            return [right.get(value) for value in ours]
    _trim(answers, len(key.rows))
    _trim(key, len(answers.rows))
    if len(answers.rows) != len(key.rows):
        raise UsageError(
            f"{answers.name} has {len(answers.rows)} answers, {key.name} has {len(key.rows)}",
            "give both an id field, or one row for each answer in the same order",
        )
    return [_right(key, row) for row in key.rows]


def _trim(sheet: Sheet, length: int) -> None:
    """Drop empty lines at the end of a plain file that is longer than the other."""
    while sheet.format == "lines" and len(sheet.rows) > length and not sheet.rows[-1][ANSWER]:
        sheet.rows.pop()
