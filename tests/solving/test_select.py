"""GenSelect: the model picks one of its own solutions."""

from __future__ import annotations

import pytest

from mathcli.solving.strategies.select import judgment
from tests.solving.contest import contest

ANSWERS = ("Two: \\boxed{2}", "One: \\boxed{1}", "Also \\boxed{2}", "Three: \\boxed{3}")


@pytest.mark.parametrize(
    ("words", "picked"),
    [
        ("Judgment: [1]", 1),
        ("judgement: 0", 0),
        ("**Judgment:** [2]", 2),
        ("Judgment: [0]? No.\nJudgment: [1]", 1),
        ("Judgment: [3]", None),
        ("Judgment: none", None),
        ("", None),
    ],
)
def test_what_was_picked(words: str, picked: int | None) -> None:
    assert judgment(words, 3) == picked


def test_the_model_picks_among_one_solution_of_each_answer() -> None:
    decision, _, task, engine = contest(
        "select", (*ANSWERS, "The second one is right.\nJudgment: [1]"), samples=4
    )
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by) == ("1", "judgment")
    assert decision.judgment == "The second one is right.\nJudgment: [1]"
    assert (decision.agreement, len(decision.samples)) == (0.25, 4)
    asked = engine.opened[-1].prompt
    shown = ("Solution 0:\nTwo: \\boxed{2}", "Solution 1:\nOne: \\boxed{1}", "Solution 2:\nThree")
    assert all(text in asked for text in shown)
    assert "Also" not in asked
    assert "3 solutions" in asked
    assert task.generated == sum(map(len, ANSWERS)) + len(decision.judgment)


def test_without_a_judgment_the_vote_decides_and_it_is_said() -> None:
    decision, *_ = contest("select", (*ANSWERS, "They are all fine."), samples=4)
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by, decision.agreement) == ("2", "votes", 0.5)
    assert decision.judgment == "They are all fine."


def test_nobody_is_asked_when_all_agree_or_the_budget_is_spent() -> None:
    decision, _, _, engine = contest("select", ("\\boxed{2}", "It is \\boxed{2}"), samples=2)
    assert (len(engine.opened), decision.scored_by, decision.judgment) == (1, None, None)
    _, _, _, engine = contest("select", ANSWERS, samples=4, budget=1)
    assert len(engine.opened) == 1
