"""Strategies for test-time compute, written on the interface of rollouts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.solving.methods import AUTO
from mathcli.solving.strategies.base import Decision, Strategy
from mathcli.solving.strategies.beam import Beam
from mathcli.solving.strategies.best import Best, Weighted
from mathcli.solving.strategies.once import Once
from mathcli.solving.strategies.particles import Particles
from mathcli.solving.strategies.select import Select
from mathcli.solving.strategies.switching import Switching
from mathcli.solving.strategies.tree import Tree
from mathcli.solving.strategies.vote import Vote

if TYPE_CHECKING:
    from mathcli.solving.task import Task

STRATEGIES: dict[str, type[Strategy]] = {
    "once": Once,
    "vote": Vote,
    "best": Best,
    "particles": Particles,
    "beam": Beam,
    "tree": Tree,
    "select": Select,
}


def strategies_that_take(option: str) -> list[str]:
    """The names of the strategies that use an option."""
    return [name for name, kind in STRATEGIES.items() if option in kind.takes]


def strategy_for(task: Task) -> Strategy:
    """The strategy for these options. A single solution with `auto` may switch its method; with a
    reward model, votes are weighted by its scores. A proof has no answer to vote on, so only one
    is written."""
    if task.form.kind == "proof":
        return Once(task)
    name = task.options.strategy
    if name == "once" and task.method == AUTO:
        return Switching(task)
    if name == "vote" and task.resources.reward is not None:
        return Weighted(task)
    return STRATEGIES[name](task)


__all__ = [
    "STRATEGIES",
    "Decision",
    "Strategy",
    "Switching",
    "strategies_that_take",
    "strategy_for",
]
