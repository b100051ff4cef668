"""What a solution is worth so far: by a reward model, or by what its programs did."""

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
    """Puts a number from 0 to 1 on solutions, finished or not: its best guess of how likely each
    is right.

    `name` says in transcripts what the scores come from. Where it `compares`, a score depends on
    what else is scored with it.
    """

    name: str
    compares: bool = False

    @property
    def tokens(self) -> int:
        """How many tokens went through a model for the scores."""
        return 0

    @abstractmethod
    async def score(self, rollouts: Sequence[Rollout]) -> None:
        """Rate each: of these and no others where they are compared.

        Raises:
            EngineError, ModelError: the reward model failed.
        """

    @abstractmethod
    async def keep(self, rollouts: Sequence[Rollout]) -> None:
        """Give up what is held for solutions that none of `rollouts` is or goes on from."""

    @abstractmethod
    async def close(self) -> None:
        """Give back all places in an engine."""


class ExecutionScorer(Scorer):
    """Scores by the executor's evidence, where there is no reward model.

    Each piece of evidence is an observation, for or against, and the score is what Laplace's rule
    of succession makes of them: (1 + for) / (2 + for + against). Observed are

    - the last program: it ran, or it failed;
    - its answer: a program printed it, or programs ran and none did;
    - other solutions with the same result, which is a solution's answer or, on the way to it, the
      last output: each is one for it, copies with the same output in common being one;
    - finished solutions, where this one is finished too, with another answer: each is one against
      it;
    - that it ended without an answer, which is one against it.

    Args:
        grader: says which results are equal.
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
        """Number the classes of equal results; a text keeps its class."""
        self._known += dict.fromkeys(text for text in texts if text not in self._known)
        if len(self._known) > len(self._classes):
            await asyncio.to_thread(self._grouping.add, list(self._known))
            self._classes = {
                self._known[index]: number
                for number, group in enumerate(self._grouping.classes())
                for index in group.indices
            }


@dataclass(frozen=True)
class _Result:
    """What a solution has come to, whether for good, whether a program printed just that as the
    answer, and the one thing that it rests on."""

    text: str | None
    final: bool
    printed: bool
    source: int


def _result(rollout: Rollout) -> _Result:
    ok = [one for one in rollout.executions if one.status == "ok"]
    # Copies hold the same objects up to where they parted.
    source = id(ok[-1] if ok else rollout.segments[-1] if rollout.segments else rollout)
    answer = rollout.answer()
    final = rollout.finish not in (None, "stopped")
    text = answer.text if answer else None
    said = answer is not None and printed(answer.text, rollout.executions)
    if text is None and not final and ok:
        text = ok[-1].stdout.strip() or ok[-1].value or None
    return _Result(text, final, said, source)


def _last_program(rollout: Rollout) -> tuple[int, int]:
    if not rollout.executions:
        return 0, 0
    ran = rollout.executions[-1].status == "ok"
    return int(ran), int(not ran)


def aggregate(scores: Sequence[float], how: Aggregation) -> float:
    """What the scores of its steps make of a solution; 0 without steps.

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
    r"""A solution's steps as a reward model reads them.

    A step is a paragraph, or words with their program and its output. It does not depend on
    whether the solution was written in one go or step by step.

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
