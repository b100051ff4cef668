"""How a problem is to be solved, and who watches it being solved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from mathcli.engines import Sampling
from mathcli.solving.transcript import Sample, Segment, SegmentKind

StrategyName = Literal["once"]


@dataclass(frozen=True)
class SolveOptions:
    """How to solve. `method`, `rounds` and `max_tokens` default to the card's; `timeout` is in
    seconds, for the whole of a problem, and so is `budget`, in generated tokens."""

    method: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    rounds: int | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    strategy: StrategyName = "once"
    samples: int = 1
    budget: int | None = None


class Listener(Protocol):
    """Watches a solve as it happens."""

    def delta(self, kind: SegmentKind, text: str) -> None:
        """More text of the segment that is being written."""

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""

    def sample(self, number: int, of: int, sample: Sample) -> None:
        """One of several solutions has ended: the `number`-th of at most `of`, from 1."""


class Silent:
    """A listener that does not listen."""

    def delta(self, kind: SegmentKind, text: str) -> None: ...

    def segment(self, segment: Segment) -> None: ...

    def sample(self, number: int, of: int, sample: Sample) -> None: ...
