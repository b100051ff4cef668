"""Step-level beam search, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mathcli.errors import ContextFull
from tests.scripted import ScriptedSequence
from tests.solving.contest import contest, path


def test_of_all_next_steps_the_best_are_kept() -> None:
    scores = {
        "A": 0.1, "B": 0.9, "C": 0.4, "D": 0.6,
        "\\boxed{1}": 0.2, "\\boxed{2}": 0.7, "\\boxed{3}": 0.8, "\\boxed{4}": 0.3,
    }  # fmt: skip
    first = ("A\n\n", "B\n\n", "C\n\n", "D\n\n")
    second = tuple(f"\\boxed{{{n}}}" for n in (1, 2, 3, 4))
    decision, strategy, task, _ = contest("beam", first + second, scores, samples=4, branch=2)
    # B1 = 2: B and D go on, each with B2 = 2 children.
    assert [path(one) for one in decision.samples] == [
        ["B", "\\boxed{1}"], ["B", "\\boxed{2}"], ["D", "\\boxed{3}"], ["D", "\\boxed{4}"],
    ]  # fmt: skip
    assert decision.answer is not None
    assert decision.answer.text == "3"
    assert strategy.scorer.kept == [["B", "D"], ["\\boxed{3}", "\\boxed{2}"]]  # type: ignore[attr-defined]
    seeds = [one.seed for one in task.rollouts[1:]]
    assert len(set(seeds)) == len(seeds) == 8


def test_a_finished_solution_holds_its_place_until_better_ones_come() -> None:
    scores = {"\\boxed{1}": 0.5, "B": 0.4, "C": 0.1, "D": 0.45, "E": 0.3, "\\boxed{2}": 0.6}
    script = ("\\boxed{1}", "B\n\n", "C\n\n", "C\n\n", "D\n\n", "E\n\n", "\\boxed{2}", "E\n\n")
    decision, strategy, _, engine = contest("beam", script, scores, samples=4, branch=2)
    kept = strategy.scorer.kept  # type: ignore[attr-defined]
    # In the third round 2 is best, and 1 is still better than E.
    assert kept == [["\\boxed{1}", "B"], ["\\boxed{1}", "D"], ["\\boxed{2}", "\\boxed{1}"]]
    assert decision.answer is not None
    assert decision.answer.text == "2"
    assert engine.script == []


def test_a_beam_is_ten_steps_deep() -> None:
    decision, _, _, engine = contest("beam", ["A\n\n"] * 50, {"A": 0.5}, samples=2, branch=2)
    assert len(engine.script) == 50 - 20
    assert (decision.answer, decision.chosen.finish) == (None, "stopped")


def test_the_budget_ends_a_beam_between_steps() -> None:
    _, _, task, _ = contest("beam", ["A\n\n"] * 50, {"A": 0.5}, samples=2, branch=2, budget=7)
    assert task.generated == 12 + 3  # and one of them to its end


def test_a_solution_that_fills_the_context_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fork = ScriptedSequence.fork

    async def full(self: ScriptedSequence, n: int, *, seed: int | None = None) -> Any:
        if self.text:
            raise ContextFull("the text has 9 tokens, the context holds 9")
        return await fork(self, n, seed=seed)

    monkeypatch.setattr(ScriptedSequence, "fork", full)
    scores = {"A": 0.9, "\\boxed{1}": 0.5}
    decision, _, task, _ = contest("beam", ("A\n\n", "\\boxed{1}"), scores, samples=2, branch=1)
    assert decision.answer is not None
    assert decision.answer.text == "1"
    [stuck] = [one for one in task.rollouts if one.finish == "context"]
    assert path(stuck) == ["A"]
