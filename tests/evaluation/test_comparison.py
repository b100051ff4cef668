"""Tests of differences, against small cases worked by hand and against brute force."""

from __future__ import annotations

import random
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.errors import UsageError
from mathcli.evaluation.comparison import (
    bootstrap_interval,
    compare,
    holm,
    mcnemar,
    paired,
    sign_flip,
)
from mathcli.evaluation.results import Result
from tests.evaluation.samples import solved


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [(0, 0, 1.0), (0, 1, 1.0), (0, 6, 2 / 64), (3, 3, 1.0), (1, 9, 2 * 11 / 1024)],
)
def test_mcnemar_by_hand(lost: int, gained: int, p: float) -> None:
    assert mcnemar(lost, gained) == pytest.approx(p)
    assert mcnemar(gained, lost) == pytest.approx(p)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_two_sided_binomial_test(lost: int, gained: int) -> None:
    total = lost + gained
    far = abs(lost - gained)
    tails = sum(comb(total, n) for n in range(total + 1) if abs(total - 2 * n) >= far)
    assert mcnemar(lost, gained) == pytest.approx(tails / 2**total)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8))
def test_few_changes_are_turned_in_every_way(changes: list[int]) -> None:
    ways = [
        sum(s * c for s, c in zip(signs, changes, strict=True))
        for signs in product((-1, 1), repeat=len(changes))
    ]
    exact = sum(abs(way) >= abs(sum(changes)) for way in ways) / len(ways)
    assert sign_flip([float(c) for c in changes]) == pytest.approx(exact)


def test_many_changes_are_turned_at_random() -> None:
    noise = random.Random(5)
    same = [noise.gauss(0, 1) for _ in range(400)]
    assert sign_flip(same) > 0.05
    assert sign_flip([one + 0.5 for one in same]) < 0.001
    assert sign_flip(same, seed=3) == sign_flip(same, seed=3)
    assert sign_flip([0.0] * 50) == 1.0


def test_the_bootstrap_agrees_with_the_normal_interval() -> None:
    noise = random.Random(5)
    changes = [noise.gauss(2, 3) for _ in range(900)]
    low, high = bootstrap_interval(changes)
    mean = sum(changes) / len(changes)
    assert (low, high) == pytest.approx((mean - 0.196, mean + 0.196), abs=0.03)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.02, 0.5, 0.012]) == pytest.approx([0.04, 0.04, 0.5, 0.04])


def test_holm_of_nothing() -> None:
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_only_raises(chances: list[float]) -> None:
    adjusted = holm(chances)
    assert all(one >= p for one, p in zip(adjusted, chances, strict=True))
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    ranked = [adjusted[at] for at in order]
    assert ranked == sorted(ranked)


def test_runs_that_differ() -> None:
    first = [solved(n, n % 2 == 0, generated=100, subject="A") for n in range(100)]
    second = [solved(n, n % 10 > 0, generated=101, subject="A") for n in range(100)]
    found = {(one.measure, one.part): one for one in compare(first, second).differences}
    accuracy = found["accuracy", ""]
    assert (accuracy.problems, accuracy.first, accuracy.second) == (100, 0.5, 0.9)
    assert accuracy.low < 0.4 < accuracy.high
    assert accuracy.real
    assert found["tokens", ""].second - found["tokens", ""].first == 1
    assert found["tokens", ""].real
    assert not found["code rate", ""].real
    assert ("accuracy", "A") not in found  # of one subject alone there is nothing to add


def test_noise_is_called_noise() -> None:
    noise = random.Random(1)
    levels = [str(n % 5) for n in range(300)]
    runs = [
        [solved(n, noise.random() < 0.6, level=levels[n]) for n in range(300)] for _ in range(2)
    ]
    found = compare(*runs)
    assert [one.part for one in found.differences if one.kind == "level"] == list("01234")
    assert not any(one.real for one in found.differences)
    assert all(one.adjusted >= one.p for one in found.differences)


def test_several_samples_are_compared_by_their_mean() -> None:
    first = [solved(n, [True, False]) for n in range(4)]
    second = [solved(n, [True, True]) for n in range(4)]
    means = {one.measure: (one.first, one.second) for one in compare(first, second).differences}
    assert means["pass@1"] == (0.5, 1.0)
    assert means["accuracy"] == (1.0, 1.0)


def test_problems_are_matched_by_key_id_or_text() -> None:
    first = [solved(n, id=f"i{n}") for n in range(5)]
    assert len(paired(first, [solved(n) for n in range(3, 9)])) == 2
    renamed = [solved(n, key="", id=f"i{n}", problem="") for n in range(2, 4)]
    assert [(one.key, two.id) for one, two in paired(first, renamed)] == [
        ("k2", "i2"), ("k3", "i3"),
    ]  # fmt: skip
    spaced = [solved(n, key="", problem=f"problem \n {n}") for n in range(4)]
    assert len(paired(first, spaced)) == 4
    found = compare(first, spaced)
    assert (found.common, found.only_first, found.only_second) == (4, 1, 0)


def test_nothing_in_common() -> None:
    with pytest.raises(UsageError, match="no problem in common"):
        compare([solved(1)], [solved(2)])


def runs(lost: int, gained: int, same: int) -> tuple[list[Result], list[Result]]:
    pairs = [(True, False)] * lost + [(False, True)] * gained + [(True, True)] * same
    return (
        [solved(number, one) for number, (one, _) in enumerate(pairs)],
        [solved(number, two) for number, (_, two) in enumerate(pairs)],
    )


@pytest.mark.parametrize(
    ("lost", "gained", "words"),
    [
        (3, 30, "B is right on 27 more of the 200 problems than A. That is more than chance"),
        (30, 3, "A is right on 27 more of the 200 problems than B. That is more than chance"),
        (8, 12, "B is right on 4 more of the 200 problems than A. That may be chance (p = "),
        (9, 9, "A and B are right on equally many of the 200 problems."),
    ],
)
def test_a_comparison_in_words(lost: int, gained: int, words: str) -> None:
    found = compare(*runs(lost, gained, 200 - lost - gained))
    assert found.words.startswith(words)
    assert found.record()["words"] == found.words
    assert ("is more than chance" in found.words) == found.differences[0].real
