"""Best-of-N and weighted votes, by hand."""

from __future__ import annotations

import pytest

from mathcli.solving.strategies.best import Weighted
from tests.solving.contest import contest

ANSWERS = ("\\boxed{2}", "\\boxed{1}", "\\boxed{2}", "\\boxed{3}")


def test_the_highest_score_wins_against_the_majority() -> None:
    scores = {"\\boxed{1}": 0.9, "\\boxed{2}": 0.4, "\\boxed{3}": 0.1}
    decision, *_ = contest("best", ANSWERS, scores, samples=4)
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by, decision.agreement) == ("1", "table", 0.25)
    assert [one.score for one in decision.samples] == [0.4, 0.9, 0.4, 0.1]
    assert [(vote.answer, vote.count) for vote in decision.votes] == [("2", 2), ("1", 1), ("3", 1)]


def test_the_executor_s_evidence_chooses_where_there_is_no_reward_model() -> None:
    decision, *_ = contest("best", ANSWERS, samples=4)
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by) == ("2", "execution")
    # Two solutions differ from a 2 and one agrees; three differ from each of the others.
    assert [one.score for one in decision.samples] == [2 / 5, 1 / 5, 2 / 5, 1 / 5]


def test_what_was_stopped_by_the_budget_does_not_win() -> None:
    script = ("\\boxed{1}", "\\boxed{2}\n\n", "and so on")
    scores = {"\\boxed{1}": 0.2, "\\boxed{2}": 0.9}
    decision, *_ = contest("best", script, scores, samples=2, budget=12)
    assert decision.samples[1].finish == "stopped"
    assert decision.answer is not None
    assert decision.answer.text == "1"


@pytest.mark.parametrize(("third", "winner"), [(0.5, "1"), (0.8, "2")])
def test_votes_weigh_as_much_as_their_scores(third: float, winner: str) -> None:
    scores = {"\\boxed{1}": 0.9, "\\boxed{2}": 0.3, "So \\boxed{2}": third, "\\boxed{3}": 0.1}
    script = ("\\boxed{2}", "\\boxed{1}", "So \\boxed{2}", "\\boxed{3}")
    decision, *_ = contest("vote", script, scores, kind=Weighted, samples=4)
    assert decision.answer is not None
    assert (decision.answer.text, decision.evidence) == (winner, "voted")
    weights = {vote.answer: vote.weight for vote in decision.votes}
    assert weights == {"1": 0.9, "2": pytest.approx(0.3 + third), "3": 0.1}
    assert decision.agreement == {"1": 0.25, "2": 0.5}[winner]
    assert decision.scored_by == "table"


def test_nobody_has_an_answer() -> None:
    decision, *_ = contest("best", ("Hm.", "Well."), {"Hm.": 0.1, "Well.": 0.2}, samples=2)
    assert (decision.answer, decision.agreement) == (None, None)
    assert decision.chosen is decision.samples[1]
