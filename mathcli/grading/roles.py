"""Recognises the columns and rows of a teacher's sheet by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mathcli.errors import UsageError
from mathcli.sheets.rows import (
    ACCEPTED,
    ANSWERS,
    EXPECTED,
    IDS,
    PREDICTED,
    PROBLEMS,
    QUESTION,
    SOLUTION,
    STUDENTS,
)

KEYS = (
    "key", "answer key", "answer_key", "answerkey", "the key", "keys", "answers", "answer(s)",
    "solution", "solutions", "correct answer(s)", "solution key",
    "correct", "correct answer", "correct answers", "correct_answer", "right answer",
    "right answers", "right", "expected", "expected answer", "model answer", "master",
    "lösung", "lösungen", "musterlösung", "musterlösungen", "schlüssel", "lösungsschlüssel",
    "richtige antwort", "richtige lösung", "erwartet", "corrigé", "corrigés", "correction", "clé",
    "réponse correcte", "réponses correctes", "bonne réponse", "réponse attendue", "solución",
    "clave", "clave de respuestas", "soluciones", "respuesta correcta", "respuestas correctas",
    "respuesta esperada", "答案", "参考答案", "标准答案", "正确答案",
)  # fmt: skip
"""What a row or a column of right answers is called."""
KEY_COLUMNS = tuple(
    one
    for one in KEYS
    if one not in ("answers", "answer(s)", "correct", "right", "correction", "master")
)
"""Of those, what cannot be a column of a student's answers, or of verdicts."""
POINTS = (
    "out_of", "out of", "max points", "max_points", "points possible", "max marks", "points",
    "point", "pts", "marks", "punkte", "punktzahl", "maximale punktzahl",
    "max. punkte", "max punkte", "barème", "puntos", "puntos máximos", "puntaje máximo", "分值",
    "满分",
)  # fmt: skip
"""What a row or a column of points is called."""
SUMS = ("total", "totals", "sum", "average", "mean", "gesamt", "summe", "durchschnitt", "moyenne",
        "平均", "总分")  # fmt: skip
"""What the row below a class is called."""
QUESTIONS = (
    *PROBLEMS, *IDS, "q", "no", "no.", "nr", "nr.", "number", "item", "item_id", "exercise", "task",
    "question number", "nummer", "aufgabe", "aufgabennummer", "frage", "numéro", "exercice",
    "problème", "número", "pregunta", "ejercicio", "problema", "题号", "题目",
)  # fmt: skip
"""Columns that say which question an answer belongs to."""
TOTALS = (
    "total", "totals", "sum", "score", "scores", "result", "results", "percent", "percentage", "%",
    "mark", "grade", "grades", "note", "notes", "comment", "comments", "class", "date", "time",
    "timestamp", "group", "section", "average", "mean", "gesamt", "summe", "总分", "备注", "班级",
)  # fmt: skip
"""Columns of a class list that are no questions."""
_IN_NAME = re.compile(
    r"\s{0,3}[(\[]\s?(?P<number>\d{1,4}(?:[.,]\d{1,2})?)\s?(?:points?|pts?\.?|p|marks?|punkte?|分)\s?[)\]]\Z",
    re.I,
)
ROLES = ("student", "question", "answer", "key", "points")
"""What `--column ROLE=NAME` may name."""


def written(value: Any) -> str:
    """A cell's text; "" for an empty cell."""
    return "" if value is None else str(value).strip()


def lowered(name: Any) -> str:
    """A name in the form in which it is looked up: lower case, without marks around it."""
    return " ".join(str(name).split()).casefold()


def is_one_of(name: Any, names: Iterable[str]) -> bool:
    """Is it one of these names, in any case, with or without a colon?"""
    return lowered(name).rstrip(": ") in names


def label(name: Any) -> str:
    """A question's name for comparing: `Q1`, `Question 1` and `1` are one.

    >>> label("Question 1"), label("q2 b (3 points)"), label("Area of a disc")
    ('#1', '#2b', 'area of a disc')
    """
    bare = without_points(name)
    match = QUESTION.fullmatch(bare)
    if match is None:
        return lowered(bare)
    return "#" + match["number"].replace(" ", "").lower().lstrip("0")


def without_points(name: Any) -> str:
    """A column's name without the points that stand in it."""
    return _IN_NAME.sub("", str(name).strip())


def points_in(name: Any) -> str:
    """The points in a column's name; "" where there are none.

    >>> points_in("Q1 (2 points)"), points_in("Q1 [0,5 pt]"), points_in("Q1 (2)")
    ('2', '0,5', '')
    """
    match = _IN_NAME.search(str(name).strip())
    return match["number"] if match else ""


def is_label(name: Any) -> bool:
    """Is it a usual name of a question, such as Q1 or 1?"""
    return QUESTION.fullmatch(without_points(name)) is not None


def labels(names: Iterable[str], sheet: str) -> dict[str, str]:
    """Names of questions by their labels.

    Raises:
        UsageError: two of them mean the same question.
    """
    names_by_label: dict[str, str] = {}
    for name in names:
        other = names_by_label.setdefault(label(name), name)
        if other != name:
            raise UsageError(
                f"{sheet}: the columns {other} and {name} mean the same question",
                "rename one of them",
            )
    return names_by_label


def read_columns(given: Sequence[str]) -> dict[str, str]:
    """The columns by role, from options such as `student=Name`.

    Raises:
        UsageError: one is not ROLE=NAME.
    """
    columns: dict[str, str] = {}
    for option in given:
        role, equals, name = option.partition("=")
        if not equals or role.strip() not in ROLES or not name.strip():
            raise UsageError(
                f"--column {option}: not ROLE=NAME", f"ROLE is one of: {', '.join(ROLES)}"
            )
        columns[role.strip()] = name.strip()
    return columns


def is_known(name: Any) -> bool:
    """Does the name have a fixed meaning, so that it names neither a student nor a question?"""
    known = (*QUESTIONS, *STUDENTS, *KEYS, *POINTS, *TOTALS, *PREDICTED, *EXPECTED, *ACCEPTED)
    return is_one_of(name, (*known, *ANSWERS, SOLUTION))


def column_for(
    names: Iterable[Any], role: str, chosen: Mapping[str, str], known: Sequence[str]
) -> str:
    """The column with a role: the one that the user named, else the first whose name fits the role.

    Returns:
        Its name as written, or "" where there is none.
    """
    by_name = {lowered(name): str(name) for name in reversed(list(names))}
    if role in chosen and lowered(chosen[role]) in by_name:
        return by_name[lowered(chosen[role])]
    return next((by_name[one] for one in known if one in by_name), "")


def check_columns(chosen: Mapping[str, str], names: Sequence[str]) -> None:
    """Check that the columns that the user named exist.

    Args:
        names: of the columns of all sheets.

    Raises:
        UsageError: one is in none of them.
    """
    there = {lowered(name) for name in names}
    for role, name in chosen.items():
        if lowered(name) not in there:
            raise UsageError(
                f"--column {role}={name}: there is no such column",
                f"there are: {', '.join(dict.fromkeys(names))}",
            )
