"""Best-of-N: the one of several complete solutions with the highest score; and votes weighted by
the solutions' scores (Li et al. 2023)."""

from __future__ import annotations

from dataclasses import replace

from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.ballots import ballots
from mathcli.solving.strategies.base import Decision
from mathcli.solving.strategies.competing import best_of, scorer_for, share_of
from mathcli.solving.strategies.vote import Vote
from mathcli.solving.task import Task


class Best(Vote):
    """Samples like a vote, without ending early: the most frequent answer need not be the best."""

    experimental = True
    votes = False
    takes = frozenset({"reward"})
    ends_early = False

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.scorer = scorer_for(task, partial=False)

    @property
    def reward_tokens(self) -> int:
        """Tokens evaluated by a reward model."""
        return self.scorer.tokens

    async def close(self) -> None:
        """Close the sequences of the scored solutions."""
        await self.scorer.close()

    async def decide(self) -> Decision:
        decision = await super().decide()
        scored = await self._scored()
        if not scored:
            return decision
        chosen = best_of(scored)
        agreement = share_of(chosen, await ballots(self.task, scored))
        return decision.instead(chosen, agreement=agreement, scored_by=self.scorer.name)

    async def _write(self, sample: Rollout, number: int) -> None:
        await super()._write(sample, number)
        if not self.scorer.compares:  # a scorer that compares scores at the end, with all solutions
            await self.scorer.score([self._samples[number - 1]])

    async def _scored(self) -> list[Rollout]:
        """The solutions that came to their end, with their scores."""
        ended = [self._samples[number] for number in sorted(self._ended)]
        if self.scorer.compares:
            await self.scorer.score(ended)
        return [one for one in ended if one.score is not None and one.finish != "stopped"]


class Weighted(Best):
    """A vote weighted by the solutions' scores."""

    async def decide(self) -> Decision:
        decision = await Vote.decide(self)
        scored = [one for one in await self._scored() if not one.pruned]
        counted = await ballots(self.task, scored, [one.score or 0.0 for one in scored])
        winner = counted.winner
        if winner is None:
            return decision
        return replace(
            decision,
            chosen=best_of(winner.rollouts),
            answer=winner.answer,
            votes=counted.votes,
            agreement=counted.agreement,
            scored_by=self.scorer.name,
        )
