"""Votes of rollouts: equal answers are one candidate, however they are written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.solving.methods import PROGRAMS
from mathcli.solving.rollout import Rollout
from mathcli.solving.task import Task
from mathcli.solving.transcript import AnswerInfo, Vote

if TYPE_CHECKING:
    from mathcli.answers import Grader


@dataclass(frozen=True)
class Candidate:
    """An answer and the rollouts that gave it, in order.

    `weight` is the sum of their weights. `answer` is the most readable of their answers.
    """

    answer: AnswerInfo
    weight: float
    rollouts: tuple[Rollout, ...]

    @property
    def count(self) -> int:
        """The number of rollouts that gave it."""
        return len(self.rollouts)

    @property
    def representative(self) -> Rollout:
        """The rollout to show: the first whose own program printed its answer, or the first."""
        return next((one for one in self.rollouts if _computed(one)), self.rollouts[0])


@dataclass(frozen=True)
class Ballots:
    """A counted vote.

    Args:
        candidates: the heaviest first; among equal ones the one that was seen first.
        cast: how many rollouts took part, including those without an answer or a vote.
        weighted: whether the rollouts had weights.
        pruned: the rollouts whose answer was ignored.
    """

    candidates: tuple[Candidate, ...] = ()
    cast: int = 0
    weighted: bool = False
    pruned: tuple[Rollout, ...] = ()

    @property
    def winner(self) -> Candidate | None:
        """The candidate with the most votes."""
        return self.candidates[0] if self.candidates else None

    @property
    def agreement(self) -> float | None:
        """The winner's votes as a share of all rollouts that took part, without weights.

        A rollout without an answer, or with an ignored one, counts as disagreeing.
        """
        return self.winner.count / self.cast if self.winner else None

    @property
    def votes(self) -> tuple[Vote, ...]:
        """The candidates as recorded in a transcript."""
        return tuple(
            Vote(one.answer.text, one.count, round(one.weight, 6) if self.weighted else None)
            for one in self.candidates
        )


class BallotBox:
    """Takes votes as rollouts end, and counts them at any time.

    Args:
        grader: decides which answers are equal.
    """

    def __init__(self, grader: Grader | None) -> None:
        from mathcli.answers import Grouping

        self._grouping = Grouping(grader)
        self._cast = 0
        self._voters: list[tuple[Rollout, AnswerInfo, float | None]] = []

    def cast(self, rollout: Rollout, weight: float | None = None) -> None:
        """Take the vote of a rollout that has ended.

        A rollout without an answer counts only as taking part.
        """
        self._cast += 1
        answer = rollout.answer()
        if answer is not None:
            self._voters.append((rollout, answer, weight))

    async def count(self, *, prune: bool = False) -> Ballots:
        """The votes so far. Answers are compared in a thread, so the event loop is not blocked.

        Args:
            prune: if programs of some rollouts ran, ignore the answers of rollouts that should
                have used programs but of which none ran (NuminaMath's rule, Beeching et al.
                2024).
        """
        voters = list(self._voters)
        await asyncio.to_thread(self._grouping.add, [answer.text for _, answer, _ in voters])
        unfounded = _unfounded([rollout for rollout, _, _ in voters]) if prune else set()
        candidates = []
        for group in self._grouping.classes():
            counted = [index for index in group.indices if index < len(voters)]
            members = [voters[index] for index in counted if index not in unfounded]
            if not members:  # another call may have grouped later votes
                continue
            readable = next((a for _, a, _ in members if a.text == group.answer), members[0][1])
            weights = [1.0 if weight is None else weight for _, _, weight in members]
            rollouts = tuple(rollout for rollout, _, _ in members)
            candidates.append(Candidate(readable, sum(weights), rollouts))
        weighted = any(weight is not None for _, _, weight in voters)
        candidates.sort(key=lambda one: -one.weight)  # stable: ties stay as first seen
        pruned = tuple(voters[index][0] for index in sorted(unfounded))
        return Ballots(tuple(candidates), self._cast, weighted, pruned)


async def ballots(
    task: Task, rollouts: Sequence[Rollout], weights: Sequence[float] | None = None
) -> Ballots:
    """The vote of finished rollouts, with weights or without.

    Raises:
        ValueError: the number of weights differs from that of rollouts.
    """
    box = BallotBox(task.resources.grader)
    given = weights if weights is not None else [None] * len(rollouts)
    for rollout, weight in zip(rollouts, given, strict=True):
        box.cast(rollout, weight)
    return await box.count()


def _unfounded(rollouts: Sequence[Rollout]) -> set[int]:
    """The indices of rollouts without a program that ran to its end, if others have one."""
    ran = [any(one.status == "ok" for one in rollout.executions) for rollout in rollouts]
    if not any(ran):
        return set()
    return {
        index
        for index, rollout in enumerate(rollouts)
        if not ran[index] and rollout.used in PROGRAMS
    }


def _computed(rollout: Rollout) -> bool:
    answer = rollout.answer()
    return answer is not None and rollout.evidence(answer) == "computed"
