"""Monte Carlo tree search over steps with programs, as rStar-Math (Guan et al. 2025) does it.

A trajectory descends from the problem by UCT to a finished solution. At a step without successors,
several are written and their programs run; those that fail are pruned, and the scores of the others
are their initial values. At the end, the solution's value is added to every step that led to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mathcli.solving.concurrency import together
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.ballots import ballots
from mathcli.solving.strategies.base import Decision
from mathcli.solving.strategies.competing import Competing, best_of
from mathcli.solving.task import Task

DEPTH = 16
EXPLORATION = 2.0
TRAJECTORIES = 4


@dataclass(eq=False)
class Node:
    """A solution up to some step. `total` is the sum of the values of `visits` visits, of which
    the first is its own score."""

    rollout: Rollout
    parent: Node | None = None
    total: float = 0.0
    visits: int = 1
    children: list[Node] = field(default_factory=list)
    expanded: bool = False

    @property
    def depth(self) -> int:
        """Steps from the root."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def value(self) -> float:
        """The mean of its visits."""
        return self.total / self.visits

    def uct(self, exploration: float = EXPLORATION) -> float:
        """Its value, plus an exploration term that falls with its visits (Kocsis 2006)."""
        visits = self.parent.visits if self.parent is not None else 1
        return self.value + exploration * math.sqrt(math.log(visits) / self.visits)

    def back_up(self, value: float) -> None:
        """Count a visit of value `value`, here and in all ancestors."""
        node: Node | None = self
        while node is not None:
            node.visits += 1
            node.total += value
            node = node.parent


class Tree(Competing):
    """Several trees at the same time; the best answer of each gets a vote."""

    takes = Competing.takes | {"branch", "iterations"}

    @classmethod
    def places(cls, samples: int, branch: int) -> int:
        """The next steps that each tree tries at once."""
        return samples * branch

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._finished: list[list[Rollout]] = []

    async def run(self) -> None:
        root = await self.begin()
        roots = await self.copies(root, self.task.options.samples)
        self._finished = [[] for _ in roots]
        await together(
            self._grow(Node(root), found) for root, found in zip(roots, self._finished, strict=True)
        )
        await self.conclude()

    async def decide(self) -> Decision:
        await self.rescore([one for found in self._finished for one in found])
        winners = [best_of(found) for found in self._finished if found]
        if not winners:
            winners = [best_of(self.field or self.task.rollouts[:1])]
        votes = await ballots(self.task, winners)
        chosen = best_of(votes.winner.rollouts if votes.winner else winners)
        return await self.decision(chosen, winners)

    async def _grow(self, tree: Node, found: list[Rollout]) -> None:
        """Run the requested number of trajectories."""
        for _ in range(self.task.options.iterations or TRAJECTORIES):
            if self.task.exhausted:
                return
            tree.expanded = tree.expanded and bool(tree.children)
            end = await self._descend(tree)
            rollout = end.rollout
            if rollout.finish is not None and rollout not in found:
                found.append(rollout)
            worth = rollout.score if rollout.answer() is not None else None
            end.back_up(worth or 0.0)

    async def _descend(self, tree: Node) -> Node:
        """Descend from the root to a finished solution, or as far as possible."""
        node = tree
        while node.rollout.finish is None and (node.expanded or self._may_expand(node)):
            if not node.expanded:
                await self._expand(node)
            if node.children:
                node = max(node.children, key=Node.uct)
            elif node.parent is not None:
                node.parent.children.remove(node)  # all successors have failed
                node = node.parent
            else:
                break
        return node

    def _may_expand(self, node: Node) -> bool:
        return node.depth < DEPTH and not self.task.exhausted

    async def _expand(self, node: Node) -> None:
        """Write several next steps and keep those without a failed program."""
        node.expanded = True
        programs = len(node.rollout.executions)
        steps = await self.copies(node.rollout, self.task.options.branch)
        await self.advance(steps)
        ran = [one for one in steps if all(e.status == "ok" for e in one.executions[programs:])]
        self.field += ran
        await self.scorer.score([*ran, *(one for found in self._finished for one in found)])
        for step in steps:
            if step not in ran:
                await step.close()
        node.children += [Node(step, node, step.score or 0.0) for step in ran]
