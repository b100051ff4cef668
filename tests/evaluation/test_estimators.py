"""The estimators against counting every subset, and against small cases worked by hand."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.evaluation.estimators import (
    Share,
    maj_at_k,
    mean_interval,
    pass_at_k,
    powers,
    rm_at_k,
    wilson,
)


@st.composite
def voted(draw: st.DrawFn) -> tuple[list[int | None], list[bool], int]:
    """Samples in a few classes, of which some are right; a sample without answer is wrong."""
    groups = draw(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=9))
    right = draw(st.sets(st.integers(0, 3)))
    k = draw(st.integers(1, len(groups)))
    return groups, [group in right for group in groups], k


def majority(groups: list[int | None], correct: list[bool], chosen: tuple[int, ...]) -> bool:
    votes = Counter(groups[at] for at in chosen if groups[at] is not None)
    if not votes:
        return False
    most = max(votes.values())
    first = next(at for at in chosen if groups[at] is not None and votes[groups[at]] == most)
    return correct[first]


@given(voted())
def test_maj_at_k_is_the_mean_over_all_subsets(
    case: tuple[list[int | None], list[bool], int],
) -> None:
    groups, correct, k = case
    subsets = list(combinations(range(len(groups)), k))
    expected = sum(majority(groups, correct, one) for one in subsets) / len(subsets)
    assert maj_at_k(groups, correct, k) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=9), st.data())
def test_rm_at_k_is_the_mean_over_all_subsets(
    samples: list[tuple[int, bool]], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(samples)))
    scores, correct = [float(s) for s, _ in samples], [c for _, c in samples]
    subsets = list(combinations(range(len(samples)), k))
    best = [max(one, key=lambda at: (scores[at], -at)) for one in subsets]
    expected = sum(correct[at] for at in best) / len(subsets)
    assert rm_at_k(scores, correct, k) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_pass_at_k_is_the_mean_over_all_subsets(correct: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(correct)))
    subsets = list(combinations(correct, k))
    expected = sum(map(any, subsets)) / len(subsets)
    assert pass_at_k(len(correct), sum(correct), k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("groups", "correct", "k", "expected"),
    [
        ([0], [True], 1, 1.0),
        ([0, 1], [True, False], 2, 1.0),  # a tie: the first seen wins
        ([1, 0], [False, True], 2, 0.0),
        ([0, 1, 1], [True, False, False], 2, 2 / 3),  # {0,1} and {0,2} are ties that 0 leads
        ([None, None, 0], [False, False, True], 3, 1.0),  # no answer is no vote
        ([None, None], [False, False], 2, 0.0),
        ([0, 1, 0, 2, 1, 0], [False, True, False, False, True, False], 6, 0.0),
    ],
)
def test_majorities_worked_by_hand(
    groups: list[int | None], correct: list[bool], k: int, expected: float
) -> None:
    assert maj_at_k(groups, correct, k) == pytest.approx(expected)


def test_many_samples_are_counted_exactly() -> None:
    groups = [at % 7 if at % 3 else 0 for at in range(64)]
    correct = [group == 0 for group in groups]
    values = [maj_at_k(groups, correct, k) for k in powers(64)]
    assert values[0] == pytest.approx(sum(correct) / 64)
    assert values[-1] == 1.0
    assert values == sorted(values)  # a plurality of more than a third only gains by votes


def test_wilson_of_published_values() -> None:
    # Newcombe 1998, table I, method 3: 81/263 and 0/20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    assert Share(0, 0).value == 0.0


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_symmetric_and_holds_the_share(count: int, total: int) -> None:
    count = min(count, total)
    low, high = wilson(count, total)
    assert 0 <= low <= count / total <= high <= 1
    other = wilson(total - count, total)
    assert (1 - high, 1 - low) == pytest.approx(other)


def test_the_mean_of_one_problem_is_not_known() -> None:
    assert mean_interval([1.0]) == (1.0, 0.0, 1.0)
    assert mean_interval([]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("samples", "k"), [(3, 0), (3, 4)])
def test_k_beyond_the_samples_is_refused(samples: int, k: int) -> None:
    with pytest.raises(ValueError, match="k must be from 1"):
        pass_at_k(samples, 1, k)
    with pytest.raises(ValueError, match="k must be from 1"):
        maj_at_k([0] * samples, [True] * samples, k)
    with pytest.raises(ValueError, match="k must be from 1"):
        rm_at_k([0.0] * samples, [True] * samples, k)


def test_more_right_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="correct must be"):
        pass_at_k(3, 4, 1)


def test_the_k_that_are_reported() -> None:
    assert powers(1) == [1]
    assert powers(8) == [1, 2, 4, 8]
    assert powers(50) == [1, 2, 4, 8, 16, 32, 50]
