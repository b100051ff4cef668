"""The common base of searches: solutions are written step by step, scored, and compete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mathcli.errors import ContextFull
from mathcli.solving.concurrency import together
from mathcli.solving.options import Silent
from mathcli.solving.rewards import RewardScorer
from mathcli.solving.rollout import Rollout
from mathcli.solving.scoring import ExecutionScorer, Scorer
from mathcli.solving.strategies.ballots import Ballots, ballots
from mathcli.solving.strategies.base import Decision, Strategy
from mathcli.solving.task import Task


def scorer_for(task: Task, *, partial: bool) -> Scorer:
    """The scorer of a task's solutions: a reward model, else the executor's evidence.

    Args:
        partial: whether unfinished solutions are scored.
    """
    resources = task.resources
    if resources.reward is not None:
        return RewardScorer(resources.reward, task.problem, partial=partial)
    return ExecutionScorer(resources.grader)


def best_of(rollouts: Iterable[Rollout]) -> Rollout:
    """The rollout with the highest score (the first of equal ones), if possible with an answer."""
    return max(rollouts, key=lambda one: (one.answer() is not None, one.score or 0.0))


def share_of(rollout: Rollout, counted: Ballots) -> float | None:
    """The share of all rollouts in a vote that gave this one's answer."""
    mine = [one for one in counted.candidates if rollout in one.rollouts]
    return mine[0].count / counted.cast if mine else None


class Competing(Strategy):
    """A search over steps. `field` holds the solutions that compete at the moment, each once."""

    takes = frozenset({"reward"})
    independent = False  # they are forks of each other

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.scorer = scorer_for(task, partial=True)
        self.field: list[Rollout] = []
        self._seed = task.options.sampling.seed
        self._told = 0

    @property
    def reward_tokens(self) -> int:
        """Tokens evaluated by a reward model."""
        return self.scorer.tokens

    async def close(self) -> None:
        """Close the sequences of the scored solutions."""
        await self.scorer.close()

    async def begin(self) -> Rollout:
        """The rollout that holds the prompt, evaluated once for all solutions."""
        return await self.task.open(listener=Silent())

    async def copies(self, rollout: Rollout, n: int) -> list[Rollout]:
        """`n` forks of a solution, each with its own seed.

        A finished solution cannot go on: it is returned `n` times.
        """
        if rollout.finish is None and n > 0:
            first, self._seed = self._seed, self._seed + n  # a fork restarts its random numbers
            try:
                return await self.task.fork(rollout, n, seed=first)
            except ContextFull:
                rollout.end("context")
        return [rollout] * n

    async def advance(self, rollouts: Iterable[Rollout]) -> None:
        """Write one step of each unfinished solution, all at the same time."""
        going = {id(one): one for one in rollouts if one.finish is None}
        await together(self._step(one) for one in going.values())

    async def drop(self, rollouts: Iterable[Rollout], keep: Sequence[Rollout]) -> None:
        """Close the rollouts that are not needed any more."""
        kept = {id(one) for one in keep}
        for rollout in rollouts:
            if id(rollout) not in kept:
                await rollout.close()
        await self.scorer.keep(keep)

    async def decide(self) -> Decision:
        field = self.field or self.task.rollouts[:1]
        await self.rescore(field)
        return await self.decision(best_of(field), field)

    async def rescore(self, rollouts: Sequence[Rollout]) -> None:
        """Score the remaining solutions again, if the scorer compares them."""
        if self.scorer.compares:
            await self.scorer.score(rollouts)

    async def decision(self, chosen: Rollout, field: Sequence[Rollout]) -> Decision:
        """The decision for the winner among these solutions."""
        counted = await ballots(self.task, field)
        return Decision.on(
            chosen,
            samples=tuple(field),
            votes=counted.votes,
            agreement=share_of(chosen, counted),
            scored_by=self.scorer.name,
        )

    async def conclude(self) -> None:
        """End the search: unfinished solutions are stopped.

        If the budget was spent before any solution had an answer, the most promising one is
        written to its end.
        """
        going = [one for one in self.field if one.finish is None]
        if going and self.task.exhausted and not any(one.answer() for one in self.field):
            await max(going, key=lambda one: (one.score or 0.0, one.written)).go()
        for rollout in going:
            rollout.end("stopped")

    async def _step(self, rollout: Rollout) -> None:
        await rollout.step()
        if rollout.finish is None and rollout.answer() is not None:
            rollout.end("answer")  # it has stated an answer
        if rollout.finish is not None:
            await rollout.close()
            self._told += 1
            most = max(self._told, self.task.options.samples)
            self.task.listener.sample(self._told, most, rollout.sample())
