"""Verdicts of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """Whether two answers are equal: yes, no, or undecided (a person has to decide)."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """A verdict and its reason in words."""

    verdict: Verdict
    reason: str


def correct(reason: str) -> Comparison:
    """The two are equal."""
    return Comparison(Verdict.CORRECT, reason)


def incorrect(reason: str) -> Comparison:
    """The two differ."""
    return Comparison(Verdict.INCORRECT, reason)


def undecided(reason: str) -> Comparison:
    """It is not known whether the two are equal."""
    return Comparison(Verdict.UNDECIDED, reason)
