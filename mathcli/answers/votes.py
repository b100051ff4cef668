"""Votes: groups equal answers and counts them."""

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
    """Answers of which every two are equal.

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

    Classes are closed: an answer joins the first class all of whose members it equals, so that
    `1/2` and `0.5` are one candidate, and `5 cm` and `5 kg` never are, although `5` equals each.
    To vote, take the class with the highest count; of equal ones `max` returns the one seen first.
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
        self._different: list[list[int]] = []  # of each group, its members that differ as texts
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, answers: Sequence[str]) -> None:
        """Add the new ones of `answers`; those that were added before must come first.

        As all answers are given each time, an interrupted call does no harm.
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
        text, index = answer.strip(), len(self._answers)
        place = self._seen.get(text)
        if place is None:
            place = next((n for n in range(len(self._groups)) if self._belongs(answer, n)), None)
            if place is None:
                place = len(self._groups)
                self._groups.append([])
                self._different.append([])
            self._different[place].append(index)
        self._groups[place].append(index)
        self._answers.append(answer)
        self._seen[text] = place

    def _belongs(self, answer: str, place: int) -> bool:
        """Whether `answer` equals every member of a group."""
        if self._grader is None:
            return False
        return all(
            self._grader.compare(self._answers[index], answer).verdict is Verdict.CORRECT
            for index in self._different[place]
        )


def _effort(answer: str) -> tuple[bool, int, int]:
    """Sorts answers by readability: rounded decimals last, then by length without markup."""
    digits = answer.partition(".")[2]
    rounded = len(digits) > 4 and digits[:5].isdigit()
    return rounded, len(answer) - 4 * answer.count("\\"), len(answer)
