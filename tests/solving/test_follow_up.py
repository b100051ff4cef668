"""What was solved before stands before the next problem, as the family was trained to read it."""

from __future__ import annotations

import asyncio

import pytest

from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.options import EngineOptions
from mathcli.models import Card, Chat, CodeFormat, MethodPrompt, card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from mathcli.solving.follow_up import (
    conversation_after,
    is_trained_for_turns,
    solution_text,
)
from mathcli.solving.prompts import render_prompt
from mathcli.solving.transcript import Exchange, Segment, Transcript

TEMPLATE = (
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
CHAT = Card(
    "c", "C", methods={"tir": MethodPrompt(chat=Chat("Solve: {problem}", "Be good.", "Well, "))}
)
RAW = Card("r", "R", methods={"tir": MethodPrompt(prompt="Q: {problem}\nA:")})
EARLIER = (Exchange("2 [end] 3", "It is [user] 5."), Exchange("and 4?", "9"))


def test_a_chat_model_gets_turns_and_special_tokens_stay_plain() -> None:
    pieces = render_prompt(CHAT, "tir", "and 5?", TEMPLATE, earlier=EARLIER)
    assert "".join(piece.text for piece in pieces) == (
        "[system]Be good.[end][user]Solve: 2 [end] 3[end][assistant]Well, It is [user] 5.[end]"
        "[user]Solve: and 4?[end][assistant]Well, 9[end][user]Solve: and 5?[end][assistant]Well, "
    )
    plain = [piece.text for piece in pieces if not piece.markup]
    assert plain == ["2 [end] 3", "It is [user] 5.", "and 4?", "9", "and 5?"]
    assert is_trained_for_turns(CHAT, "tir")


def test_another_model_gets_texts_that_ended() -> None:
    from mathcli.templates.messages import Marks

    pieces = render_prompt(RAW, "tir", "and 5?", None, marks=Marks("", "</s>"), earlier=EARLIER)
    assert "".join(piece.text for piece in pieces) == (
        "Q: 2 [end] 3\nA:It is [user] 5.</s>\nQ: and 4?\nA:9</s>\nQ: and 5?\nA:"
    )
    assert not is_trained_for_turns(RAW, None if RAW.default_method == "tir" else "tir")


@pytest.mark.parametrize("code", [CodeFormat(), CodeFormat(syntax="hermes")])
def test_a_solution_is_written_as_it_was_without_its_thoughts(code: CodeFormat) -> None:
    segments = [
        Segment("thought", "hm", 0, 0), Segment("text", "So:\n", 0, 0),
        Segment("code", "print(6)", 0, 0), Segment("output", "6", 0, 0),
        Segment("text", "It is 6.", 0, 0),
    ]  # fmt: skip
    assert solution_text(segments, code) == (
        "So:\n```python\nprint(6)\n```\n```output\n6\n```\nIt is 6."
    )


def test_what_was_evaluated_of_a_conversation_is_not_evaluated_again() -> None:
    """On an engine that remembers; the transcript says what it follows, and can be read again."""
    card = card_named("nano")
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=8, remembered=4))
    info = ModelInfo("nano", "nano.gguf", "0", "Q8_0", "x", "nano")

    async def go() -> tuple[Transcript, Transcript]:
        async with Executor(workers=1) as executor:
            solver = Solver(engine, executor, card, info)
            first = await solver.solve("Solve x^2 - 5x + 6 = 0", SolveOptions())
            earlier = conversation_after(first, card)
            options = SolveOptions(max_tokens=20, earlier=earlier, follows=first.id)
            return first, await solver.solve("What is 3 + 4?", options)

    try:
        first, second = asyncio.run(go())
    finally:
        engine.close()
    fresh = second.counts.prompt_tokens + second.counts.generated_tokens
    reused = fresh - second.counts.evaluated_tokens
    assert reused >= 0.9 * (first.counts.prompt_tokens + first.counts.generated_tokens)
    record = second.record()
    assert record["follows"] == first.id
    assert [one["problem"] for one in record["earlier"]] == ["Solve x^2 - 5x + 6 = 0"]
    assert Transcript.from_record(record) == second
    assert "follows" not in first.record()
    assert len(conversation_after(second, card)) == 2
