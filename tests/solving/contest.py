"""Strategies on scripted solutions, whose scores are known too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from mathcli.engines import Sampling
from mathcli.solving.options import StrategyName
from mathcli.solving.rollout import Rollout
from mathcli.solving.scoring import Scorer
from mathcli.solving.strategies import STRATEGIES, Decision, Strategy
from mathcli.solving.task import Task
from tests.scripted import ScriptedEngine
from tests.solving.test_steps import with_task

S = TypeVar("S", bound=Strategy)


class Table(Scorer):
    """Scores a solution by what it wrote last."""

    name = "table"

    def __init__(self, scores: Mapping[str, float]) -> None:
        self.scores = scores
        self.kept: list[list[str]] = []

    async def score(self, rollouts: Sequence[Rollout]) -> None:
        for rollout in rollouts:
            rollout.rate(self.scores[last(rollout)])

    async def keep(self, rollouts: Sequence[Rollout]) -> None:
        self.kept.append([last(rollout) for rollout in rollouts])

    async def close(self) -> None:
        """Nothing is held."""


def last(rollout: Rollout) -> str:
    """What a solution wrote last."""
    return rollout.segments[-1].text.strip()


def path(rollout: Rollout) -> list[str]:
    """All that a solution wrote."""
    return [segment.text.strip() for segment in rollout.segments]


def contest(
    name: StrategyName,
    script: Sequence[str],
    scores: Mapping[str, float] | None = None,
    *,
    kind: type[Strategy] | None = None,
    seed: int = 0,
    **options: int,
) -> tuple[Decision, Strategy, Task, ScriptedEngine]:
    """Let a strategy work on solutions that a script writes.

    Args:
        scores: by what was written last; without them the strategy has its own.
    """
    engine = ScriptedEngine(*script)

    async def work(task: Task) -> tuple[Decision, Strategy, Task]:
        strategy = (kind or STRATEGIES[name])(task)
        if scores is not None:
            strategy.scorer = Table(scores)  # type: ignore[attr-defined]
        await strategy.run()
        return await strategy.decide(), strategy, task

    sampling = Sampling(temperature=1.0, seed=seed)
    found = with_task(engine, work, strategy=name, sampling=sampling, **options)
    return (*found, engine)
