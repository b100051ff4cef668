"""Particle filtering (Puri et al. 2025): solutions are a population that is resampled after each
step by how likely its members are right, so that tokens go where they promise most.

Several iterations are particle Gibbs (Andrieu et al. 2010): each is conditioned on one solution
of the one before, which is drawn by its weight, keeps its place, and competes at every step with
what it was at that step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.competing import Competing
from mathcli.solving.task import Task

if TYPE_CHECKING:  # slow to import, and not every command that reads transcripts needs it
    import numpy as np
    import numpy.typing as npt

MOST_STEPS = 40
_CERTAIN = 1e-6  # a score this close to 0 or 1 is no closer


def weights(scores: Sequence[float], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """softmax(logit(score) / temperature), the chance of each particle to be drawn.

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
    """A solution on its way, and what it was after each step before, where that is kept."""

    rollout: Rollout
    trail: tuple[Rollout, ...] = ()

    def at(self, step: int) -> Particle:
        """What it was after its `step`-th step, from 0; at the end what it has become."""
        if step >= len(self.trail):
            return self
        return Particle(self.trail[step], self.trail[:step])


class Particles(Competing):
    """The particle with the highest score of its last step answers."""

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
        """One filter from the first step to the last; the reference is the first particle."""
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
        """The next generation: as many copies of each parent as it was drawn.

        With one iteration a parent is its own first copy, and who was not drawn is given up.
        With more all of them are kept as they are: one may be part of the next reference.
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
    """Their solutions, each once: finished particles may be the same one."""
    return list({id(one.rollout): one.rollout for one in particles}.values())
