"""Every family through the ways that a solution may go: mended, and cut off while it thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mathcli.models import Card, cards
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.calls import syntax_named
from tests.models.conversation import PROBLEM, ChatEngine

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "card")
THINKING = [card for card in cards().values() if card.thinking is not None]
CALLING = [card for card in cards().values() if card.code.syntax != "fenced"]
ANSWER = "It is $\\boxed{21}$."


class Bench:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1)

    def play(
        self, card: Card, *turns: str, method: str | None = None, max_tokens: int | None = None
    ) -> Transcript:
        solver = Solver(ChatEngine(*turns), self.executor, card, MODEL)
        options = SolveOptions(method or card.default_method, max_tokens=max_tokens)
        return self.loop.run_until_complete(solver.solve(PROBLEM, options))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.loop.run_until_complete(bench.executor.close())
    bench.loop.close()


def named(card: Card) -> str:
    return card.name


def opened(card: Card) -> str:
    """The begin of a thought, where the prompt has not begun it."""
    thinking = card.thinking
    assert thinking is not None
    return "" if thinking.on.begin else thinking.open[0] + "\n"


def thought(card: Card, text: str) -> str:
    if card.thinking is None:
        return ""
    closed = card.thinking.close[0]
    return f"{opened(card)}{text}\n{closed}" + ("<|start|>assistant" if _harmony(card) else "\n\n")


def answer(card: Card) -> str:
    return f"<|channel|>final<|message|>{ANSWER}<|return|>" if _harmony(card) else ANSWER


def _harmony(card: Card) -> bool:
    return card.code.syntax == "harmony"


@pytest.mark.parametrize("card", CALLING, ids=named)
def test_a_program_that_fails_is_mended(bench: Bench, card: Card) -> None:
    write = syntax_named(card.code.syntax).write
    transcript = bench.play(
        card,
        thought(card, "I compute it.") + write("print(6 * 7 / 0)"),
        thought(card, "Not by zero.") + write("print(6 * 7 // 2)"),
        thought(card, "Done.") + answer(card),
        method="tir",
    )
    outputs = [segment for segment in transcript.segments if segment.kind == "output"]
    assert [bool(output.error) for output in outputs] == [True, False]
    assert "ZeroDivisionError" in outputs[0].text
    assert (transcript.finish, transcript.counts.executions) == ("answer", 2)
    assert transcript.answer is not None
    assert (transcript.answer.text, transcript.evidence) == ("21", "computed")


@pytest.mark.parametrize("card", CALLING, ids=named)
def test_a_call_that_cannot_be_read_is_told_to_the_model(bench: Bench, card: Card) -> None:
    broken = syntax_named(card.code.syntax).write("").replace("code", "kode")
    transcript = bench.play(card, broken, answer(card), method="tir")
    assert transcript.counts.executions == 0
    outputs = [segment for segment in transcript.segments if segment.kind == "output"]
    assert all(output.error for output in outputs)
    assert transcript.answer is not None
    assert transcript.answer.text == "21"


@pytest.mark.parametrize("card", THINKING, ids=named)
def test_no_answer_is_taken_from_a_thought_that_was_cut_off(bench: Bench, card: Card) -> None:
    begun = f"{opened(card)}So it is \\boxed{{20}}. The answer is 20. " + "Wait. " * 200
    transcript = bench.play(card, begun, max_tokens=200)
    assert transcript.answer is None
    assert transcript.finish != "answer"
    assert {segment.kind for segment in transcript.segments} == {"thought"}


@pytest.mark.parametrize("card", THINKING, ids=named)
def test_what_is_thought_is_not_the_answer(bench: Bench, card: Card) -> None:
    turn = thought(card, "It may be \\boxed{20}, or \\boxed{22}.") + answer(card)
    transcript = bench.play(card, turn)
    assert transcript.finish == "answer"
    assert transcript.answer is not None
    assert transcript.answer.text == "21"
    assert [segment.kind for segment in transcript.segments] == ["thought", "text"]
