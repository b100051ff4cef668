"""Votes: how many of several answers are the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.answers.verdict import Verdict

if TYPE_CHECKING:
    from mathcli.answers.grader import Grader


@dataclass(frozen=True)
class AnswerClass:
    """Answers that are equal to each other.

    Args:
        answer: the most readable of them.
        count: how many there are.
        indices: their places among all answers, ascending.
    """

    answer: str
    count: int
    indices: tuple[int, ...]


def answer_classes(answers: Sequence[str], grader: Grader) -> list[AnswerClass]:
    """Group equal answers, in the order in which each group was first seen.

    An answer joins the first class that has a member found equal to it, so `1/2` and `0.5` are
    one candidate. To vote, take the class with the highest count; of equal ones `max` returns
    the one seen first.
    """
    members: list[list[int]] = []
    seen: dict[str, list[int]] = {}
    for index, answer in enumerate(answers):
        text = answer.strip()
        group = seen.get(text)
        if group is None:
            group = next((g for g in members if _equal(answers[g[0]], answer, grader)), None)
        if group is None:
            group = []
            members.append(group)
        group.append(index)
        seen[text] = group
    return [
        AnswerClass(
            answer=min((answers[index] for index in group), key=_effort),
            count=len(group),
            indices=tuple(group),
        )
        for group in members
    ]


def _equal(first: str, second: str, grader: Grader) -> bool:
    return grader.compare(first, second).verdict is Verdict.CORRECT


def _effort(answer: str) -> tuple[bool, int, int]:
    """How hard an answer is to read: rounded decimals last, then by length without markup."""
    digits = answer.partition(".")[2]
    rounded = len(digits) > 4 and digits[:5].isdigit()
    return rounded, len(answer) - 4 * answer.count("\\"), len(answer)
