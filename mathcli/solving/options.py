"""The options for solving one problem, and the interface for listening to its progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from mathcli.engines import Sampling
from mathcli.solving.transcript import Exchange, Sample, Segment, SegmentKind

StrategyName = Literal["once", "vote", "best", "particles", "beam", "tree", "select"]


@dataclass(frozen=True)
class SolveOptions:
    """How to solve one problem.

    Args:
        method: default: the card's first.
        rounds: most programs in one solution; default: the card's.
        max_tokens: most tokens in one generation; default: the card's.
        timeout: seconds for the whole problem.
        strategy: how several solutions become one answer.
        samples: most solutions that a strategy begins.
        budget: tokens that all solutions together may write, approximately: a solution that was
            begun is finished.
        confidence: a vote ends when its leader wins with this probability; with 1 it never ends
            early.
        min_agreement: with a lower agreement the transcript is marked `needs_human`.
        min_trust: an answer with a lower or unknown trust is withheld.
        check: check the answer by substitution, or with a second program.
        paraphrases: how many rewordings of the problem are solved as well.
        branch: next steps that a beam or a tree tries after each step.
        think: thinking before the answer: `on`, `off`, the most tokens, or the name of an effort;
            default: as in the card.
        iterations: sweeps of particle Gibbs, or trajectories of a tree search; default: the
            strategy's.
        earlier: the conversation before the problem.
        follows: the id of the transcript that this conversation ends with.
        kind: what the problem asks for, one answer (`question`) or a proof; default: recognized
            from its text.
    """

    method: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    rounds: int | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    strategy: StrategyName = "once"
    samples: int = 1
    budget: int | None = None
    confidence: float = 0.95
    min_agreement: float | None = None
    min_trust: float | None = None
    check: bool = False
    paraphrases: int = 0
    branch: int = 4
    iterations: int | None = None
    think: int | str | None = None
    earlier: tuple[Exchange, ...] = ()
    follows: str | None = None
    kind: Literal["question", "proof"] | None = None


class Listener(Protocol):
    """Receives the events of a solve as they happen."""

    def delta(self, kind: SegmentKind, text: str) -> None:
        """New text of the segment that is being written."""

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""

    def sample(self, number: int, of: int, sample: Sample) -> None:
        """One of several solutions has ended: number `number` (from 1) of at most `of`."""

    def given_up(self, sample: Sample) -> None:
        """A solution was rejected or found no answer; the events that follow are of another one."""


class Silent:
    """A listener that ignores all events."""

    def delta(self, kind: SegmentKind, text: str) -> None: ...

    def segment(self, segment: Segment) -> None: ...

    def sample(self, number: int, of: int, sample: Sample) -> None: ...

    def given_up(self, sample: Sample) -> None: ...
