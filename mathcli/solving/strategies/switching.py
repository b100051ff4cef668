"""`auto`: the method that suits the problem, and the other one where that leads nowhere.

The switch between rounds of AutoCode4Math (Wang et al. 2025): words that end without an answer
they stand by are followed by a program, and programs that fail by words. So are words in which
the model was in doubt: see `doubt`.
"""

from __future__ import annotations

from mathcli.solving.doubt import doubted
from mathcli.solving.methods import other_method
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.base import Decision, Strategy

FAILURES = 3
"""Programs of one solution that may raise or be stopped before words are tried."""


class Switching(Strategy):
    """One solution; where it is given up, another with the other method."""

    experimental = False

    async def run(self) -> None:
        doubt = self.task.doubt
        first = await self.task.open()
        await first.go(until=given_up)
        other = other_method(self.task.resources.card, first.used)
        lost = leads_nowhere(first) or doubted(first.least_probability, doubt)
        if other and lost and not self.task.exhausted:
            self.task.listener.given_up(first.sample())
            await (await self.task.open(other)).go()

    async def decide(self) -> Decision:
        rollouts = self.task.rollouts
        answered = [rollout for rollout in rollouts if rollout.answer() is not None]
        chosen = (answered or rollouts)[-1]
        others = tuple(rollout for rollout in rollouts if rollout is not chosen)
        return Decision.on(chosen, attempts=others)


def given_up(rollout: Rollout) -> bool:
    """Have too many of its programs failed?"""
    return sum(execution.status != "ok" for execution in rollout.executions) >= FAILURES


def leads_nowhere(rollout: Rollout) -> bool:
    """Has it no answer but a guess from its last words, or been given up?"""
    return given_up(rollout) or rollout.answer(guess=False) is None
