"""Votes: how many of several answers are the same answer."""

from __future__ import annotations

import threading
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
    grouping = Grouping(grader)
    grouping.add(answers)
    return grouping.classes()


class Grouping:
    """Groups equal answers as they come, as `answer_classes` does; from any thread.

    Without a grader only answers that are written alike are equal.
    """

    def __init__(self, grader: Grader | None) -> None:
        self._grader = grader
        self._answers: list[str] = []
        self._groups: list[list[int]] = []
        self._seen: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def add(self, answers: Sequence[str]) -> None:
        """Take in `answers` as far as they are new: all those given before come first.

        Giving them all each time makes a call that was broken off harmless.
        """
        with self._lock:
            for answer in answers[len(self._answers) :]:
                self._add(answer)

    def classes(self) -> list[AnswerClass]:
        """The groups so far, in the order in which each was first seen."""
        with self._lock:
            return [
                AnswerClass(
                    answer=min((self._answers[index] for index in group), key=_effort),
                    count=len(group),
                    indices=tuple(group),
                )
                for group in self._groups
            ]

    def _add(self, answer: str) -> None:
        text = answer.strip()
        group = self._seen.get(text)
        if group is None:
            group = next((g for g in self._groups if self._equal(g[0], answer)), None)
        if group is None:
            group = []
            self._groups.append(group)
        group.append(len(self._answers))
        self._answers.append(answer)
        self._seen[text] = group

    def _equal(self, index: int, answer: str) -> bool:
        if self._grader is None:
            return False
        return self._grader.compare(self._answers[index], answer).verdict is Verdict.CORRECT


def _effort(answer: str) -> tuple[bool, int, int]:
    """How hard an answer is to read: rounded decimals last, then by length without markup."""
    digits = answer.partition(".")[2]
    rounded = len(digits) > 4 and digits[:5].isdigit()
    return rounded, len(answer) - 4 * answer.count("\\"), len(answer)
