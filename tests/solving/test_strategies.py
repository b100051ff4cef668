"""Every strategy with the embedded model, the real engine, the real executor."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from mathcli.answers import Grader
from mathcli.cli.effort import Effort
from mathcli.cli.effort import StrategyOption as Choice
from mathcli.cli.option_groups import declared
from mathcli.engines import Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import card_named, find_card
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from mathcli.solving.options import Silent, StrategyName
from mathcli.solving.reward_model import RewardModel, reward_of
from mathcli.solving.strategies import STRATEGIES, Decision, strategies_that_take, strategy_for
from mathcli.solving.task import Task
from tests.reward_model import write_reward_model

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")
PROBLEM = "Solve x^2 - 5x + 6 = 0"
WARM = Sampling(temperature=0.8, seed=1)
HOT = Sampling(temperature=3.0, seed=1)
SEARCHES: tuple[StrategyName, ...] = ("best", "particles", "beam", "tree", "select")


@dataclass
class Bench:
    """One loop with one executor and grader, and a reward model, for all tests of this module."""

    loop: asyncio.AbstractEventLoop
    executor: Executor
    grader: Grader
    reward: RewardModel


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    path = write_reward_model(tmp_path_factory.mktemp("reward") / "reward.gguf")
    engine = LlamaEngine(path, EngineOptions(sequences=16))
    reward = RewardModel(engine, reward_of(find_card(engine.metadata, path), "reward"), "reward")
    with Grader() as grader:
        loop = asyncio.new_event_loop()
        executor = Executor(workers=2, limits=Limits(wall_seconds=10.0))
        yield Bench(loop, executor, grader, reward)
        loop.run_until_complete(executor.close())
        loop.close()
    engine.close()


def solve(
    bench: Bench, engine: LlamaEngine, *, reward: bool = False, **options: object
) -> Transcript:
    solver = Solver(
        engine,
        bench.executor,
        card_named("nano"),
        MODEL,
        grader=bench.grader,
        reward=bench.reward if reward else None,
    )
    asked = {"sampling": WARM, "samples": 4, "branch": 2, **options}
    return bench.loop.run_until_complete(solver.solve(PROBLEM, SolveOptions(**asked)))  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", SEARCHES)
def test_it_solves_an_easy_problem(bench: Bench, nano: LlamaEngine, strategy: str) -> None:
    transcript = solve(bench, nano, strategy=strategy)
    assert transcript.answer is not None
    assert transcript.answer.text == "2, 3"
    assert transcript.strategy == strategy
    assert transcript.samples
    assert Transcript.from_record(transcript.record()) == transcript
    if strategy == "select":  # where all agree, nobody has to pick
        assert transcript.scored_by in (None, "judgment", "votes")
    else:
        assert transcript.scored_by == "execution"
        assert all(0 < (sample.score or 0) < 1 for sample in transcript.samples)


@pytest.mark.parametrize("strategy", ["vote", "best", "particles", "beam", "tree"])
def test_a_reward_model_scores(bench: Bench, nano: LlamaEngine, strategy: str) -> None:
    transcript = solve(bench, nano, strategy=strategy, reward=True)
    assert transcript.answer is not None
    assert transcript.scored_by == "reward"
    assert transcript.counts.reward_tokens > 0
    assert Transcript.from_record(transcript.record()) == transcript


@pytest.mark.parametrize("strategy", SEARCHES)
def test_copies_cost_no_evaluation(bench: Bench, strategy: str) -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=64, busy=16))
    try:
        counts = solve(bench, engine, strategy=strategy, sampling=HOT, max_tokens=40).counts
    finally:
        engine.close()
    # What was given once, and what was written once; some of it nobody went on from.
    assert counts.evaluated_tokens <= counts.prompt_tokens + counts.generated_tokens


@pytest.mark.parametrize("strategy", SEARCHES)
def test_more_solutions_than_places_in_the_engine(bench: Bench, strategy: str) -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=2, context=512))
    try:
        transcript = solve(bench, engine, strategy=strategy, samples=6)
        assert transcript.answer is not None
        assert transcript.answer.text == "2, 3"
        deadline = time.monotonic() + 60  # its thread gives places back when it comes to it
        while not engine.scheduler.seats.empty:
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        engine.close()


@pytest.mark.parametrize("strategy", ["vote", "particles", "tree"])
def test_a_deterministic_engine_has_few_places_and_does_not_stand_still(
    bench: Bench, strategy: str
) -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=4, deterministic=True))
    try:
        found = solve(
            bench, engine, strategy=strategy, samples=6, iterations=1, confidence=1.0, timeout=300
        )
    finally:
        engine.close()
    assert found.answer is not None
    assert {sample.finish for sample in found.samples} <= {"answer", "no_answer"}


def test_particle_gibbs_keeps_its_steps_without_evaluating_them_again(bench: Bench) -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=64, busy=16))
    try:
        found = solve(bench, engine, strategy="particles", iterations=3)
    finally:
        engine.close()
    assert found.answer is not None
    assert len(found.samples) >= 4
    counts = found.counts
    assert counts.evaluated_tokens <= counts.prompt_tokens + counts.generated_tokens


@pytest.mark.parametrize("strategy", ["best", "particles", "beam", "select"])
def test_the_same_seed_gives_the_same_solutions(bench: Bench, strategy: str) -> None:
    """On an engine whose arithmetic does not depend on what else is in work."""
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=4, deterministic=True))

    def texts() -> list[list[str]]:
        found = solve(bench, engine, strategy=strategy, sampling=HOT, samples=2, max_tokens=40)
        return [[segment.text for segment in sample.segments] for sample in found.samples]

    try:
        assert texts() == texts()
    finally:
        engine.close()


@pytest.mark.parametrize("strategy", SEARCHES)
def test_it_can_be_cut_off_anywhere_and_still_decides(
    bench: Bench, nano: LlamaEngine, strategy: StrategyName
) -> None:
    async def cut(after: int) -> tuple[Task, Decision]:
        solver = Solver(
            nano, bench.executor, card_named("nano"), MODEL, grader=bench.grader,
            reward=bench.reward if strategy != "select" else None,
        )  # fmt: skip
        options = SolveOptions(sampling=WARM, strategy=strategy, samples=3, branch=2)
        task = Task(solver, PROBLEM, "tir", options, Silent())
        chosen = strategy_for(task)
        work = asyncio.ensure_future(chosen.run())
        while not task.rollouts:
            await asyncio.sleep(0)
        for _ in range(after):
            await asyncio.sleep(0.002)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await task.close()
        return task, await chosen.decide()

    for after in (0, 3, 10, 30, 60):
        task, found = bench.loop.run_until_complete(cut(after))
        assert found.chosen in task.rollouts
        assert found.answer is None or found.chosen.answer() is not None
        assert all(one.sample().finish for one in found.samples)


def test_time_is_up(bench: Bench, nano: LlamaEngine) -> None:
    found = solve(bench, nano, strategy="tree", samples=8, iterations=1000, timeout=5.0)
    assert found.samples
    assert Transcript.from_record(found.record()) == found


def test_every_strategy_that_can_be_asked_for_is_there() -> None:
    assert tuple(STRATEGIES) == get_args(StrategyName)
    assert {one.value for one in Choice} | {"once"} == set(STRATEGIES)


def test_what_was_not_shown_to_help_is_called_experimental() -> None:
    unproven = [name for name, one in STRATEGIES.items() if one.experimental]
    assert unproven == ["best", "particles", "beam", "tree", "select"]
    [option] = (one for one in declared(Effort) if one.name == "strategy")
    said = re.search(r"Experimental, [^:]*: ([\w, ]+)\.", option.option.help or "")
    assert said is not None
    assert said[1].split(", ") == unproven
    page = (Path(__file__).parents[2] / "docs/solving.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.M)
    assert [name for name, words in rows if words.startswith("experimental: ")] == unproven


def test_a_strategy_says_itself_what_bears_on_it() -> None:
    assert strategies_that_take("branch") == ["beam", "tree"]
    assert strategies_that_take("confidence") == ["vote"]
    assert [name for name, one in STRATEGIES.items() if not one.independent] == [
        "particles", "beam", "tree",
    ]  # fmt: skip
    assert [name for name, one in STRATEGIES.items() if one.votes] == ["vote"]
    assert (STRATEGIES["vote"].places(8, 4), STRATEGIES["tree"].places(2, 4)) == (8, 8)
