"""What a strategy is: it spends a task's tokens, and says at any time what it would answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from mathcli.solving.rollout import Rollout
from mathcli.solving.task import Task
from mathcli.solving.transcript import AnswerInfo, Evidence, Vote


@dataclass(frozen=True)
class Decision:
    """What a strategy decided.

    Args:
        chosen: the rollout whose reasoning is shown.
        answer: its answer, or a more readable one that is equal to it.
        evidence: what speaks for the answer.
        attempts: rollouts that were given up before the chosen one was begun.
        samples: the rollouts that competed, the chosen one among them.
        votes: the answers they gave, the most frequent first.
        agreement: the share of the votes that the answer has.
        scored_by: what decided between the samples, where not their number alone.
        judgment: what the model said when it was asked to decide.
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
        """For this rollout and its own answer."""
        return cls(chosen, *chosen.said(), **others)

    def instead(self, chosen: Rollout, **changes: Any) -> Decision:
        """The same with another rollout chosen, for its own answer."""
        answer, evidence = chosen.said()
        return replace(self, chosen=chosen, answer=answer, evidence=evidence, **changes)


class Strategy(ABC):
    """A way to spend test-time compute on one problem.

    Attributes:
        takes: the options, beside the number of samples, that bear on it: of `confidence`,
            `paraphrase`, `reward`, `branch`, `iterations`.
        independent: whether its samples are drawn independently, as pass@k supposes.
        experimental: on no real model has it been shown to beat a vote of the same cost. The help
            and the documents say so.
    """

    takes: ClassVar[frozenset[str]] = frozenset()
    independent: ClassVar[bool] = True
    experimental: ClassVar[bool] = True

    @classmethod
    def places(cls, samples: int, branch: int) -> int:
        """How many of its solutions are in the engine at once, at most."""
        return samples

    def __init__(self, task: Task) -> None:
        self.task = task

    @abstractmethod
    async def run(self) -> None:
        """Work until there is no more to do. May be cancelled at any `await`: time is up."""

    @abstractmethod
    async def decide(self) -> Decision:
        """The answer, with what there is by now."""

    @property
    def reward_tokens(self) -> int:
        """Tokens that went through a reward model."""
        return 0

    async def close(self) -> None:  # noqa: B027 (most hold nothing)
        """Give back what it holds beside the task's rollouts."""
