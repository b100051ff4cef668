"""Step-level beam search (AlphaMath, Chen et al. 2024): the best of all next steps are kept."""

from __future__ import annotations

from collections.abc import Sequence

from mathcli.solving.concurrency import together
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.competing import Competing

DEPTH = 10


def widths(samples: int, branch: int) -> tuple[int, int]:
    """The beam's width B1 and the children B2 of each of its members, for B1 * B2 samples.

    >>> widths(15, 5), widths(3, 4), widths(8, 4)
    ((3, 5), (1, 3), (2, 4))
    """
    children = min(branch, samples)
    return max(1, samples // children), children


def kept(rollouts: Sequence[Rollout], width: int) -> list[Rollout]:
    """The `width` rollouts with the highest scores; among equal ones the first."""
    return sorted(rollouts, key=lambda one: -(one.score or 0.0))[:width]


class Beam(Competing):
    """Beam search; a finished solution stays in the beam until better ones displace it."""

    takes = Competing.takes | {"branch"}

    async def run(self) -> None:
        width, branch = widths(self.task.options.samples, self.task.options.branch)
        root = await self.begin()
        children = await self.copies(root, width * branch)
        beam: list[Rollout] = []
        finished: list[Rollout] = []
        for _ in range(DEPTH):
            done = [one for one in beam if one.finish is not None]
            self.field = [*finished, *children]
            await self.advance(children)
            await self.scorer.score([*done, *children])
            beam = kept([*done, *children], width)
            finished += [one for one in children if one.finish is not None]
            await self.drop(children, beam)
            going = [one for one in beam if one.finish is None]
            self.field = [*finished, *going]
            if not going or self.task.exhausted:
                break
            broods = await together(self.copies(one, branch) for one in going)
            children = [one for brood in broods for one in brood if one.finish is None]
        await self.conclude()
