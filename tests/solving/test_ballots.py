"""Votes over equal answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mathcli.answers import Grader
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.ballots import BallotBox, Ballots, ballots
from mathcli.solving.task import Task
from tests.scripted import ScriptedEngine
from tests.solving.test_steps import with_task

GRADER: Grader


@pytest.fixture(scope="module", autouse=True)
def grader() -> Iterator[None]:
    global GRADER
    with Grader() as GRADER:
        yield


def vote(*texts: str, weights: list[float] | None = None) -> tuple[list[Rollout], Ballots]:
    """Rollouts that write `texts`, and their vote."""

    async def work(task: Task) -> tuple[list[Rollout], Ballots]:
        rollouts = await task.fork(await task.open(), len(texts), seed=0)
        for rollout in rollouts:
            await rollout.go()
        box = BallotBox(GRADER)
        for index, rollout in enumerate(rollouts):
            box.cast(rollout, weights[index] if weights else None)
        return rollouts, await box.count()

    return with_task(ScriptedEngine(*texts), work)


def test_equal_answers_are_one_candidate_and_the_most_readable_is_shown() -> None:
    rollouts, found = vote("\\boxed{0.5}", "\\boxed{3}", "\\boxed{\\frac12}", "\\boxed{1/2}")
    assert found.winner is not None
    assert found.winner.rollouts == (rollouts[0], rollouts[2], rollouts[3])
    assert found.winner.answer.text == "0.5"
    assert [(one.answer, one.count, one.weight) for one in found.votes] == [
        ("0.5", 3, None), ("3", 1, None),
    ]  # fmt: skip
    assert found.agreement == 0.75


def test_of_equally_many_votes_the_first_seen_wins() -> None:
    _, found = vote("\\boxed{2}", "\\boxed{1}", "\\boxed{1}", "\\boxed{2}")
    assert [one.answer for one in found.votes] == ["2", "1"]


def test_who_has_no_answer_takes_part_and_agrees_with_nobody() -> None:
    _, found = vote("\\boxed{2}", "I give up.", "\\boxed{2}", "Nor I.")
    assert (found.cast, found.agreement) == (4, 0.5)
    assert [one.count for one in found.votes] == [2]


def test_weights_decide_and_agreement_counts_heads() -> None:
    _, found = vote("\\boxed{2}", "\\boxed{1}", "\\boxed{2}", weights=[0.25, 0.75, 0.125])
    assert [(one.answer, one.count, one.weight) for one in found.votes] == [
        ("1", 1, 0.75), ("2", 2, 0.375),
    ]  # fmt: skip
    assert found.agreement == 1 / 3


def test_the_one_that_computed_its_answer_is_shown() -> None:
    async def work(task: Task) -> Ballots:
        words, computed = await task.fork(await task.open(), 2, seed=0)
        for rollout in (words, computed):
            await rollout.go()
        found = await ballots(task, [words, computed])
        assert found.winner is not None
        assert found.winner.representative is computed
        return found

    program = "```python\nprint(6*7)\n```\n```output"
    script = ScriptedEngine("\\boxed{42}", program, "It is \\boxed{42}.")
    assert with_task(script, work).agreement == 1.0


def test_without_votes_there_is_no_winner() -> None:
    _, found = vote("Hm.")
    assert (found.winner, found.votes, found.agreement) == (None, (), None)


def test_counting_again_counts_nobody_twice() -> None:
    async def work(task: Task) -> list[Ballots]:
        rollouts = await task.fork(await task.open(), 3, seed=0)
        box, counted = BallotBox(GRADER), []
        for rollout in rollouts:
            await rollout.go()
            box.cast(rollout)
            counted += await asyncio.gather(box.count(), box.count())
        return counted

    engine = ScriptedEngine("\\boxed{1/2}", "\\boxed{2}", "\\boxed{0.5}")
    counted = with_task(engine, work)
    assert [[one.count for one in each.votes] for each in counted] == [
        [1], [1], [1, 1], [1, 1], [2, 1], [2, 1],
    ]  # fmt: skip


def test_one_weight_for_each() -> None:
    async def work(task: Task) -> None:
        with pytest.raises(ValueError, match="zip"):
            await ballots(task, [await task.open()], [0.5, 0.5])

    with_task(ScriptedEngine(), work)
