"""Solutions step by step, and their copies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mathcli.engines import Engine, Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor, Limits
from mathcli.solving import ModelInfo, SolveOptions, Solver
from mathcli.solving.options import Silent
from mathcli.solving.rollout import Rollout
from mathcli.solving.task import Task
from tests.scripted import ScriptedEngine

T = TypeVar("T")
MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")


def with_task(
    engine: Engine, work: Callable[[Task], Awaitable[T]], problem: str = "?", **options: object
) -> T:
    async def run() -> T:
        executor = Executor(workers=1, limits=Limits(wall_seconds=5.0))  # starts when it is needed
        solver = Solver(engine, executor, card_named("nano"), MODEL)
        chosen = SolveOptions(**options)  # type: ignore[arg-type]
        task = Task(solver, problem, "tir", chosen, Silent())
        try:
            return await work(task)
        finally:
            await task.close()
            await executor.close()

    return asyncio.run(run())


def texts(rollout: Rollout) -> list[tuple[str, str]]:
    return [(segment.kind, segment.text.strip()) for segment in rollout.segments]


async def whole(task: Task) -> Rollout:
    rollout = await task.open()
    await rollout.go()
    return rollout


async def stepwise(task: Task) -> Rollout:
    rollout = await task.open()
    while rollout.finish is None:
        await rollout.step()
    return rollout


def test_a_step_is_a_paragraph_or_a_program_with_its_output() -> None:
    async def work(task: Task) -> list[list[tuple[str, str]]]:
        rollout = await task.open()
        seen = []
        while rollout.finish is None:
            await rollout.step()
            seen.append(texts(rollout))
        return seen

    engine = ScriptedEngine(
        "First.\n\n",
        "Then.\n```python\na = 6\n\n",  # a blank line inside of a program ends no step
        "b = 7\n\n",
        "print(a * b)\n```\n```output",
        "So \\boxed{42}.",
    )
    steps = with_task(engine, work)
    program = ("code", "a = 6\n\nb = 7\n\nprint(a * b)")
    assert steps[0] == [("text", "First.")]
    assert steps[1][1:] == [("text", "Then."), program, ("output", "42")]
    assert steps[2][4:] == [("text", "So \\boxed{42}.")]
    assert len(steps) == 3


def test_steps_make_the_solution_that_the_whole_makes() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=2))
    try:
        problem = "Solve x^2 - 5x + 6 = 0"
        one, two = (with_task(engine, work, problem) for work in (whole, stepwise))
        assert texts(one) == texts(two)
        assert one.answer() == two.answer()
    finally:
        engine.close()


def test_a_copy_goes_on_from_the_middle_and_leaves_the_original_as_it_was() -> None:
    async def work(task: Task) -> list[Rollout]:
        first = await task.open()
        await first.step()
        twins = await task.fork(first, 2, seed=7)
        for twin in twins:
            await twin.go()
        return [first, *twins]

    program = "```python\nprint(1)\n```\n```output"
    engine = ScriptedEngine("Words.\n\n", program, "\\boxed{1}", "No.")
    first, left, right = with_task(engine, work)
    assert texts(first) == [("text", "Words.")]
    assert texts(left)[:3] == [("text", "Words."), ("code", "print(1)"), ("output", "1")]
    assert texts(right) == [("text", "Words."), ("text", "No.")]
    assert [left.seed, right.seed] == [7, 8]
    assert [len(one.executions) for one in (first, left, right)] == [0, 1, 0]


def test_copies_cost_no_evaluation_and_sample_apart() -> None:
    async def work(task: Task) -> tuple[list[Rollout], int, int]:
        root = await task.open()
        samples = await task.fork(root, 4, seed=11)
        await asyncio.gather(*(sample.go() for sample in samples))
        counts = task.counts()
        given = sum(one.prompt for one in counts)  # the prompt once, each sample's own outputs
        return samples, sum(one.evaluated - one.generated for one in counts), given

    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=8))
    try:
        hot = Sampling(temperature=5.0)
        samples, spare, given = with_task(
            engine, work, "What is 17 + 26?", sampling=hot, max_tokens=30
        )
        assert len({str(texts(sample)) for sample in samples}) > 1
        assert spare <= given  # what was sampled last is never evaluated
    finally:
        engine.close()
