"""The stopping rule of votes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.solving.strategies.stopping import lead, missing

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("votes", "probability"),
    [
        # The integral of (n+1)!/(v1! v2!) p^v1 (1-p)^v2 from 1/2 to 1, by hand.
        ((0, 0), Fraction(1, 2)),
        ((1, 0), Fraction(3, 4)),  # 2p
        ((2, 0), Fraction(7, 8)),  # 3p^2
        ((3, 0), Fraction(15, 16)),  # 4p^3
        ((4, 0), Fraction(31, 32)),  # 5p^4
        ((1, 1), Fraction(1, 2)),  # 6p(1-p)
        ((2, 1), Fraction(11, 16)),  # 12p^2(1-p)
        ((3, 1), Fraction(13, 16)),  # 20p^3(1-p)
    ],
)
def test_the_lead_of_a_few_votes(votes: tuple[int, int], probability: Fraction) -> None:
    assert lead(*votes) == probability


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS)
def test_the_lead_is_the_upper_half_of_a_beta_distribution(first: int, second: int) -> None:
    from mpmath import betainc

    expected = betainc(first + 1, second + 1, 0.5, 1, regularized=True)
    assert lead(first, second) == pytest.approx(float(expected), rel=1e-9)


@given(COUNTS, COUNTS)
def test_the_two_leads_of_a_pair_are_all_there_is(first: int, second: int) -> None:
    assert lead(first, second) + lead(second, first) == pytest.approx(1)
    assert lead(first + 1, second) > lead(first, second) or lead(first, second) > 0.999


def test_how_many_votes_are_missing() -> None:
    assert [missing(votes, 0, 0.95, 16) for votes in range(6)] == [4, 3, 2, 1, 0, 0]
    assert missing(3, 1, 0.95, 16) == 3  # lead(5, 1) is 120/128, lead(6, 1) 247/256
    assert missing(5, 5, 0.95, 30) == 7  # lead(11, 5) is 1 - 9402/2^17, lead(12, 5) 1 - 12616/2^18


def test_a_leader_that_cannot_be_caught_up_with_needs_no_more() -> None:
    assert [missing(0, 0, 0.95, left) for left in range(7)] == [0, 1, 2, 2, 3, 3, 4]
    assert missing(2, 0, 0.95, 1) == 0
    assert missing(1, 1, 0.95, 1) == 1


def test_at_confidence_one_all_are_asked() -> None:
    assert missing(1000, 0, 1.0, 7) == 7


@given(COUNTS, COUNTS, st.floats(0.5, 0.999), st.integers(0, 200))
def test_the_missing_votes_are_the_fewest_that_suffice(
    first: int, second: int, confidence: float, left: int
) -> None:
    first, second = max(first, second), min(first, second)

    def enough(more: int) -> bool:
        ahead = first + more - second
        return lead(first + more, second) > confidence or ahead > left - more or more == left

    more = missing(first, second, confidence, left)
    assert enough(more)
    assert more == 0 or not enough(more - 1)
