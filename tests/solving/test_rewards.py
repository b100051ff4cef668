"""Process reward models, with a real one whose verdicts are known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.errors import ModelError
from mathcli.models import Reward, card_named, find_card
from mathcli.solving.prompts import render_steps
from mathcli.solving.reward_model import RewardModel, reward_of
from mathcli.solving.rewards import RewardScorer
from mathcli.solving.rollout import Rollout
from mathcli.solving.task import Task
from tests.reward_model import NAME, verdict, write_reward_model
from tests.scripted import ScriptedEngine
from tests.solving.test_steps import with_task

T = TypeVar("T")
PROBLEM = "What is 1 + 1?"
FIRST = "<|start_header_id|>user<|end_header_id|>\n\n{0} {1}<|eot_id|>"
NEXT = "<|start_header_id|>user<|end_header_id|>\n\n{0}<|eot_id|>"
ASKED = "<|start_header_id|>assistant<|end_header_id|>\n\n"
SHEPHERD = Reward("{problem} {step} k", "\n{step} k", position="at", aggregation="min")


@pytest.fixture(scope="module")
def reward_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reward_model(tmp_path_factory.mktemp("reward") / "reward.gguf")


def scored(
    path: Path,
    work: Callable[[Task, RewardScorer], Awaitable[T]],
    *script: str,
    reward: Reward | None = None,
    partial: bool = False,
    **options: int,
) -> tuple[T, RewardScorer]:
    """What `work` finds with a scorer of solutions that a script writes."""
    engine = LlamaEngine(path, EngineOptions(**{"sequences": 8, **options}))  # type: ignore[arg-type]
    asked = reward or reward_of(find_card(engine.metadata, path), NAME)

    async def run(task: Task) -> tuple[T, RewardScorer]:
        scorer = RewardScorer(RewardModel(engine, asked, NAME), PROBLEM, partial=partial)
        try:
            return await work(task, scorer), scorer
        finally:
            await scorer.close()

    try:
        return with_task(ScriptedEngine(*script), run)
    finally:
        engine.close()


async def written(task: Task, n: int = 1) -> list[Rollout]:
    rollouts = await task.fork(await task.open(), n, seed=0)
    for rollout in rollouts:
        await rollout.go()
    return rollouts


def test_a_step_is_worth_what_the_model_s_logits_say_where_it_predicts_the_verdict(
    reward_file: Path,
) -> None:
    async def work(task: Task, scorer: RewardScorer) -> list[float]:
        [rollout] = await written(task)
        await scorer.score([rollout])
        return [rollout.score or 0.0]

    [found], scorer = scored(reward_file, work, "1 + 1 = 2\n\nOr = ? 3.\n\n2 = 2")
    first = FIRST.format(PROBLEM, "1 + 1 = 2") + ASKED
    second = f"{first}+<|eot_id|>" + NEXT.format("Or = ? 3.") + ASKED
    third = f"{second}+<|eot_id|>" + NEXT.format("2 = 2") + ASKED
    assert found == pytest.approx(verdict(third), abs=1e-3)
    assert verdict(third) != pytest.approx(verdict(second), abs=1e-3)
    assert scorer.name == NAME


@pytest.mark.parametrize("how", ["last", "min", "product", "mean"])
def test_the_card_says_what_steps_make_of_a_solution_and_where_they_are_read(
    reward_file: Path, how: str
) -> None:
    async def work(task: Task, scorer: RewardScorer) -> float:
        [rollout] = await written(task)
        await scorer.score([rollout])
        return rollout.score or 0.0

    reward = SHEPHERD.replace(aggregation=how)  # type: ignore[arg-type]
    text = f"{PROBLEM} = k"
    steps = [verdict(text), verdict(f"{text}\n???? k"), verdict(f"{text}\n???? k\n== k")]
    assert steps[1] < steps[2] < steps[0]
    expected = {
        "last": steps[2],
        "min": steps[1],
        "product": steps[0] * steps[1] * steps[2],
        "mean": sum(steps) / 3,
    }
    found, _ = scored(reward_file, work, "=\n\n????\n\n==", reward=reward)
    assert found == pytest.approx(expected[how], abs=1e-3)
    found, _ = scored(reward_file, work, "=\n\n????\n\n==", reward=reward, partial=True)
    assert found == pytest.approx(steps[2], abs=1e-3)


def test_a_new_step_is_appended_and_copies_are_not_read_again(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> list[int]:
        root = await task.open()
        await root.step()
        await scorer.score([root])
        seen = [scorer.tokens]
        twins = await task.fork(root, 3, seed=5)
        await scorer.score(twins)
        seen.append(scorer.tokens)
        assert {twin.score for twin in twins} == {root.score}
        for twin in twins:
            await twin.step()
        await scorer.keep(twins)
        await scorer.score(twins)
        seen.append(scorer.tokens)
        await scorer.score([root, *twins])
        return [*seen, scorer.tokens]

    text = FIRST.format(PROBLEM, "One.") + ASKED
    more = [f"+<|eot_id|>{NEXT.format(step)}{ASKED}" for step in ("Two.", "Two?", "Two.")]
    seen, _ = scored(reward_file, work, "One.\n\n", "Two.", "Two?", "Two.")
    first = len(text)
    assert seen == [first, first, first + len(more[0]) + len(more[1]), seen[2]]


def test_what_was_given_up_is_read_again_when_it_is_needed(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> list[float]:
        rollout = await task.open()
        found = []
        for _ in range(3):
            await rollout.step()
            await scorer.score([rollout])
            await scorer.keep([])
            found.append(rollout.score or 0.0)
        return found

    script = ("1 = 1\n\n", "? 2\n\n", "= 3")
    found, _ = scored(reward_file, work, *script, sequences=1)
    text, expected = "", []
    for step in ("1 = 1", "? 2", "= 3"):
        text += FIRST.format(PROBLEM, step) if not text else f"+<|eot_id|>{NEXT.format(step)}"
        text += ASKED
        expected.append(verdict(text))
    assert found == pytest.approx(expected, abs=1e-3)


def test_more_solutions_than_places(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> list[float]:
        rollouts = await written(task, 6)
        await scorer.score(rollouts)
        await scorer.score(rollouts[:3])
        return [rollout.score or 0.0 for rollout in rollouts]

    script = [f"Same.\n\nThen {'=' * n}\n\nend" for n in range(6)]
    found, _ = scored(reward_file, work, *script, sequences=2)
    assert found == sorted(found)
    assert len(set(found)) == 6
    alone, _ = scored(reward_file, work, *script)
    assert found == pytest.approx(alone, abs=1e-3)


def test_of_a_solution_that_is_too_long_the_steps_that_fit_count(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> list[float]:
        rollouts = await written(task, 3)
        await scorer.score(rollouts)
        return [rollout.score or 0.0 for rollout in rollouts]

    script = ("1 = 1", f"1 = 1\n\n{'? ' * 200}", f"1 = 1\n\n{'? ' * 200}\n\n?")
    found, _ = scored(reward_file, work, *script, context=256)
    assert found == [found[0]] * 3


def test_a_solution_without_words_is_worth_nothing(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> float | None:
        [rollout] = await written(task)
        await scorer.score([rollout])
        return rollout.score

    assert scored(reward_file, work, "")[0] == 0.0


def test_closing_in_the_middle_gives_everything_back(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> None:
        rollouts = await written(task, 4)
        scoring = asyncio.ensure_future(scorer.score(rollouts))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        scoring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scoring
        await scorer.close()

    scored(reward_file, work, *[f"{n}\n\n{n}" for n in range(4)])


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ("skywork-prm", "head on the hidden state"),
        ("qwen2.5-math-prm", "head on the hidden state"),
        ("qwen2.5-math-rm", "head on the hidden state"),
        ("eurus-prm", "its reference"),
        ("nano", "is not a reward model"),
    ],
)
def test_models_that_cannot_score_here_are_refused_with_the_reason(card: str, why: str) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        reward_of(card_named(card), "x.gguf")
    assert "rlhflow-prm" in (caught.value.hint or "")


def test_math_shepherd_s_verdicts_are_words_of_its_tokenizer(tmp_path: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> float | None:
        [rollout] = await written(task)
        await scorer.score([rollout])
        return rollout.score

    asked = card_named("math-shepherd").reward
    assert asked is not None
    path = write_reward_model(tmp_path / "shepherd.gguf", words=("+", "-", "ки"))
    engine = LlamaEngine(path, EngineOptions(sequences=1))
    try:
        tag = engine.tokenize(" ки")
        assert [len(engine.tokenize(text)) for text in (asked.good, asked.bad)] == [1, 1]
        assert engine.tokenize(asked.good) != engine.tokenize("+")
        assert len(tag) == 1
        first = render_steps(asked, PROBLEM, ["One."])[0]
        assert engine.tokenize(first)[-1:] == tag
    finally:
        engine.close()
    found, _ = scored(path, work, "One.\n\nTwo.", reward=asked)
    assert found is not None
    assert 0 < found < 1


def test_a_verdict_that_is_not_one_token_is_said_of_the_card(reward_file: Path) -> None:
    async def work(task: Task, scorer: RewardScorer) -> None:
        await scorer.score(await written(task))

    with pytest.raises(ModelError, match="does not fit it: 'good' is 4 tokens"):
        scored(reward_file, work, "One.", reward=SHEPHERD.replace(good="good"))
    with pytest.raises(ModelError, match="has no '#' after the step"):
        scored(reward_file, work, "One.", reward=SHEPHERD.replace(good="#", position="predicts"))
