"""Learns to predict from a problem's text whether code is the better method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from mathcli.calibration.features import FEATURES
from mathcli.calibration.reference import Judged, reference_strategy
from mathcli.errors import UsageError

LEARNED = "learned"
WITH_CUE = "learned with the cue"

FEWEST = 10
"""The fewest problems to learn from."""
RELIABLE = 100
"""The fewest problems whose result is kept without being asked: on fewer, shares are uncertain by
ten points and more, and a rule that happened to win on them may lose on others."""
_FOLDS = 5
_DIGITS = 6  # of what is kept
_RIDGE = 1.0
_TIE = 0.02  # what a program that was not needed weighs; one that was needed weighs up to 0.5


@dataclass(frozen=True)
class FeatureWeight:
    """A feature's mean and standard deviation, and what each deviation above the mean adds to the
    log-odds of code."""

    name: str
    weight: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Classifier:
    """A logistic regression: the log-odds of code are `bias` and what the features add.

    Raises:
        ValueError: from `probability`, where a feature is not known here.
    """

    bias: float
    features: tuple[FeatureWeight, ...]

    def probability(self, problem: str) -> float:
        """The probability that code is the better method."""
        known = {feature.name: feature for feature in FEATURES}
        score = self.bias
        for weight in self.features:
            if weight.name not in known:
                raise ValueError(f"there is no feature {weight.name!r}")
            value = known[weight.name].measure(problem)
            score += weight.weight * (value - weight.mean) / weight.deviation
        return 1 / (1 + exp(-score)) if score > -500 else 0.0

    def code(self, problem: str) -> bool:
        """Is code the better method?"""
        return self.probability(problem) > 0.5


@dataclass(frozen=True)
class Learning:
    """What was learned.

    Args:
        name: `LEARNED`, or `WITH_CUE` where the model's own cue was the prior.
        classifier: fitted to all problems.
        predicted: for each problem, whether code is better, by a classifier that has not seen it.
        accuracy: the share of these predictions that agree with the reference strategy.
        chance: the same share for always predicting the more frequent method.
    """

    name: str
    classifier: Classifier
    predicted: tuple[bool, ...]
    accuracy: float
    chance: float


def target(one: Judged, *, cue: bool = False) -> tuple[float, float]:
    """Whether the reference strategy takes code (1 or 0), and how much depends on it.

    A wrong choice weighs as much as it loses; where nothing is lost, code costs a little.

    Args:
        cue: whether the model's own choices are the prior. Without it only right answers count:
            a forced method does not depend on what the model would choose.
    """
    quality = one.quality
    words, code = quality
    prior = one.prior if cue else dict.fromkeys(quality, 0.5)
    chosen = reference_strategy(prior, quality)[code]
    gain = abs(prior[code] * quality[code] - prior[words] * quality[words])
    return chosen, max(gain, _TIE)


def learn(problems: Sequence[Judged], *, cue: bool = False, seed: int = 0) -> Learning:
    """Fit the classifier, and say how well it does on problems that it has not seen.

    Args:
        cue: see `target`.
        seed: of the division into five folds.

    Raises:
        UsageError: there are fewer than `FEWEST` problems.
    """
    import numpy as np

    from mathcli.calibration.features import measured
    from mathcli.trust import logistic

    if len({one.problem for one in problems}) < FEWEST:
        raise UsageError(
            f"there are too few problems to learn from: {len(problems)}",
            f"give at least {FEWEST}, better some hundreds",
        )
    rows = np.array([measured(one.problem) for one in problems])
    targets = [target(one, cue=cue) for one in problems]
    wanted, weights = (np.array(column) for column in zip(*targets, strict=True))
    fold = logistic.folds([one.problem for one in problems], _FOLDS, seed)
    predicted = logistic.held_out(rows, wanted, weights, fold, _RIDGE) > 0.5
    coefficients, means, deviations = logistic.fitted(rows, wanted, weights, _RIDGE)
    features = zip(FEATURES, coefficients[1:], means, deviations, strict=True)
    return Learning(
        WITH_CUE if cue else LEARNED,
        Classifier(
            round(float(coefficients[0]), _DIGITS),
            tuple(
                FeatureWeight(one.name, *(round(float(value), _DIGITS) for value in values))
                for one, *values in features
            ),
        ),
        predicted=tuple(bool(one) for one in predicted),
        accuracy=float((predicted == (wanted > 0.5)).mean()),
        chance=float(max(wanted.mean(), 1 - wanted.mean())),
    )
