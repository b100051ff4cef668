"""Graded answers as one HTML page: totals, marks, and every answer with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mathcli.grading.points import shown
from mathcli.grading.totals import VerdictCounts, by_question, by_student, grid, tallied
from mathcli.rendering import pages
from mathcli.rendering.class_table import kind_of
from mathcli.text_safety import shortened

if TYPE_CHECKING:
    from mathcli.grading.judging import Marked

SIGNS = {"correct": "✓", "incorrect": "✗", "undecided": "?", "blank": "·", "in part": "◐"}
MOST_ANSWERS = 50_000
"""Answers that a page shows with their reasons; the totals are of all."""
_LONGEST = 2_000  # characters of an answer


def class_page(name: str, marked: Sequence[Marked], *, points: bool) -> str:
    """The whole file.

    Args:
        name: what was graded.
        marked: the answers.
        points: with points.
    """
    return pages.page(
        "class.html",
        ["page.css", "report.css", "class.css"],
        title=f"{name}, graded",
        name=name,
        points=points,
        signs=SIGNS,
        shown=shown,
        **_content(marked),
    )


def _content(marked: Sequence[Marked]) -> dict[str, Any]:
    """What the page shows."""
    is_class = any(one.item.student for one in marked) and any(one.item.question for one in marked)
    students, questions = by_student(marked), by_question(marked)
    shown_ = marked[:MOST_ANSWERS]
    groups: dict[str, list[dict[str, Any]]] = {}
    for at, one in enumerate(shown_, 1):
        groups.setdefault(one.item.student if is_class else "", []).append(_answer(at, one))
    return {
        "total": tallied(marked),
        "is_class": is_class,
        "students": students if is_class else {},
        "questions": questions if is_class else {},
        "marks": _marks(marked) if is_class else {},
        "kinds": [one for one in SIGNS if any(kind_of(other) == one for other in marked)],
        "groups": groups,
        "left": len(marked) - len(shown_),
        "none": VerdictCounts(),
    }


def _marks(marked: Sequence[Marked]) -> dict[str, dict[str, list[str]]]:
    """What became of each student's answer to each question."""
    return {
        student: {question: [kind_of(one) for one in found] for question, found in row.items()}
        for student, row in grid(marked).items()
    }


def _answer(at: int, one: Marked) -> dict[str, Any]:
    item = one.item
    return {
        "label": item.question or item.student or str(at),
        "given": shortened(item.predicted, _LONGEST),
        "expected": shortened(item.expected or "", _LONGEST),
        "kind": kind_of(one),
        "points": None if one.points is None else one.points,
        "out_of": item.out_of,
        "reason": shortened(one.comparison.reason, _LONGEST),
    }
