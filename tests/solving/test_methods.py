"""Which method a problem is begun with."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mathcli.errors import ModelError
from mathcli.models import Card, MethodPrompt, card_named
from mathcli.solving.methods import first_method, other_method, program_method


@dataclass
class Knows:
    """A chooser that always says the same."""

    method: str | None
    asked: int = 0

    def choose(self, problem: str) -> str | None:
        self.asked += 1
        return self.method


def card(*methods: str) -> Card:
    return Card("test", "Test", {method: MethodPrompt("{problem}") for method in methods})


@pytest.mark.parametrize("method", ["cot", "tir"])
def test_what_is_asked_for_is_done(method: str) -> None:
    chooser = Knows("cot")
    assert first_method(card("tir", "cot"), method, "?", chooser) == method
    assert chooser.asked == 0


@pytest.mark.parametrize("method", ["cot", "pal", "auto"])
def test_a_method_without_a_prompt_is_refused_with_those_there_are(method: str) -> None:
    with pytest.raises(ModelError, match=f"no prompt for the method {method}") as caught:
        first_method(card("tir"), method, "?")
    assert caught.value.hint == "it has: tir"


def test_auto_needs_words_and_programs_to_choose_between() -> None:
    with pytest.raises(ModelError, match="no prompt for the method auto"):
        first_method(card("tir", "pal"), "auto", "?", Knows("tir"))


def test_auto_goes_by_what_was_learned_then_by_the_cue_then_by_the_card() -> None:
    both, cued = card("cot", "tir"), card("cot", "tir", "auto")
    assert first_method(both, "auto", "?", Knows("tir")) == "tir"
    assert first_method(cued, "auto", "?", Knows("tir")) == "tir"
    assert first_method(cued, "auto", "?", Knows("auto")) == "auto"
    assert first_method(cued, "auto", "?", Knows(None)) == "auto"
    assert first_method(cued, "auto", "?") == "auto"
    assert first_method(both, "auto", "?", Knows(None)) == "cot"
    assert first_method(both, "auto", "?") == "cot"


def test_a_method_that_was_learned_with_another_version_of_the_card_is_passed_over() -> None:
    assert first_method(card("cot", "pal"), "auto", "?", Knows("tir")) == "cot"


def test_a_cue_of_its_own_is_enough() -> None:
    assert first_method(card("auto"), "auto", "?", Knows("tir")) == "auto"


def test_programs_are_tir_before_pal_and_words_are_their_other() -> None:
    assert program_method(card("pal", "cot")) == "pal"
    assert program_method(card("pal", "cot", "tir")) == "tir"
    assert program_method(card("cot")) is None
    assert other_method(card("pal", "cot"), "pal") == "cot"
    assert other_method(card("tir", "cot"), "cot") == "tir"
    assert other_method(card("tir"), "tir") is None
    assert other_method(card("cot"), "cot") is None


def test_every_card_that_comes_with_both_can_choose() -> None:
    from mathcli.models import cards

    both = [one for one in cards().values() if {"cot"} < set(one.methods)]
    able = [one.name for one in both if program_method(one)]
    assert {"qwen2.5-math", "deepseek-math", "mammoth", "autocode4math", "generic"} <= set(able)
    for name in able:
        assert first_method(card_named(name).replace(), "auto", "?") in card_named(name).methods
