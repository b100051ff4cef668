"""The probability that an answer is right, as a weighted sum of signs through a logistic curve.

Fitted to solutions whose verdicts are known (Platt 1999 is the one-sign case). What is known of a
checkpoint is used for it alone; for any other there is what was measured on other models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import exp
from typing import Any

from mathcli.solving.transcript import Sample, Transcript, TrustBasis
from mathcli.trust.signs import CONFIDENCE, Solved, of_sample, of_transcript, signs

POOLED = "other models"
"""The name of what is used for a model of which nothing is known."""

LEAST, MOST = 0.01, 0.99
"""Nothing is more certain than a few hundred problems can tell."""


_ENOUGH = 20  # answers of a group, from which on the curve is believed about it
_DOUBT = 3  # wrong answers that a group is taken to have beside one right, before any was seen


@dataclass(frozen=True)
class Group:
    """Answers that were found in the same way, among those that an estimator was fitted to.

    Args:
        name: see `group_of`.
        answers: how many there were.
        right: how many of them were right.
    """

    name: str
    answers: int
    right: int

    @property
    def most(self) -> float:
        """The trust that such an answer can have at most: few of a kind say little, and no curve
        that was fitted to others knows more (the rule of succession, with a doubtful prior)."""
        return 1.0 if self.answers >= _ENOUGH else (self.right + 1) / (self.answers + 1 + _DOUBT)


def group_of(found: Mapping[str, float]) -> str:
    """By what an answer was found, and whether a program of its solution failed.

    Args:
        found: the solution's signs.
    """
    names = ("checked", "computed", "agreed", "guessed")
    label = next((name for name in names if found.get(name)), "reasoned")
    return f"{label}, after errors" if found.get("errors") else label


@dataclass(frozen=True)
class Weight:
    """What one sign counts: `coefficient` a standard `deviation` away from its `mean`."""

    name: str
    coefficient: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Curve:
    """A logistic regression on some signs; `bias` is the log-odds at all means."""

    bias: float
    weights: tuple[Weight, ...]

    def probability(self, found: Mapping[str, float]) -> float:
        """The probability for the signs of a solution; one that it lacks counts as its mean."""
        score = self.bias
        for weight in self.weights:
            value = found.get(weight.name, weight.mean)
            # Nothing that was measured says what is far outside of it.
            distance = max(-4.0, min(4.0, (value - weight.mean) / weight.deviation))
            score += weight.coefficient * distance
        return min(MOST, max(LEAST, 1 / (1 + exp(-score))))


@dataclass(frozen=True)
class Estimator:
    """Estimates how far to trust a model's answers.

    Args:
        basis: what it was fitted to.
        sure: the curve for solutions whose token probabilities are known.
        plain: the curve for all others.
        measured: what it came to on solutions that it was not fitted to.
        groups: how the answers were found that it was fitted to; none where that was not kept.
    """

    basis: TrustBasis
    plain: Curve
    sure: Curve | None = None
    measured: Mapping[str, float] | None = None
    groups: tuple[Group, ...] = ()

    def estimate(self, transcript: Transcript) -> tuple[float, TrustBasis] | None:
        """The trust in a transcript's answer, and on what it was measured; `None` without one."""
        found = self.probability(of_transcript(transcript))
        return None if found is None else (found, self.basis)

    def of_leader(
        self, sample: Sample, problem: str, *, agreement: float, took_part: int
    ) -> float | None:
        """The trust in the answer of a sample that leads a vote, as it would be said if the vote
        ended now; `None` without an answer, and where it was measured on other models."""
        if self.basis.model == POOLED:
            return None
        solved = replace(of_sample(sample, problem), agreement=agreement, took_part=took_part)
        return self.probability(solved)

    def probability(self, solved: Solved) -> float | None:
        """The probability that a solution's answer is right; `None` where there is no answer."""
        if solved.answer is None:
            return None
        found = signs(solved)
        known = all(name in found for name in CONFIDENCE)
        curve = self.sure if known and self.sure is not None else self.plain
        return round(min(curve.probability(found), self._most(found)), 3)

    def _most(self, found: Mapping[str, float]) -> float:
        """What the group of a solution allows."""
        if not self.groups:
            return 1.0
        name = group_of(found)
        return next((one for one in self.groups if one.name == name), Group(name, 0, 0)).most

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)
