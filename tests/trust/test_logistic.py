from __future__ import annotations

from math import log

import numpy as np
import pytest

from mathcli.trust.logistic import fit, fitted, folds, held_out, probabilities


def loss(at: np.ndarray, rows: np.ndarray, wanted: np.ndarray, ridge: float) -> float:
    """The penalized log loss, written down once more and in another way."""
    total = 0.5 * ridge * (float(at[1:] @ at[1:]) + 0.001 * float(at[0]) ** 2)
    for row, one in zip(rows, wanted, strict=True):
        chance = 1 / (1 + np.exp(-(at[0] + row @ at[1:])))
        total -= one * log(chance) + (1 - one) * log(1 - chance)
    return total


def test_without_a_penalty_two_groups_get_their_own_log_odds() -> None:
    # Of the rows with 0, 1 of 4 is wanted; of those with 1, 3 of 4.
    rows = np.array([[0.0]] * 4 + [[1.0]] * 4)
    wanted = np.array([1, 0, 0, 0, 1, 1, 1, 0], float)
    bias, slope = fit(rows, wanted, np.ones(8), ridge=0.0)
    assert bias == pytest.approx(log(1 / 3))
    assert bias + slope == pytest.approx(log(3))


def test_a_weight_counts_as_so_many_examples() -> None:
    rows = np.array([[0.0], [1.0], [2.0], [3.0]])
    wanted = np.array([0.0, 1.0, 0.0, 1.0])
    weighted = fit(rows, wanted, np.array([1.0, 2.0, 1.0, 3.0]), ridge=1.0)
    places = [0, 1, 1, 2, 3, 3, 3]
    repeated = fit(rows[places], wanted[places], np.ones(7), ridge=1.0)
    assert weighted == pytest.approx(repeated)


def test_no_point_of_a_fine_grid_is_better() -> None:
    rows = np.array([[-1.5], [-0.5], [0.2], [0.9], [2.0]])
    wanted = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    found = fit(rows, wanted, np.ones(5), ridge=0.7)
    grid = [np.array([a, b]) for a in np.arange(-2, 2, 0.02) for b in np.arange(-2, 4, 0.02)]
    best = min(grid, key=lambda at: loss(at, rows, wanted, 0.7))
    assert loss(found, rows, wanted, 0.7) <= loss(best, rows, wanted, 0.7)
    assert found == pytest.approx(best, abs=0.02)


def test_the_slope_is_zero_where_it_ends() -> None:
    random = np.random.default_rng(4)
    rows, wanted = random.normal(size=(60, 7)), (random.random(60) < 0.4).astype(float)
    at = fit(rows, wanted, np.ones(60), ridge=2.0)
    for index in range(8):
        nudge = np.eye(8)[index] * 1e-4
        assert loss(at + nudge, rows, wanted, 2.0) > loss(at, rows, wanted, 2.0)
        assert loss(at - nudge, rows, wanted, 2.0) > loss(at, rows, wanted, 2.0)


@pytest.mark.parametrize("wanted", [[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0] * 4])
def test_what_can_be_told_apart_wholly_still_has_an_end(wanted: list[float]) -> None:
    rows = np.array([[-1000.0], [-1.0], [1.0], [1000.0]])
    at, means, deviations = fitted(rows, np.array(wanted), np.ones(4), ridge=1.0)
    columns = np.column_stack([np.ones(4), (rows - means) / deviations])
    assert np.isfinite(at).all()
    assert ((probabilities(columns, at) > 0.5) == (np.array(wanted) > 0.5)).mean() >= 0.75


def test_a_column_that_never_changes_has_no_say() -> None:
    rows = np.array([[5.0, 0.0], [5.0, 1.0], [5.0, 2.0], [5.0, 3.0]])
    at, _, _ = fitted(rows, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4), ridge=1.0)
    assert at[1] == pytest.approx(0)
    assert at[2] > 0.5


def test_only_the_ratios_of_weights_matter() -> None:
    rows, wanted = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 1.0])
    few = fitted(rows, wanted, np.array([0.1, 0.2, 0.1]), ridge=1.0)[0]
    many = fitted(rows, wanted, np.array([10.0, 20.0, 10.0]), ridge=1.0)[0]
    assert few == pytest.approx(many)


def test_folds_are_of_equal_size_and_keep_equal_problems_together() -> None:
    groups = [str(number) for number in range(50)] + ["7", "7"]
    fold = folds(groups, 5, seed=1)
    assert sorted(np.bincount(fold[:50])) == [10] * 5
    assert fold[50] == fold[51] == fold[7]
    assert list(fold) == list(folds(groups, 5, seed=1))
    assert list(fold) != list(folds(groups, 5, seed=2))


def test_nobody_is_predicted_by_itself() -> None:
    # Each example has a column of its own: learned by heart it would be predicted without a
    # mistake, held out nothing is known of it but how frequent the two kinds are.
    wanted = np.array([1.0, 0.0] * 10)
    by_heart = fitted(np.eye(20), wanted, np.ones(20), ridge=0.01)
    columns = np.column_stack([np.ones(20), (np.eye(20) - by_heart[1]) / by_heart[2]])
    assert ((probabilities(columns, by_heart[0]) > 0.5) == (wanted > 0.5)).all()
    fold = np.arange(20) % 2  # the folds are the two kinds
    chance = held_out(np.eye(20), wanted, np.ones(20), fold, ridge=0.01)
    assert ((chance > 0.5) != (wanted > 0.5)).all()
