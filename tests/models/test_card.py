"""What a card offers beside its facts."""

from __future__ import annotations

from mathcli.models import card


def test_a_prompt_can_do_with_fewer_examples() -> None:
    examples = tuple(card.Example(str(n), str(n)) for n in range(3))
    whole = card.MethodPrompt(chat=card.Chat("{problem}", examples=examples))
    counts = [len(one.chat.examples) for one in whole.with_fewer_examples() if one.chat]
    assert counts == [3, 1, 0]
    bare = card.MethodPrompt(chat=card.Chat("{problem}"))
    assert list(bare.with_fewer_examples()) == [bare]
    raw = card.MethodPrompt("{problem}")
    assert list(raw.with_fewer_examples()) == [raw]
