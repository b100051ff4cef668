"""The interface of strategies: they spend a task's tokens and can give an answer at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from mathcli.solving.rollout import Rollout
from mathcli.solving.task import Task
from mathcli.solving.transcript import AnswerInfo, Evidence, Vote


@dataclass(frozen=True)
class Decision:
    """The result of a strategy.

    Args:
        chosen: the rollout whose reasoning is shown.
        answer: its answer, or an equal one that is more readable.
        evidence: for the answer.
        attempts: rollouts that were given up before the chosen one was begun.
        samples: the rollouts that competed, including the chosen one.
        votes: the answers they gave, the most frequent first.
        agreement: the share of the votes that the answer has.
        scored_by: what decided between the samples, if not their number alone.
        judgment: the model's text when it was asked to decide.
    """

    chosen: Rollout
    answer: AnswerInfo | None
    evidence: Evidence | None
    attempts: tuple[Rollout, ...] = ()
    samples: tuple[Rollout, ...] = ()
    votes: tuple[Vote, ...] = ()
    agreement: float | None = None
    scored_by: str | None = None
    judgment: str | None = None

    @classmethod
    def on(cls, chosen: Rollout, **others: Any) -> Decision:
        """The decision for this rollout and its own answer."""
        return cls(chosen, *chosen.said(), **others)

    def instead(self, chosen: Rollout, **changes: Any) -> Decision:
        """This decision with another rollout chosen, for its own answer."""
        answer, evidence = chosen.said()
        return replace(self, chosen=chosen, answer=answer, evidence=evidence, **changes)


class Strategy(ABC):
    """A way to spend test-time compute on one problem.

    Attributes:
        takes: the options that it uses besides the number of samples: of `confidence`,
            `paraphrase`, `reward`, `branch`, `iterations`.
        independent: whether its samples are drawn independently, as pass@k requires.
        votes: whether its answer is the most common one of its samples.
        experimental: whether it was not shown to beat a vote of the same cost on a real model;
            help and documents mark such strategies.
    """

    takes: ClassVar[frozenset[str]] = frozenset()
    independent: ClassVar[bool] = True
    votes: ClassVar[bool] = False
    experimental: ClassVar[bool] = True

    @classmethod
    def places(cls, samples: int, branch: int) -> int:
        """Most solutions that are in the engine at once."""
        return samples

    def __init__(self, task: Task) -> None:
        self.task = task

    @abstractmethod
    async def run(self) -> None:
        """Work until there is no more to do. When time is up it is cancelled, at any `await`."""

    @abstractmethod
    async def decide(self) -> Decision:
        """The answer, from the work done so far."""

    @property
    def reward_tokens(self) -> int:
        """Tokens evaluated by a reward model."""
        return 0

    async def close(self) -> None:  # noqa: B027 (most hold nothing)
        """Close what it holds besides the task's rollouts."""
