from __future__ import annotations

import pytest

from mathcli.engines import Token
from mathcli.models import card_named
from mathcli.solving.doubt import least_probability, words_cue

CUE = "Let's think.\n"


def drawn(*pairs: tuple[str, float]) -> list[Token]:
    return [Token(piece.encode(), probability) for piece, probability in pairs]


def test_the_least_probable_token_counts() -> None:
    assert least_probability(drawn(("It is ", 0.9), ("5", 0.25), (".", 0.99))) == 0.25


def test_how_readily_words_were_chosen_says_nothing() -> None:
    tokens = drawn(("Let's", 0.1), (" think", 0.9), (".\n", 0.8), ("It is", 0.7), (" 5", 0.95))
    assert least_probability(tokens, CUE) == 0.7
    assert least_probability(tokens) == 0.1


def test_a_token_that_the_cue_ends_in_is_still_cue() -> None:
    assert least_probability(drawn(("Let's think.", 0.1), ("\nIt", 0.2), ("is", 0.9)), CUE) == 0.9


def test_another_beginning_is_no_cue() -> None:
    assert least_probability(drawn(("Let us", 0.1), (" see", 0.9)), CUE) == 0.1


@pytest.mark.parametrize("tokens", [[], drawn(("Let's think.\n", 0.3))])
def test_of_nothing_nothing_is_known(tokens: list[Token]) -> None:
    assert least_probability(tokens, CUE) is None


def test_half_characters_are_no_trouble() -> None:
    tokens = [Token("é".encode()[:1], 0.5), Token("é".encode()[1:], 0.4)]
    assert least_probability(tokens, CUE) == 0.4
    assert least_probability(tokens, "é") is None


def test_the_cue_is_what_the_prompt_for_words_has_beyond_the_free_one() -> None:
    assert words_cue(card_named("nano")) == "Let's reason step by step.\n"
    assert words_cue(card_named("autocode4math")) == "Let's reason step by step"


def test_a_card_without_a_free_prompt_has_no_cue() -> None:
    assert words_cue(card_named("qwen2.5-math")) == ""
