"""Learning how far to trust a model, from solutions whose verdicts are known.

Ridge-penalized logistic regression. It is measured on problems that it was not fitted to
(cross-validation by problem), by calibration error (Naeini et al. 2015), Brier score (1950) and
the area under the ROC curve.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mathcli.solving.transcript import TrustBasis
from mathcli.trust.estimate import LEAST, MOST, AnswerGroup, Curve, Estimator, SignWeight, group_of
from mathcli.trust.logistic import fitted, folds, held_out
from mathcli.trust.reliability import auc, brier, calibration_error
from mathcli.trust.signs import CONFIDENCE, PLAIN, Known

FEWEST = 60
"""Answers that are needed to learn anything from; of each verdict a tenth."""

_FOLDS = 8
_RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_SEED = 0

Matrix = npt.NDArray[np.float64]


def fit(known: Sequence[Known], basis: TrustBasis) -> Estimator:
    """The estimator that is fitted to these answers.

    Raises:
        ValueError: there are too few of them, or nearly all are right, or nearly all wrong.
    """
    rights = sum(one.right for one in known)
    if len(known) < FEWEST or min(rights, len(known) - rights) < FEWEST // 10:
        raise ValueError(
            f"{len(known)} answers, {rights} of them right, are too few to learn trust from"
        )
    plain, measured = _curve(known, PLAIN)
    sure = None
    if all(name in one.signs for one in known for name in CONFIDENCE):
        sure, measured = _curve(known, (*CONFIDENCE, *PLAIN))
    return Estimator(basis, plain, sure, measured, _groups(known))


def _groups(known: Sequence[Known]) -> tuple[AnswerGroup, ...]:
    """How many answers were found in which way, and how many of them were right."""
    verdicts: dict[str, list[bool]] = {}
    for one in known:
        verdicts.setdefault(group_of(one.signs), []).append(one.right)
    return tuple(AnswerGroup(name, len(all_), sum(all_)) for name, all_ in sorted(verdicts.items()))


def _curve(known: Sequence[Known], names: Sequence[str]) -> tuple[Curve, dict[str, float]]:
    """The curve on these signs, and its probabilities for problems that it has not seen."""
    rows = np.array([[one.signs[name] for name in names] for one in known])
    moving = [at for at in range(len(names)) if rows[:, at].std() > 1e-9]
    rows, names = rows[:, moving], [names[at] for at in moving]
    right = np.array([one.right for one in known], float)
    weights = np.array([one.weight for one in known], float)
    fold = folds([one.problem for one in known], _FOLDS, _SEED)
    tried = [(_loss(p := held_out(rows, right, weights, fold, r), right), r, p) for r in _RIDGES]
    _, ridge, apart = min(tried, key=lambda one: one[0])
    coefficients, means, deviations = fitted(rows, right, weights, ridge)
    curve = Curve(
        round(float(coefficients[0]), 5),
        tuple(
            SignWeight(name, round(float(c), 5), round(float(mean), 5), round(float(deviation), 5))
            for name, c, mean, deviation in zip(
                names, coefficients[1:], means, deviations, strict=True
            )
        ),
    )
    pairs = [(float(p), bool(y)) for p, y in zip(np.clip(apart, LEAST, MOST), right, strict=True)]
    measures = {
        "answers": float(len(pairs)),
        "accuracy": round(float(right.mean()), 4),
        "auc": round(auc(pairs) or 0.5, 4),
        "brier": round(brier(pairs), 4),
        "calibration_error": round(calibration_error(pairs), 4),
    }
    return curve, measures


def _loss(probabilities: Matrix, right: Matrix) -> float:
    clipped = np.clip(probabilities, LEAST, MOST)
    return float(-np.mean(right * np.log(clipped) + (1 - right) * np.log(1 - clipped)))
