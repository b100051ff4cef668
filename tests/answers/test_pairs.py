"""Every hand-checked pair, in both orders, through a real grader and its worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from mathcli.answers import Grader
from mathcli.answers.equivalence import Equivalence
from mathcli.answers.scalars import NeedsWorker
from tests.answers.table import Pair, load_pairs

PAIRS = load_pairs()


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(timeout=20) as grader:
        yield grader


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_verdict_is_a_mathematicians(grader: Grader, pair: Pair) -> None:
    found = grader.compare(pair.first, pair.second)
    assert found.verdict.value == pair.verdict, found.reason
    assert grader.compare(pair.second, pair.first) == found


def test_the_table_is_broad_and_has_no_pair_twice() -> None:
    assert len(PAIRS) >= 400
    assert len({pair.topic for pair in PAIRS}) >= 20
    twice = Counter(frozenset((pair.first, pair.second)) for pair in PAIRS)
    assert [pair for pair, count in twice.items() if count > 1] == []


def test_the_parent_decides_as_a_worker_would() -> None:
    here = Equivalence(algebra=False)
    there = Equivalence(algebra=True)
    decided = 0
    for pair in PAIRS:
        try:
            found = here.compare(pair.first, pair.second)
        except NeedsWorker:
            continue
        decided += 1
        assert found == there.compare(pair.first, pair.second), pair
    assert decided > len(PAIRS) / 3


def test_every_answer_equals_itself(grader: Grader) -> None:
    for text in {text for pair in PAIRS for text in (pair.first, pair.second) if text.strip()}:
        assert grader.compare(text, f"  {text} ").verdict == "correct", text
