"""Particle filtering, by hand and with the real model."""

from __future__ import annotations

import numpy as np
import pytest

from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.particles import Particle, resample, weights
from tests.solving.contest import contest, path

SCORES = {"A": 0.5, "B": 0.8, "C": 0.2}


def test_weights_are_a_softmax_of_logits() -> None:
    # Odds of 1, 4 and 1/4; at temperature 2 their square roots.
    assert weights([0.5, 0.8, 0.2]) == pytest.approx([4 / 21, 16 / 21, 1 / 21])
    assert weights([0.5, 0.8, 0.2], 2.0) == pytest.approx([2 / 7, 4 / 7, 1 / 7])
    assert weights([0.7]) == pytest.approx([1.0])


def test_certain_scores_have_finite_weights() -> None:
    assert weights([0.0, 1.0, 1.0]) == pytest.approx([0.0, 0.5, 0.5], abs=1e-9)
    assert weights([0.0, 0.0]) == pytest.approx([0.5, 0.5])


def test_particles_are_drawn_with_replacement_where_the_random_numbers_fall() -> None:
    random = np.random.default_rng(0)
    falls = np.random.default_rng(0).random(6)  # 0.64, 0.27, 0.04 | 0.02, 0.81, 0.91
    bounds = [4 / 21, 20 / 21]
    expected = [int(np.searchsorted(bounds, fall, side="right")) for fall in falls]
    assert expected == [1, 1, 0, 0, 1, 1]
    chances = weights([0.5, 0.8, 0.2])
    assert resample(chances, 3, random) == [0, 1, 1]
    assert resample(chances, 3, random) == [0, 1, 1]


def test_a_filter_by_hand() -> None:
    scores = SCORES | {"\\boxed{1}": 0.9, "\\boxed{2}": 0.3, "\\boxed{3}": 0.6}
    script = ("A\n\n", "B\n\n", "C\n\n", "\\boxed{1}", "\\boxed{2}", "\\boxed{3}")
    decision, strategy, task, _ = contest("particles", script, scores, samples=3)
    # Of A, B and C the indices 0, 1 and 1 are drawn (see above).
    assert [path(one) for one in decision.samples] == [
        ["A", "\\boxed{1}"], ["B", "\\boxed{2}"], ["B", "\\boxed{3}"],
    ]  # fmt: skip
    assert [one.seed for one in decision.samples] == [0, 1, 3]  # the copy has a fresh one
    assert [one.score for one in decision.samples] == [0.9, 0.3, 0.6]
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by) == ("1", "table")
    assert decision.agreement == pytest.approx(1 / 3)
    assert strategy.scorer.kept == [["A", "B", "B"]]  # type: ignore[attr-defined]
    given_up = [one for one in task.rollouts if one.segments and path(one)[0] == "C"]
    assert [one.sequence.closed for one in given_up] == [True]  # type: ignore[attr-defined]


def test_finished_particles_compete_and_are_not_copied() -> None:
    scores = {"\\boxed{1}": 0.8, "B": 0.5, "C": 0.2, "\\boxed{2}": 0.6}
    script = ("\\boxed{1}", "B\n\n", "C\n\n", "\\boxed{2}")
    decision, _, task, _ = contest("particles", script, scores, samples=3, seed=4)
    # Weights 16/21, 4/21, 1/21; 0.94, 0.51 and 0.98 fall on indices 1, 0 and 2.
    falls = np.random.default_rng(4).random(3)
    assert sorted(np.searchsorted([16 / 21, 20 / 21], falls, side="right").tolist()) == [0, 1, 2]
    assert decision.answer is not None
    assert decision.answer.text == "1"
    again, _, task, _ = contest("particles", script, scores, samples=3, seed=0)
    # 0.64, 0.27 and 0.04 all fall on the finished one: nothing is left to go on.
    assert [path(one) for one in again.samples] == [["\\boxed{1}"]]
    assert len(task.rollouts) == 4  # the prompt and three particles


def test_a_particle_is_finished_after_forty_steps() -> None:
    script = ["A\n\n"] * 100
    decision, _, _, engine = contest("particles", script, {"A": 0.5}, samples=2)
    assert len(engine.script) == 100 - 2 * 40
    assert (decision.answer, decision.samples[0].finish) == (None, "stopped")


def test_the_budget_ends_a_filter_between_steps() -> None:
    script = ["A\n\n", "B\n\n", "\\boxed{2}", "C\n\n"]
    scores = {"A": 0.2, "B": 0.7, "\\boxed{2}": 0.1}
    decision, _, task, engine = contest("particles", script, scores, samples=2, budget=4)
    assert task.generated == 6 + len("\\boxed{2}")  # what promises most is written to its end
    assert engine.script == ["C\n\n"]
    assert [one.finish for one in decision.samples] == ["stopped", "answer"]
    assert decision.answer is not None
    assert decision.answer.text == "2"


def test_nothing_is_written_after_the_budget_when_there_is_an_answer() -> None:
    script = ["A\n\n", "\\boxed{2}", "C\n\n"]
    scores = {"A": 0.9, "\\boxed{2}": 0.1}
    decision, _, _, engine = contest("particles", script, scores, samples=2, budget=4)
    assert engine.script == ["C\n\n"]
    assert decision.answer is not None
    assert decision.answer.text == "2"


def test_what_a_particle_was_at_a_step() -> None:
    first, second, third = (object.__new__(Rollout) for _ in range(3))
    particle = Particle(third, (first, second))
    assert (particle.at(0).rollout, particle.at(0).trail) == (first, ())
    assert (particle.at(1).rollout, particle.at(1).trail) == (second, (first,))
    assert particle.at(2) is particle
    assert particle.at(9) is particle


def test_the_next_iteration_is_conditioned_on_one_particle_of_the_last() -> None:
    sure, never = 1.0, 0.0
    scores = {
        "A": sure, "B": never, "\\boxed{1}": sure, "\\boxed{2}": never, "C": never,
        "\\boxed{3}": 0.5,
    }  # fmt: skip
    script = ("A\n\n", "B\n\n", "\\boxed{1}", "\\boxed{2}", "C\n\n", "\\boxed{3}")
    decision, _, task, engine = contest("particles", script, scores, samples=2, iterations=2)
    # First both particles go on from A. Then A is there again as the reference's first step, and
    # the fresh particle, on C, is replaced by a copy of it.
    assert [path(one) for one in decision.samples] == [
        ["A", "\\boxed{1}"], ["A", "\\boxed{2}"], ["A", "\\boxed{3}"],
    ]  # fmt: skip
    assert decision.answer is not None
    assert decision.answer.text == "1"
    assert engine.script == []
    seeds = [one.seed for one in task.rollouts[1:]]
    assert len(set(seeds)) == len(seeds) == 6


def test_without_a_reward_model_the_particles_agree_among_themselves() -> None:
    script = ("\\boxed{1}", "\\boxed{2}", "\\boxed{2}")
    decision, *_ = contest("particles", script, samples=3)
    assert decision.answer is not None
    assert (decision.answer.text, decision.scored_by) == ("2", "execution")
    assert [one.score for one in decision.samples] == [1 / 4, 2 / 4, 2 / 4]
    assert [(vote.answer, vote.count) for vote in decision.votes] == [("2", 2), ("1", 1)]
