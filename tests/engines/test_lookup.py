from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mathcli.engines.lookup import PromptLookup


def test_what_stood_after_the_same_tokens_last_is_guessed() -> None:
    lookup = PromptLookup()
    assert lookup.guess([1, 2, 3, 4, 5], 3) == []
    assert lookup.guess([1, 2, 3, 4, 5, 9, 1, 2, 3], 3) == [4, 5, 9]
    assert lookup.guess([1, 2, 3, 4, 5, 9, 1, 2, 3, 7, 1, 2, 3], 1) == [7]


def test_a_text_that_was_cut_and_moved_on_is_not_remembered() -> None:
    lookup = PromptLookup()
    lookup.guess([1, 2, 3, 4, 5, 6], 2)
    assert lookup.guess([1, 2, 8, 8, 8, 3, 4, 5], 2) == []


@given(
    st.lists(st.lists(st.integers(0, 2), max_size=8), min_size=1, max_size=8),
    st.lists(st.integers(0, 40), max_size=8),
)
def test_every_guess_did_follow_the_same_three_tokens(
    pieces: list[list[int]], cuts: list[int]
) -> None:
    lookup = PromptLookup()
    tokens: list[int] = []
    for piece, cut in zip(pieces, [*cuts, *[40] * 8], strict=False):
        tokens = tokens[:cut] + piece
        guess = lookup.guess(tokens, 2)
        if guess:
            places = [at for at in range(3, len(tokens)) if tokens[at - 3 : at] == tokens[-3:]]
            assert any(tokens[at : at + 2] == guess for at in places)
