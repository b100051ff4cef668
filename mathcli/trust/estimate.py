"""The probability that an answer is right, as a weighted sum of signs through a logistic curve.

Fitted to solutions with known verdicts (Platt 1999 is the one-sign case). A checkpoint's own
estimator is used for it alone; every other checkpoint gets one that was measured on other models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import exp
from typing import Any

from mathcli.solving.transcript import Sample, Transcript, TrustBasis
from mathcli.trust.signs import CONFIDENCE, Solved, of_sample, of_transcript, signs

POOLED = "other models"
"""The name of the estimator for models that have none of their own."""

LEAST, MOST = 0.01, 0.99
"""The lowest and the highest trust that is stated: a few hundred problems cannot show more."""

_ENOUGH = 20  # answers of a group, from which on the curve is believed about it
_DOUBT = 3  # wrong answers that a group is taken to have beside one right, before any was seen


@dataclass(frozen=True)
class AnswerGroup:
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
        """The highest trust of such an answer, by the rule of succession with a doubtful prior: a
        few answers show little, and the curve was fitted to other kinds."""
        return 1.0 if self.answers >= _ENOUGH else (self.right + 1) / (self.answers + 1 + _DOUBT)


def group_of(found: Mapping[str, float]) -> str:
    """The name of an answer's group: its label, whether a program of its solution failed, and
    whether the programs lack a formula of the problem.

    Args:
        found: the solution's signs.
    """
    names = ("checked", "computed", "agreed", "guessed")
    label = next((name for name in names if found.get(name)), "reasoned")
    failed = ", after errors" if found.get("errors") else ""
    return label + failed + (", without the formula" if found.get("missed formulas") else "")


@dataclass(frozen=True)
class SignWeight:
    """A sign's weight: it adds `coefficient` for each standard `deviation` above its `mean`."""

    name: str
    coefficient: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Curve:
    """A logistic regression on some signs; `bias` is the log-odds where all are at their means."""

    bias: float
    weights: tuple[SignWeight, ...]

    def probability(self, found: Mapping[str, float]) -> float:
        """The probability for the signs of a solution; one that it lacks counts as its mean."""
        score = self.bias
        for weight in self.weights:
            value = found.get(weight.name, weight.mean)
            # At most four deviations count: hardly anything was measured further away.
            distance = max(-4.0, min(4.0, (value - weight.mean) / weight.deviation))
            score += weight.coefficient * distance
        return min(MOST, max(LEAST, 1 / (1 + exp(-score))))


@dataclass(frozen=True)
class Estimator:
    """Estimates how far to trust a model's answers.

    Args:
        basis: which solutions it was fitted to.
        sure: the curve for solutions whose token probabilities are known.
        plain: the curve for all others.
        measured: how good it was on solutions that it was not fitted to.
        groups: how the answers were found that it was fitted to; none where that was not kept.
    """

    basis: TrustBasis
    plain: Curve
    sure: Curve | None = None
    measured: Mapping[str, float] | None = None
    groups: tuple[AnswerGroup, ...] = ()

    def estimate(self, transcript: Transcript) -> tuple[float, TrustBasis] | None:
        """The trust in a transcript's answer, and on what it was measured; `None` without one."""
        probability = self.probability(of_transcript(transcript))
        return None if probability is None else (probability, self.basis)

    def of_leader(
        self, sample: Sample, problem: str, *, agreement: float, took_part: int
    ) -> float | None:
        """The trust of a vote's leading answer if the vote ended now; `None` without an
        answer, or where trust was measured on other models only."""
        if self.basis.model == POOLED:
            return None
        solved = replace(of_sample(sample, problem), agreement=agreement, took_part=took_part)
        return self.probability(solved)

    def probability(self, solved: Solved) -> float | None:
        """The probability that a solution's answer is right; `None` where there is no answer."""
        if solved.answer is None:
            return None
        values = signs(solved)
        known = all(name in values for name in CONFIDENCE)
        curve = self.sure if known and self.sure is not None else self.plain
        return round(min(curve.probability(values), self._most(values)), 3)

    def _most(self, values: Mapping[str, float]) -> float:
        """The highest trust that the group of a solution allows."""
        if not self.groups:
            return 1.0
        name = group_of(values)
        return next(
            (group for group in self.groups if group.name == name), AnswerGroup(name, 0, 0)
        ).most

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)
