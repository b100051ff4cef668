"""Totals of a class: of each student, of each question, and of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mathcli.answers import Verdict

if TYPE_CHECKING:
    from mathcli.grading.judging import Marked


@dataclass
class VerdictCounts:
    """How many answers got which verdict, and their points.

    Undecided answers have no points yet: `open_points` is what they may still earn.
    """

    correct: int = 0
    incorrect: int = 0
    undecided: int = 0
    blank: int = 0
    points: Fraction = Fraction(0)
    out_of: Fraction = Fraction(0)
    open_points: Fraction = Fraction(0)

    @property
    def total(self) -> int:
        """The number of answers; blank ones count among the incorrect ones."""
        return self.correct + self.incorrect + self.undecided

    @property
    def share(self) -> float:
        """The share of correct answers among all."""
        return self.correct / self.total if self.total else 0.0

    def add(self, one: Marked) -> None:
        """Count an answer."""
        name = one.verdict.value
        setattr(self, name, getattr(self, name) + 1)
        self.blank += not one.item.predicted and one.verdict is Verdict.INCORRECT
        self.out_of += one.item.out_of
        if one.points is None:
            self.open_points += one.item.out_of
        else:
            self.points += one.points

    def record(self, *, points: bool) -> dict[str, Any]:
        """As a row of a table."""
        fields: dict[str, Any] = {
            "correct": self.correct, "incorrect": self.incorrect, "undecided": self.undecided,
            "blank": self.blank,
        }  # fmt: skip
        if points:
            fields |= {
                "points": as_number(self.points), "open_points": as_number(self.open_points),
                "out_of": as_number(self.out_of),
            }  # fmt: skip
        return fields


def as_number(points: Fraction) -> int | float:
    """Points as a number for a table: an integer where possible, else with up to four decimals."""
    return int(points) if points.denominator == 1 else round(float(points), 4)


def tallied(marked: Iterable[Marked]) -> VerdictCounts:
    """The total of some answers, without those that were replaced."""
    tally = VerdictCounts()
    for answer in marked:
        if not answer.item.replaced:
            tally.add(answer)
    return tally


def by_student(marked: Sequence[Marked]) -> dict[str, VerdictCounts]:
    """The totals of each student, in the order of the sheet."""
    return _by(marked, "student")


def by_question(marked: Sequence[Marked]) -> dict[str, VerdictCounts]:
    """The totals of each question, in the order of the sheet."""
    return _by(marked, "question")


def grid(marked: Sequence[Marked]) -> dict[str, dict[str, list[Marked]]]:
    """The answers of each student to each question."""
    answers: dict[str, dict[str, list[Marked]]] = {}
    for answer in marked:
        row = answers.setdefault(answer.item.student, {})
        row.setdefault(answer.item.question, []).append(answer)
    return answers


def _by(marked: Sequence[Marked], what: str) -> dict[str, VerdictCounts]:
    tallies: dict[str, VerdictCounts] = {}
    for answer in marked:
        if not answer.item.replaced:
            tallies.setdefault(getattr(answer.item, what), VerdictCounts()).add(answer)
    return tallies
