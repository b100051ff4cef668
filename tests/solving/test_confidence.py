"""How sure a model was, in a few numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.engines import Token
from mathcli.solving.confidence import GROUP, confidence

chances = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def drawn(probabilities: list[float]) -> list[Token]:
    return [Token(b"x", probability) for probability in probabilities]


def test_without_probabilities_there_is_none() -> None:
    assert confidence([]) is None


def test_one_doubtful_line_in_a_sure_text_is_seen() -> None:
    found = confidence(drawn([1.0] * 200 + [0.5] * GROUP + [1.0] * 200))
    assert found is not None
    assert found.mean == pytest.approx(GROUP * math.log(0.5) / (400 + GROUP), abs=1e-4)
    assert found.lowest_group == found.least == pytest.approx(math.log(0.5), abs=1e-4)


def test_what_was_rounded_to_nothing_has_a_logarithm() -> None:
    found = confidence(drawn([0.0]))
    assert found is not None
    assert math.isfinite(found.least)


@given(chances)
def test_no_token_is_less_sure_than_the_least(values: list[float]) -> None:
    found = confidence(drawn(values))
    assert found is not None
    assert found.least <= found.lowest_group <= 0
    assert found.least <= found.mean <= 0
