"""Particle filtering (Puri et al. 2025): a population of solutions is resampled after each step by
the probability that each is right, so that tokens go to the most promising ones.

Several iterations are particle Gibbs (Andrieu et al. 2010): each iteration is conditioned on one
solution of the previous one (the reference), drawn by its weight. It stays in the population and
competes at every step with the state it had at that step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.competing import Competing
from mathcli.solving.task import Task

if TYPE_CHECKING:  # slow to import, and not needed to read transcripts
    import numpy as np
    import numpy.typing as npt

MOST_STEPS = 40
_CERTAIN = 1e-6  # scores are clipped to this distance from 0 and 1


def weights(scores: Sequence[float], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """softmax(logit(score) / temperature): the probability of drawing each particle.

    >>> weights([0.5, 0.8]).round(3).tolist()  # odds of 1 and 4
    [0.2, 0.8]
    """
    import numpy as np

    certain = np.clip(np.asarray(scores, np.float64), _CERTAIN, 1 - _CERTAIN)
    logits = np.log(certain / (1 - certain)) / temperature
    mass = np.exp(logits - logits.max())
    return np.asarray(mass / mass.sum())


def resample(chances: npt.NDArray[np.float64], n: int, random: np.random.Generator) -> list[int]:
    """Indices of `n` particles drawn with replacement, in ascending order."""
    return sorted(random.choice(len(chances), size=n, p=chances).tolist())


@dataclass(frozen=True, eq=False)
class Particle:
    """An unfinished solution, and its states after earlier steps, if those are kept."""

    rollout: Rollout
    trail: tuple[Rollout, ...] = ()

    def at(self, step: int) -> Particle:
        """The state after step `step`, from 0; after the last step, the final state."""
        if step >= len(self.trail):
            return self
        return Particle(self.trail[step], self.trail[:step])


class Particles(Competing):
    """Particle filtering; the answer is that of the particle with the highest score at the end."""

    takes = Competing.takes | {"iterations"}

    def __init__(self, task: Task) -> None:
        import numpy as np

        super().__init__(task)
        self._random = np.random.default_rng(task.options.sampling.seed)
        self._settled: list[Rollout] = []

    async def run(self) -> None:
        options = self.task.options
        root = await self.begin()
        reference: Particle | None = None
        for _ in range(options.iterations or 1):
            particles = await self._sweep(root, reference)
            self._settled = list(self.field)
            if self.task.exhausted:
                break
            [drawn] = resample(self._weights(particles), 1, self._random)
            reference = particles[drawn]
        await self.conclude()

    async def _sweep(self, root: Rollout, reference: Particle | None) -> list[Particle]:
        """One run of the filter; the reference, if any, is the first particle."""
        fresh = max(1, self.task.options.samples - (reference is not None))
        particles = [Particle(one) for one in await self.copies(root, fresh)]
        for step in range(MOST_STEPS):
            self._compete(particles, reference)
            await self.advance(particle.rollout for particle in particles)
            everybody = [*([reference.at(step)] if reference else []), *particles]
            await self.scorer.score(_distinct(everybody))
            unfinished = any(one.rollout.finish is None for one in particles)
            if not unfinished or self.task.exhausted or step == MOST_STEPS - 1:
                break
            drawn = resample(self._weights(everybody), fresh, self._random)
            particles = await self._descend(everybody, drawn)
        return [*([reference] if reference else []), *particles]

    async def _descend(self, parents: Sequence[Particle], drawn: Sequence[int]) -> list[Particle]:
        """The next generation: each parent is copied as often as it was drawn.

        With one iteration a parent is its own first copy, and parents that were not drawn are
        closed. With more iterations all parents are kept unchanged, because one may be part of
        the next reference.
        """
        keeping = (self.task.options.iterations or 1) > 1
        children: list[Particle] = []
        for index, times in Counter(drawn).items():
            parent = parents[index]
            if parent.rollout.finish is not None:
                children += [parent] * times
            elif keeping:
                trail = (*parent.trail, parent.rollout)
                twins = await self.copies(parent.rollout, times)
                children += [Particle(twin, trail) for twin in twins]
            else:
                twins = await self.copies(parent.rollout, times - 1)
                children += [parent, *(Particle(twin) for twin in twins)]
        if not keeping:
            await self.drop(_distinct(parents), _distinct(children))
        return children

    def _weights(self, particles: Sequence[Particle]) -> npt.NDArray[np.float64]:
        return weights([particle.rollout.score or 0.0 for particle in particles])

    def _compete(self, particles: Sequence[Particle], reference: Particle | None) -> None:
        everybody = [*([reference] if reference else []), *particles]
        field = {id(one): one for one in [*self._settled, *_distinct(everybody)]}
        self.field = list(field.values())


def _distinct(particles: Sequence[Particle]) -> list[Rollout]:
    """The particles' solutions, each once: finished particles may share one."""
    return list({id(one.rollout): one.rollout for one in particles}.values())
