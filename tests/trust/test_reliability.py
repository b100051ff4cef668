"""Measures of probabilities, against their definitions."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.trust.reliability import (
    auc,
    brier,
    calibration_error,
    coverage_curve,
    reliability,
)

pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(pairs)
def test_auc_is_the_share_of_pairs_in_the_right_order(found: list[tuple[float, bool]]) -> None:
    rights = [trust for trust, right in found if right]
    wrongs = [trust for trust, right in found if not right]
    if not rights or not wrongs:
        assert auc(found) is None
        return
    won = sum((a > b) + 0.5 * (a == b) for a in rights for b in wrongs)
    assert auc(found) == pytest.approx(won / (len(rights) * len(wrongs)))


@given(pairs)
def test_errors_are_shares(found: list[tuple[float, bool]]) -> None:
    assert 0 <= brier(found) <= 1
    assert 0 <= calibration_error(found) <= 1


def test_probabilities_that_are_true_have_little_calibration_error() -> None:
    draw = random.Random(1)
    found = [(p, draw.random() < p) for p in (draw.random() for _ in range(20_000))]
    assert calibration_error(found) < 0.02
    boastful = [(min(1.0, p + 0.2), right) for p, right in found]
    assert calibration_error(boastful) > 0.1


def test_the_most_trusted_come_first() -> None:
    found = coverage_curve([(0.9, True), (0.8, True), (0.2, False), (0.1, False)], 8)
    assert (found[0].coverage, found[0].right, found[0].trust) == (1 / 8, 1.0, 0.9)
    assert (found[-1].coverage, found[-1].right, found[-1].trust) == (0.5, 0.5, 0.1)


def test_without_answers_there_is_nothing_to_measure() -> None:
    assert reliability([], 3) is None


def test_bins_hold_every_answer_once() -> None:
    found = reliability([(1.0, True), (0.0, False), (0.55, True)], 3)
    assert found is not None
    assert sum(one.count for one in found.bins) == 3
    assert found.record()["answers"] == 3
