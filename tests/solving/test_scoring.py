"""What solutions are worth, without a reward model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mathcli.answers import Grader
from mathcli.solving import Segment
from mathcli.solving.rollout import Rollout
from mathcli.solving.scoring import ExecutionScorer, aggregate, solution_steps
from mathcli.solving.task import Task
from tests.scripted import ScriptedEngine
from tests.solving.test_steps import with_task

GRADER: Grader


@pytest.fixture(scope="module", autouse=True)
def grader() -> Iterator[None]:
    global GRADER
    with Grader() as GRADER:
        yield


def program(text: str) -> str:
    return f"```python\n{text}\n```\n```output"


def scores(*solutions: tuple[str, ...], steps: int | None = None) -> list[float]:
    """Of solutions, each of which is written in the given generations, after so many steps."""

    async def work(task: Task) -> list[float]:
        rollouts = await task.fork(await task.open(), len(solutions), seed=0)
        for rollout in rollouts:
            for _ in range(steps or 99):
                await rollout.step()
        await ExecutionScorer(GRADER).score(rollouts)
        return [rollout.score or 0.0 for rollout in rollouts]

    script = [text for solution in solutions for text in solution]
    return with_task(ScriptedEngine(*script), work)


def test_programs_that_ran_and_siblings_that_agree_speak_for_a_solution() -> None:
    six = (program("print(6)"), "\\boxed{6}")
    half = (program("print(1/2)"), "\\boxed{\\frac12}")
    # Laplace: a program ran and printed 6, two others say 6, one differs. The last one's program
    # ran, did not print 1/2 as it stands, and three differ.
    assert scores(six, six, six, half) == [5 / 7, 5 / 7, 5 / 7, 2 / 7]


def test_a_failed_program_and_an_end_without_an_answer_speak_against_it() -> None:
    failed = (program("print(1/0)"), "I give up.")
    mended = (program("print(1/0)"), program("print(5)"), "\\boxed{5}")
    # The first: a failure, no answer, and somebody else has one. The second: its last program ran
    # and printed the answer.
    assert scores(failed, mended) == [1 / 5, 3 / 4]
    assert scores(("Words alone: \\boxed{1}",)) == [1 / 2]


def test_an_answer_that_no_program_printed_is_doubtful() -> None:
    wrote, right = (program("print(42)"), "\\boxed{24}"), (program("print(42)"), "\\boxed{42}")
    assert scores(wrote) == [2 / 4]
    assert scores(right) == [3 / 4]


def test_an_output_on_the_way_may_agree_but_not_differ() -> None:
    twelve, thirteen = (program("print(12)"),), (program("print(13)"),)
    assert scores(twelve, twelve, thirteen, steps=1) == [3 / 4, 3 / 4, 2 / 3]


def test_copies_of_one_solution_are_one_witness() -> None:
    async def work(task: Task) -> list[float]:
        first, other = await task.fork(await task.open(), 2, seed=0)
        await first.step()
        await other.step()
        rollouts = [first, *await task.fork(first, 3, seed=9), other]
        await ExecutionScorer(GRADER).score(rollouts)
        return [rollout.score or 0.0 for rollout in rollouts]

    engine = ScriptedEngine(program("print(7)"), program("print(3+4)"))
    # Each of the copies has one other witness, and so has the other for all of them.
    assert with_task(engine, work) == [3 / 4] * 5


def test_aggregation() -> None:
    steps = [0.5, 0.25, 1.0, 0.25]
    found = {how: aggregate(steps, how) for how in ("last", "min", "product", "mean")}  # type: ignore[arg-type]
    assert found == {"last": 0.25, "min": 0.25, "product": 0.03125, "mean": 0.5}
    assert aggregate([], "product") == 0.0


def test_steps_are_the_same_however_a_solution_was_written() -> None:
    async def work(task: Task) -> list[tuple[str, ...]]:
        whole, stepwise = await task.fork(await task.open(), 2, seed=0)
        await whole.go()
        while stepwise.finish is None:
            await stepwise.step()
        return [solution_steps(one.segments) for one in (whole, stepwise)]

    written = "First.\n\nThen\n\nthis: ", program("a = 1\nprint(a)"), "So\n\n\\boxed{1}."
    whole = (written[0] + written[1], written[2])
    parts = ("First.\n\n", "Then\n\n", f"this: {written[1]}", "So\n\n", "\\boxed{1}.")
    one, other = with_task(ScriptedEngine(*whole, *parts), work)
    assert one == other
    assert one == (
        "First.",
        "Then",
        "this:\n```python\na = 1\nprint(a)\n```\n```output\n1\n```",
        "So",
        "\\boxed{1}.",
    )


def test_blank_steps_are_none() -> None:
    blank = [Segment("text", "\n\n \n\n", 0, 0), Segment("text", "A\n\n\n\nB\n\n", 0, 0)]
    assert solution_steps(blank) == ("A", "B")


def test_nothing_to_score() -> None:
    async def work(task: Task) -> Rollout:
        rollout = await task.open()
        await ExecutionScorer(GRADER).score([rollout])
        await ExecutionScorer(GRADER).score([])
        return rollout

    assert with_task(ScriptedEngine(), work).score == 1 / 2
