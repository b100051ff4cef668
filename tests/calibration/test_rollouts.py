"""Rollouts of the embedded model, and their judgment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from mathcli.answers import Grader
from mathcli.batches import Problem
from mathcli.calibration import Explored, Explorer, methods_of
from mathcli.calibration.rollouts import RecordedRollout
from mathcli.engines import Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.errors import ModelError
from mathcli.models import card_named
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver

MODEL = ModelInfo("test", "test.gguf", "0" * 64, "Q8_0", "test", "nano")


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as found:
        yield found


def problem(text: str, expected: str | None = None, index: int = 0) -> Problem:
    return Problem(index, index + 1, f"key{index}", text, None, expected, {})


def explore(
    engine: LlamaEngine, problems: Sequence[Problem], samples: int = 2
) -> dict[str, Explored]:
    async def run() -> dict[str, Explored]:
        async with Executor(workers=1) as executor:
            solver = Solver(engine, executor, card_named("nano"), MODEL)
            options = SolveOptions(
                method="auto", samples=samples, sampling=Sampling(0.7, 0.95, seed=5)
            )
            explorer = Explorer(solver, options, width=8)
            return {one.problem.key: one async for one in explorer.explored(problems)}

    return asyncio.run(run())


def recorded(answer: str | None, used: str = "cot") -> RecordedRollout:
    return RecordedRollout(used, answer, ran=used == "tir", lost=answer is None, tokens=10)


def explored(expected: str | None, **answers: Sequence[str | None]) -> Explored:
    rollouts: Mapping[str, tuple[RecordedRollout, ...]] = {
        way: tuple(recorded(answer, "cot" if way == "auto" else way) for answer in some)
        for way, some in answers.items()
    }
    return Explored(problem("?", expected), rollouts)


def test_every_problem_has_every_method_several_times(nano: LlamaEngine) -> None:
    problems = [problem(f"What is {number} + 26?", str(number + 26), number) for number in range(5)]
    found = explore(nano, problems)
    assert set(found) == {one.key for one in problems}
    for one in found.values():
        assert set(one.rollouts) == set(methods_of(card_named("nano")))
        assert all(len(some) == 2 for some in one.rollouts.values())
        assert {each.used for each in one.rollouts["cot"]} == {"cot"}
        assert {each.used for each in one.rollouts["tir"]} == {"tir"}
        assert not any(each.ran for each in one.rollouts["cot"])
        assert one.tokens == sum(each.tokens for some in one.rollouts.values() for each in some)
        assert one.tokens > 0


def test_more_rollouts_than_places_take_turns(nano: LlamaEngine) -> None:
    (found,) = explore(nano, [problem("What is 2 + 3?", "5")], samples=20).values()
    assert {len(some) for some in found.rollouts.values()} == {20}


def test_a_problem_longer_than_the_context_is_left_out(nano: LlamaEngine) -> None:
    found = explore(nano, [problem("1 + " * 5000), problem("What is 2 + 3?", "5", 1)])
    assert found["key0"].rollouts == {}
    assert found["key1"].rollouts["tir"]


def test_what_is_kept_in_a_file_comes_back() -> None:
    one = explored("5", cot=["5", None], tir=["5", "6"])
    record = json.loads(json.dumps(one.record()))
    assert record["expected_answer"] == "5"
    assert Explored.from_record(one.problem, record) == one


def test_the_key_judges(grader: Grader) -> None:
    one = explored(r"\frac{1}{2}", cot=["0.5", "2"], tir=["1/2", None], auto=["1/2", "3"])
    found = one.judged(grader)
    assert [rollout.correct for rollout in found.words] == [True, False]
    assert [rollout.correct for rollout in found.code] == [True, False]
    assert [rollout.answered for rollout in found.code] == [True, False]
    assert [rollout.correct for rollout in found.free] == [True, False]
    assert (found.keyed, found.quality) == (True, {"cot": 0.5, "tir": 0.5})


def test_without_a_key_most_rollouts_judge_and_equal_answers_are_one(grader: Grader) -> None:
    one = explored(None, cot=["7", "7"], tir=["0.5", "1/2"], auto=["7", r"\frac{1}{2}"])
    found = one.judged(grader)
    assert not found.keyed
    # 7 and one half have three each: the first that was seen wins.
    assert found.quality == {"cot": 1.0, "tir": 0.0}
    more = explored(None, cot=["7", "8"], tir=["0.5", "1/2"], auto=["9", None])
    assert more.judged(grader).quality == {"cot": 0.0, "tir": 1.0}


def test_without_key_and_answers_nothing_is_right(grader: Grader) -> None:
    found = explored(None, cot=[None], tir=[None]).judged(grader)
    assert found.quality == {"cot": 0.0, "tir": 0.0}
    assert all(rollout.lost for rollout in (*found.words, *found.code))


def test_a_card_without_a_choice_is_refused_with_what_it_has() -> None:
    assert methods_of(card_named("mammoth")) == ("cot", "pal")
    assert methods_of(card_named("autocode4math")) == ("cot", "tir", "auto")
    for name, methods in (("tora", "it has: tir"), ("metamath", "it has: cot")):
        with pytest.raises(ModelError, match="has only one method") as caught:
            methods_of(card_named(name))
        assert caught.value.hint == methods
