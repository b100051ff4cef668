"""Scores of solutions, finished or not: by a reward model, or by the results of their programs."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mathcli.models import Aggregation
from mathcli.solving.evidence import printed
from mathcli.solving.rollout import Rollout
from mathcli.solving.transcript import Segment

if TYPE_CHECKING:
    from mathcli.answers import Grader

EXECUTION = "execution"


class Scorer(ABC):
    """Gives solutions, finished or not, a score from 0 to 1: the estimated probability that each
    is right.

    `name` is the source of the scores, for transcripts. If it `compares`, a score depends on the
    other solutions that are scored together.
    """

    name: str
    compares: bool = False

    @property
    def tokens(self) -> int:
        """Tokens evaluated by a model for the scores."""
        return 0

    @abstractmethod
    async def score(self, rollouts: Sequence[Rollout]) -> None:
        """Score each rollout; a scorer that compares, compares these and no others.

        Raises:
            EngineError, ModelError: the reward model failed.
        """

    @abstractmethod
    async def keep(self, rollouts: Sequence[Rollout]) -> None:
        """Drop everything kept for solutions that are not among `rollouts` or their beginnings."""

    @abstractmethod
    async def close(self) -> None:
        """Close all sequences that it holds in an engine."""


class ExecutionScorer(Scorer):
    """Scores by the executor's evidence, used when there is no reward model.

    Each piece of evidence is one observation for or against a solution, and the score is Laplace's
    rule of succession: (1 + for) / (2 + for + against). The observations are

    - the last program: it ran, or it failed;
    - its answer: a program printed it, or programs ran and none did;
    - other solutions with the same result (the answer, or the last output of an unfinished
      solution): one each for it; copies that share the same output count as one;
    - finished solutions with another answer, if this one is finished too: one each against it;
    - an end without an answer: one against it.

    Args:
        grader: decides which results are equal.
    """

    name = EXECUTION
    compares = True

    def __init__(self, grader: Grader | None) -> None:
        from mathcli.answers import Grouping

        self._grouping = Grouping(grader)
        self._known: list[str] = []
        self._classes: dict[str, int] = {}

    async def score(self, rollouts: Sequence[Rollout]) -> None:
        results = [_result(rollout) for rollout in rollouts]
        await self._classify([result.text for result in results if result.text is not None])
        groups = [None if one.text is None else self._classes[one.text] for one in results]
        for rollout, result, group in zip(rollouts, results, groups, strict=True):
            agree = {
                other.source
                for other, its_group in zip(results, groups, strict=True)
                if group is not None and its_group == group and other.source != result.source
            }
            differ = {
                other.source
                for other, its_group in zip(results, groups, strict=True)
                if result.final and other.final and its_group not in (None, group)
            }
            ran, failed = _last_program(rollout)
            wins = ran + result.printed + len(agree)
            losses = (
                failed
                + (result.final and (group is None or bool(ran and not result.printed)))
                + len(differ - {result.source})
            )
            rollout.rate((1 + wins) / (2 + wins + losses))

    async def keep(self, rollouts: Sequence[Rollout]) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is held."""

    async def _classify(self, texts: Sequence[str]) -> None:
        """Number the classes of equal results; a text keeps its number."""
        self._known += dict.fromkeys(text for text in texts if text not in self._known)
        if len(self._known) > len(self._classes):
            await asyncio.to_thread(self._grouping.add, list(self._known))
            self._classes = {
                self._known[index]: number
                for number, group in enumerate(self._grouping.classes())
                for index in group.indices
            }


@dataclass(frozen=True)
class _InterimResult:
    """A solution's result so far, whether it is final, whether a program printed it as the answer,
    and the one object that it comes from."""

    text: str | None
    final: bool
    printed: bool
    source: int


def _result(rollout: Rollout) -> _InterimResult:
    ok = [one for one in rollout.executions if one.status == "ok"]
    # Forks share the same objects up to the fork.
    source = id(ok[-1] if ok else rollout.segments[-1] if rollout.segments else rollout)
    answer = rollout.answer()
    final = rollout.finish not in (None, "stopped")
    text = answer.text if answer else None
    said = answer is not None and printed(answer.text, rollout.executions)
    if text is None and not final and ok:
        text = ok[-1].stdout.strip() or ok[-1].value or None
    return _InterimResult(text, final, said, source)


def _last_program(rollout: Rollout) -> tuple[int, int]:
    if not rollout.executions:
        return 0, 0
    ran = rollout.executions[-1].status == "ok"
    return int(ran), int(not ran)


def aggregate(scores: Sequence[float], how: Aggregation) -> float:
    """A solution's score from the scores of its steps; 0 without steps.

    >>> [aggregate([0.5, 0.2, 0.8], how) for how in ("last", "min", "mean")]
    [0.8, 0.2, 0.5]
    """
    if not scores:
        return 0.0
    if how == "min":
        return min(scores)
    if how == "product":
        return math.prod(scores)
    return sum(scores) / len(scores) if how == "mean" else scores[-1]


def solution_steps(segments: Sequence[Segment]) -> tuple[str, ...]:
    r"""A solution's steps, in the form that a reward model reads.

    A step is a paragraph, or text with its program and output, whether the solution was
    written at once or step by step.

    >>> words = Segment("text", "First.\n\nThen:", 0, 0)
    >>> program, output = Segment("code", "print(6)", 0, 0), Segment("output", "6", 0, 0)
    >>> solution_steps([words, program, output])
    ('First.', 'Then:\n```python\nprint(6)\n```\n```output\n6\n```')
    """
    steps: list[str] = []
    parts: list[str] = []

    def end() -> None:
        text = "\n".join(part.strip() for part in parts if part.strip())
        parts.clear()
        if text:
            steps.append(text)

    for segment in segments:
        if segment.kind == "text":
            first, *others = segment.text.split("\n\n")
            parts.append(first)
            for paragraph in others:
                end()
                parts.append(paragraph)
        elif segment.kind == "thought":
            continue
        elif segment.kind == "code":
            parts.append(f"```python\n{segment.text}\n```")
        else:
            parts.append(f"```output\n{segment.text}\n```")
            end()
    end()
    return tuple(steps)
