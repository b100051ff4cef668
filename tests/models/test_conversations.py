"""Every card against a written conversation, byte for byte, through the real loop.

Whether that is what a family was trained on is another question: see `test_published_templates`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from mathcli.engines import Piece
from mathcli.engines.native import Model
from mathcli.models import card_named, cards
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.calls import completed
from mathcli.solving.prompts import render_prompt, render_steps
from tests.models.conversation import CONVERSATIONS, PROBLEM, ChatEngine, Conversation

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "card")


class Bench:
    """One event loop with one executor for all conversations."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.executor = Executor(workers=1)

    def play(self, talk: Conversation) -> tuple[ChatEngine, Transcript]:
        engine = ChatEngine(*talk.turns)
        solver = Solver(engine, self.executor, card_named(talk.card), MODEL)
        rounds = int(talk.head["rounds"]) if "rounds" in talk.head else None
        options = SolveOptions(talk.method, rounds=rounds)
        return engine, self.loop.run_until_complete(solver.solve(PROBLEM, options))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.loop.run_until_complete(bench.executor.close())
    bench.loop.close()


def test_every_method_of_every_card_has_a_conversation() -> None:
    methods = {(card.name, method) for card in cards().values() for method in card.methods}
    assert {(talk.card, talk.method) for talk in CONVERSATIONS} == methods


@pytest.mark.parametrize("talk", CONVERSATIONS, ids=lambda talk: f"{talk.card}.{talk.method}")
def test_the_conversation_is_the_family_s_own(bench: Bench, talk: Conversation) -> None:
    engine, transcript = bench.play(talk)
    (sequence,) = engine.opened
    assert sequence.prompt + sequence.text == talk.text
    assert engine.script == []  # every turn was asked for
    assert transcript.finish == "answer"
    assert transcript.answer is not None
    assert transcript.answer.text == talk.head["answer"]
    assert transcript.evidence == talk.head.get("evidence", transcript.evidence)
    programs = sum(segment.kind == "code" for segment in transcript.segments)
    expected = {"tir": 2, "auto": 2, "pal": 1, "cot": 0}[talk.method]
    assert transcript.counts.executions == programs == expected
    for segment in transcript.segments:
        if segment.kind == "code":  # what is recorded can be run again
            compile(segment.text, "program", "exec")
    shown = "".join(s.text for s in transcript.segments if s.kind != "output")
    code = card_named(talk.card).code
    if programs:
        for marker in (*code.open, code.close, *code.stops, *code.hidden, *code.drop):
            assert not marker.strip() or marker.strip() not in shown


@pytest.mark.parametrize("talk", CONVERSATIONS, ids=lambda talk: f"{talk.card}.{talk.method}")
def test_only_the_card_s_own_text_is_markup(bench: Bench, talk: Conversation) -> None:
    engine, transcript = bench.play(talk)
    (sequence,) = engine.opened
    assert [piece.text for piece in engine.prompt if not piece.markup] == [PROBLEM]
    outputs = [segment.text for segment in transcript.segments if segment.kind == "output"]
    if "{json}" in completed(card_named(talk.card).code).feedback:
        outputs = [json.dumps(output) for output in outputs]
    given = [piece.text for frame in sequence.appended for piece in frame if not piece.markup]
    assert given == ([] if talk.method == "pal" else outputs)


REWARDS = {
    "rlhflow-prm": (
        "<|start_header_id|>user<|end_header_id|>\n\nQ A<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n+<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nB<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n+<|eot_id|>"
    ),
    "math-shepherd": "Q A ки\nB ки",
    "eurus-prm": "Q\nA\nB",
    "qwen2.5-math-prm": (
        "<|im_start|>system\nPlease reason step by step, and put your final answer within "
        "\\boxed{}.<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"
        "A<extra_0>B<extra_0>"
    ),
    "skywork-prm": "Q\nA\nB\n",
    "qwen2.5-math-rm": (
        "<|im_start|>system\nPlease reason step by step, and put your final answer within "
        "\\boxed{}.<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA\n\nB"
    ),
}


def test_every_reward_card_has_an_expectation() -> None:
    assert REWARDS.keys() == {card.name for card in cards().values() if card.reward}


@pytest.mark.parametrize("name", REWARDS)
def test_the_steps_of_a_solution_are_put_as_the_reward_model_reads_them(name: str) -> None:
    reward = card_named(name).reward
    assert reward is not None
    steps = render_steps(reward, "Q", ["A", "B"])
    assert len(steps) == 2
    pieces = [piece for step in steps for piece in step]
    assert "".join(piece.text for piece in pieces) == REWARDS[name]
    assert [piece.text for piece in pieces if not piece.markup] == ["Q", "A", "B"]


def test_pieces_of_one_kind_are_not_split_needlessly() -> None:
    reward = card_named("rlhflow-prm").reward
    assert reward is not None
    for step in render_steps(reward, "Q", ["A"]):
        assert all(len(list(run)) == 1 for _, run in groupby(step, key=_kind))


def _kind(piece: Piece) -> bool:
    return piece.markup


def test_a_tokenizer_takes_the_template_s_tokens_for_special_and_the_problem_s_for_text(
    tiny_model: Path,
) -> None:
    model = Model(tiny_model)
    for name in ("qwen2.5-math", "qwen2-math", "openmath-nemotron", "acemath"):
        card = card_named(name)
        prompt = render_prompt(card, card.default_method, PROBLEM, None)
        text = "".join(piece.text for piece in prompt)
        ids = model.tokenize(prompt, start=False)
        spelled = [model.piece(one) for one in ids]
        assert b"".join(spelled).decode() == text
        assert spelled.count(b"<|im_end|>") == text.count("<|im_end|>") - 1
    model.close()
