"""How a problem is to be solved, and who watches it being solved."""

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
        method: the card's first, if none is named.
        rounds: most programs of one solution; the card's, if not given.
        max_tokens: most tokens of one generation; the card's, if not given.
        timeout: seconds for the whole of the problem.
        strategy: how several solutions become one answer.
        samples: most solutions that a strategy begins.
        budget: tokens that all solutions together may write, about: what is begun is ended.
        confidence: a vote ends when its leader is this safe; 1 never ends it early.
        min_agreement: with less of it the transcript says that a human is needed.
        min_trust: an answer with less of it, or with none, is withheld.
        check: put the answer back into the problem, or to a second program.
        paraphrases: how many rewordings of the problem are solved as well.
        branch: next steps that a beam or a tree tries after each step.
        think: how to think before answering: `on`, `off`, the most tokens of it, or the name of an
            effort; the card's way, if not given.
        iterations: how often particles begin anew, or a tree goes down; the strategy's usual
            number, if not given.
        earlier: the conversation that the problem goes on from.
        follows: the id of the transcript that this conversation ends with.
        kind: what the problem asks for, where its words are not to say that: one answer
            (`question`) or a proof.
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
    """Watches a solve as it happens."""

    def delta(self, kind: SegmentKind, text: str) -> None:
        """More text of the segment that is being written."""

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""

    def sample(self, number: int, of: int, sample: Sample) -> None:
        """One of several solutions has ended: the `number`-th of at most `of`, from 1."""

    def given_up(self, sample: Sample) -> None:
        """A solution is not believed, or led nowhere; what comes now is another one."""


class Silent:
    """A listener that does not listen."""

    def delta(self, kind: SegmentKind, text: str) -> None: ...

    def segment(self, segment: Segment) -> None: ...

    def sample(self, number: int, of: int, sample: Sample) -> None: ...

    def given_up(self, sample: Sample) -> None: ...
