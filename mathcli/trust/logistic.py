"""Logistic regression with an L2 penalty, by Newton's method, and its cross-validation.

That is enough for a few dozen features and a few hundred problems.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

_STEPS = 100
_SMALL = 1e-10
_BIAS_SHARE = 1e-3  # of the penalty: keeps the bias finite where all problems are of one kind
_CONSTANT = 1e-5  # deviation of a feature that says nothing


def fit(rows: Matrix, wanted: Vector, weights: Vector, ridge: float) -> Vector:
    """The coefficients, that of the bias first, which minimize
    Σ weight · log loss + ridge / 2 · Σ coefficient².

    Args:
        rows: one for each example, without a column for the bias.
        wanted: from 0 to 1.
        weights: of the examples; not negative.
        ridge: the penalty; the bias has a thousandth of it.
    """
    columns = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.full(columns.shape[1], ridge)
    penalty[0] = _BIAS_SHARE * ridge
    at = np.zeros(columns.shape[1])
    loss = _loss(columns, wanted, weights, penalty, at)
    for _ in range(_STEPS):
        chance = probabilities(columns, at)
        slope = columns.T @ (weights * (chance - wanted)) + penalty * at
        curve = (columns.T * (weights * chance * (1 - chance))) @ columns + np.diag(penalty)
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        size = 1.0
        while (lower := _loss(columns, wanted, weights, penalty, at - size * step)) > loss:
            size /= 2  # Newton's step may go too far where the curve is flat
            if size < _SMALL:
                return at
        at, loss = at - size * step, lower
        if np.abs(step).max() < _SMALL:
            break
    return at


def probabilities(columns: Matrix, coefficients: Vector) -> Vector:
    """1 / (1 + e^-z), which never overflows when it is written with tanh."""
    return 0.5 * (1 + np.tanh(0.5 * (columns @ coefficients)))


def _loss(columns: Matrix, wanted: Vector, weights: Vector, penalty: Vector, at: Vector) -> float:
    scores = columns @ at
    losses = np.logaddexp(0, scores) - wanted * scores
    return float(weights @ losses + 0.5 * penalty @ at**2)


def scales(rows: Matrix) -> tuple[Vector, Vector]:
    """Mean and standard deviation of each column; 1 for a column that is the same everywhere."""
    deviations = rows.std(axis=0)
    return rows.mean(axis=0), np.where(deviations < _CONSTANT, 1.0, deviations)


def fitted(
    rows: Matrix, wanted: Vector, weights: Vector, ridge: float
) -> tuple[Vector, Vector, Vector]:
    """The coefficients for standardized columns, the columns' means, and their standard deviations.
    Weights are divided by their sum, so that only their ratios matter."""
    means, deviations = scales(rows)
    total = weights.sum()
    shares = weights * len(weights) / total if total else np.ones(len(weights))
    return fit((rows - means) / deviations, wanted, shares, ridge), means, deviations


def folds(groups: Sequence[str], count: int, seed: int) -> npt.NDArray[np.intp]:
    """The fold number of each example. Examples of one group are in one fold, so that a problem
    that occurs twice in a data set is not predicted by itself."""
    names = sorted(set(groups))
    places = np.random.default_rng(seed).permutation(len(names))
    fold = {name: int(place) % count for name, place in zip(names, places, strict=True)}
    return np.array([fold[group] for group in groups], np.intp)


def held_out(
    rows: Matrix,
    wanted: Vector,
    weights: Vector,
    fold: npt.NDArray[np.intp],
    ridge: float,
) -> Vector:
    """Each example's probability by the regression on the other folds."""
    predicted = np.empty(len(rows))
    for number in np.unique(fold):
        here = fold == number
        coefficients, means, deviations = fitted(rows[~here], wanted[~here], weights[~here], ridge)
        columns = np.column_stack([np.ones(here.sum()), (rows[here] - means) / deviations])
        predicted[here] = probabilities(columns, coefficients)
    return predicted
