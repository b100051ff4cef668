"""Rewordings of a problem."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.resources import embedded_model
from mathcli.solving.paraphrases import asks_the_same, by_rules, paraphrases
from mathcli.solving.task import Task
from tests.scripted import ScriptedEngine
from tests.solving.test_steps import with_task
from tests.solving.test_vote import vote, votes

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
PROBLEM = "Ann has 3 boxes with 12 pens each. What is the number of pens?"


class ChatEngine(ScriptedEngine):
    """One with a chat template."""

    def metadata(self, key: str) -> str | None:
        return TEMPLATE if key == "tokenizer.chat_template" else None


@pytest.mark.parametrize(
    ("problem", "rewording"),
    [
        ("Find the derivative of x^3.", "Determine the derivative of x^3."),
        ("What is 17 + 26?", "Calculate 17 + 26."),
        (PROBLEM, "Ann has 3 boxes with 12 pens each. Find the number of pens."),
        ("Solve x^2 = 4", "Solve the following: x^2 = 4"),
        ("Solve for x: x^2 = 4", "Question: Solve for x: x^2 = 4"),
        ("How many?", "Here is a problem. How many?"),
        ("求 1 + 1 的和。", "题目：求 1 + 1 的和。"),
    ],
)
def test_rules(problem: str, rewording: str) -> None:
    assert rewording in by_rules(problem)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Each of Ann's 3 boxes holds 12 pens. How many pens has she?", True),
        ("Each of Ann's 4 boxes holds 12 pens. How many pens has she?", False),
        ("Ann has 3 boxes. How many pens has she?", False),
        ("3 * 12 = 36 pens", False),
        ("Each of Ann's 3 boxes holds 12 pens, which is \\boxed{}", False),
        (PROBLEM + " ", False),
        ("3 12", False),
        ("Ann has 3 boxes with 12 pens. " + "She likes pens. " * 12, False),
    ],
)
def test_what_asks_the_same(text: str, same: bool) -> None:
    assert asks_the_same(PROBLEM, text) is same


def test_formulas_stay() -> None:
    assert asks_the_same("Solve $x^2=4$ now.", "What solves $x^2 = 4$?")
    assert not asks_the_same("Solve $x^2=4$ now.", "What solves $x^2 - 4$?")
    assert not asks_the_same("Solve x^2=4 now.", "What solves x^2=-4?")


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=80))
def test_rules_change_no_number_and_repeat_nothing(problem: str) -> None:
    found = by_rules(problem)
    assert len(set(found)) == len(found)
    assert all(asks_the_same(problem.strip(), text) for text in found)


def rewordings(engine: ScriptedEngine, wanted: int) -> list[str]:
    async def work(task: Task) -> list[str]:
        return await paraphrases(task, wanted)

    return with_task(engine, work, PROBLEM)


def test_the_model_is_asked_and_what_it_changes_is_not_taken() -> None:
    good = "Each of Ann's 3 boxes holds 12 pens. How many pens has she?"
    other = "If Ann has 12 pens in each of 3 boxes, how many has she?"
    engine = ChatEngine(good, other, good)
    assert rewordings(engine, 3)[:2] == [good, other]
    assert len(rewordings(ChatEngine(good, other, good), 3)) == 3  # the rules fill up
    assert "Keep every number" in engine.opened[0].prompt
    assert PROBLEM in engine.opened[0].prompt


def test_a_model_that_cannot_be_talked_to_is_asked_once() -> None:
    engine = ChatEngine("The answer is 36.", "Never asked.")
    assert rewordings(engine, 2) == by_rules(PROBLEM)[:2]
    assert engine.script == ["Never asked."]


def test_a_model_without_a_template_is_not_asked() -> None:
    assert rewordings(ScriptedEngine("Never asked."), 2) == by_rules(PROBLEM)[:2]
    assert rewordings(ScriptedEngine(), 0) == []


def test_all_wordings_vote() -> None:
    engine = ScriptedEngine(*["\\boxed{36}"] * 6)
    found = vote(engine, PROBLEM, paraphrases=2, samples=6, confidence=1.0)
    assert votes(found) == [("36", 6)]
    first, second = by_rules(PROBLEM)[:2]
    assert [sample.problem for sample in found.samples] == [None, first, second] * 2
    assert first in engine.opened[1].prompt
    assert "problem" not in found.samples[0].record()


def test_the_real_model_solves_rewordings_greedily() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=8))
    try:
        found = vote(
            engine, "What is 17 + 26?", paraphrases=2, samples=3, confidence=1.0,
            sampling=Sampling(),
        )  # fmt: skip
        assert len({sample.problem for sample in found.samples}) == 3
        asked = found.counts.generated_tokens - sum(s.generated_tokens for s in found.samples)
        assert asked > 0  # what the model was asked for besides is counted
    finally:
        engine.close()
