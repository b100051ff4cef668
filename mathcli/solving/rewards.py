"""Process reward models: another model reads a solution step by step and gives each step a
probability of being right (Lightman et al. 2024), from its logits for a good and a bad token."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from mathcli.engines import Piece, Sampling, TextSequence
from mathcli.errors import ContextFull, ModelError
from mathcli.solving.concurrency import together
from mathcli.solving.prompts import render_steps
from mathcli.solving.reward_model import RewardModel
from mathcli.solving.rollout import Rollout
from mathcli.solving.scoring import Scorer, aggregate, solution_steps

Steps = tuple[str, ...]


@dataclass(eq=False)
class _ScoredSteps:
    """Steps that one or more solutions begin with, as read so far, with a score for each step.

    `ahead` is the text after the last step's verdict; it is sent with the next step. When `full`,
    no further step fits into the context.
    """

    scores: tuple[float, ...]
    sequence: TextSequence
    ahead: Sequence[Piece] = ()
    full: bool = False
    closed: bool = False
    forking: asyncio.Lock = field(default_factory=asyncio.Lock)


class RewardScorer(Scorer):
    """Scores solutions of one problem with a process reward model.

    The steps read so far form a tree: a new step is appended to a fork of the sequence that holds
    the steps before it, so steps that solutions have in common are evaluated once. If a solution
    outgrows the reward model's context, only the steps that fit are scored.
    """

    def __init__(self, model: RewardModel, problem: str, *, partial: bool = False) -> None:
        """With `partial`, for unfinished solutions, the last step's score is used in place of the
        card's aggregation: it is the value of the whole text so far (Puri et al. 2025)."""
        self.name = model.name
        self._model = model
        self._problem = problem
        self._how = "last" if partial else model.reward.aggregation
        self._readings: dict[Steps, asyncio.Task[_ScoredSteps]] = {}

    @property
    def tokens(self) -> int:
        return sum(reading.sequence.counts.evaluated for reading in self._done().values())

    async def score(self, rollouts: Sequence[Rollout]) -> None:
        wanted = {id(one): solution_steps(one.segments) for one in rollouts}
        distinct = dict.fromkeys(steps for steps in wanted.values() if steps)
        readings = await together(self._reading(steps) for steps in distinct)
        found = {steps: one.scores for steps, one in zip(distinct, readings, strict=True)}
        for rollout in rollouts:
            rollout.rate(aggregate(found.get(wanted[id(rollout)], ()), self._how))

    async def keep(self, rollouts: Sequence[Rollout]) -> None:
        done = self._done()
        kept = {_longest(done, solution_steps(rollout.segments)) for rollout in rollouts}
        for steps, reading in done.items():
            if steps not in kept:
                await _give_back(reading)

    async def close(self) -> None:
        for task in self._readings.values():
            task.cancel()
        await asyncio.gather(*self._readings.values(), return_exceptions=True)
        await self.keep([])

    def _done(self) -> dict[Steps, _ScoredSteps]:
        return {
            steps: task.result()
            for steps, task in self._readings.items()
            if task.done() and not task.cancelled() and task.exception() is None
        }

    async def _reading(self, steps: Steps) -> _ScoredSteps:
        """Read these steps, or wait for the task that is already reading them."""
        if steps not in self._readings:
            self._readings[steps] = asyncio.ensure_future(self._read(steps))
        return await asyncio.shield(self._readings[steps])

    async def _read(self, steps: Steps) -> _ScoredSteps:
        before = await self._reading(steps[:-1]) if len(steps) > 1 else None
        if before is not None and before.full:
            return before
        text, ahead = self._split(render_steps(self._model.reward, self._problem, steps)[-1])
        if before is None:
            sequence = await self._model.engine.open(text, Sampling())
        else:
            sequence = await self._go_on(before, steps)
            await sequence.append([*before.ahead, *text])
        earlier = before.scores if before is not None else ()
        try:
            return _ScoredSteps((*earlier, await self._verdict(sequence)), sequence, ahead)
        except ContextFull:
            await sequence.close()
            return _ScoredSteps(earlier, sequence, full=True, closed=True)
        except BaseException:
            await sequence.close()
            raise

    async def _go_on(self, before: _ScoredSteps, steps: Steps) -> TextSequence:
        """A sequence that has read all but the last of the steps, up to the verdict of the last."""
        async with before.forking:
            if not before.closed:
                return (await before.sequence.fork(1))[0]
        rendered = render_steps(self._model.reward, self._problem, steps[:-1])
        rendered[-1], _ = self._split(rendered[-1])
        sequence = await self._model.engine.open(rendered[0], Sampling())
        for pieces in rendered[1:]:
            await sequence.append(pieces)
        return sequence

    def _split(self, pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
        """A step's text up to the place of its verdict, and the rest."""
        reward = self._model.reward
        if reward.position == "at":
            return list(pieces), []
        *others, last = pieces
        at = last.text.rfind(reward.good)
        if not last.markup or at < 0:
            raise ModelError(f"the card of {self.name} has no {reward.good!r} after the step")
        halves = Piece(last.text[:at], markup=True), Piece(last.text[at:], markup=True)
        return [*others, halves[0]] if halves[0].text else others, [halves[1]]

    async def _verdict(self, sequence: TextSequence) -> float:
        """The probability of the good token, out of the good and the bad one."""
        reward = self._model.reward
        try:
            good, bad = await sequence.score((reward.good, reward.bad))
        except ValueError as error:
            raise ModelError(f"the card of {self.name} does not fit it: {error}") from None
        return 1 / (1 + math.exp(min(700.0, bad - good)))


async def _give_back(reading: _ScoredSteps) -> None:
    async with reading.forking:
        if not reading.closed:
            reading.closed = True
            await reading.sequence.close()


def _longest(known: Container[Steps], steps: Steps) -> Steps:
    """The longest prefix of the steps that was read before."""
    return next((steps[:n] for n in range(len(steps), 0, -1) if steps[:n] in known), ())
