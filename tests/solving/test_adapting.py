"""What a model file makes of its card."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mathcli.models import Card, card_named
from mathcli.solving.adapting import adapted, depends_on_file
from mathcli.solving.calls import completed
from tests.random_model import CHATML
from tests.solving.test_recognition import ARGUMENTS, HERMES, TURNS

THINKING_HERMES = TURNS.replace("CALL", HERMES)
WORDS = "{% for m in messages %}{{ m.content }}{% endfor %}"


def of(card: str, template: str | None, **facts: str) -> tuple[Card, str | None]:
    found = adapted(card_named(card), metadata(template, facts))
    return found.card, found.note


def metadata(template: str | None, facts: dict[str, str]) -> Callable[[str], str | None]:
    known = {key.replace("__", "."): value for key, value in facts.items()}
    return {**known, "tokenizer.chat_template": template}.get


def test_a_file_of_no_card_calls_tools_in_its_own_way() -> None:
    card, note = of("generic", THINKING_HERMES)
    assert (card.name, card.code.syntax, note) == ("generic", "hermes", None)
    assert completed(card.code).feedback == "[/][tool]{output}[/][assistant]{begin}"
    assert card.methods["tir"].chat == card.methods["cot"].chat  # the tool is offered, not fences


def test_thinking_gets_the_room_that_it_needs() -> None:
    card, _ = of("generic", THINKING_HERMES)
    assert card.thinking is not None
    assert (card.max_tokens, card.sampling.temperature) == (32768, 0.6)
    assert card.votes.samples == card_named("generic").votes.samples


def test_words_get_more_than_they_did() -> None:
    card, note = of("generic", CHATML)
    assert (card.max_tokens, card.thinking, card.code.syntax, note) == (4096, None, "fenced", None)


@pytest.mark.parametrize(("context", "tokens"), [("8192", 7168), ("512", 256), ("many", 32768)])
def test_no_more_than_the_model_has_room_for(context: str, tokens: int) -> None:
    facts = {"general__architecture": "llama", "llama__context_length": context}
    assert of("generic", THINKING_HERMES, **facts)[0].max_tokens == tokens


def test_a_file_may_say_how_its_tokens_are_drawn() -> None:
    draw = {"general__sampling__temp": "0.7", "general__sampling__top_p": "0.8"}
    card, _ = of("generic", CHATML, **draw, general__sampling__top_k="20")
    assert (card.sampling.temperature, card.sampling.top_p, card.sampling.top_k) == (0.7, 0.8, 20)


@pytest.mark.parametrize("value", ["hot", "", "-1", "nan", "inf", "1e300"])
def test_nonsense_in_a_file_changes_nothing(value: str) -> None:
    assert of("generic", CHATML, general__sampling__temp=value)[0].sampling.temperature == 0


def test_calls_that_nobody_reads_are_asked_for_between_fences() -> None:
    card, note = of("generic", TURNS.replace("CALL", f"<<{ARGUMENTS}>>"))
    assert card.code.syntax == "fenced"
    assert note is not None
    assert "how this model calls tools is not known" in note


def test_a_family_whose_file_shows_no_tools_is_asked_for_fences() -> None:
    card, note = of("qwen3", WORDS)
    assert card.code == card_named("generic").code
    assert card.methods["tir"] == card_named("generic").methods["tir"]
    assert card.methods["cot"] == card_named("qwen3").methods["cot"]
    assert note is not None
    assert "the file's chat template has no tools" in note


def test_a_family_whose_file_shows_them_stays_as_it_is() -> None:
    assert of("qwen3", THINKING_HERMES) == (card_named("qwen3"), None)


def test_other_cards_look_at_no_template() -> None:
    card = card_named("tora")
    assert not depends_on_file(card)
    assert of("tora", "{{ broken") == (card, None)
    assert of("generic", None) == (card_named("generic"), None)
