"""What solutions are made with: a model in an engine, an executor, and who judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mathcli.engines import Engine
from mathcli.models import Card
from mathcli.sandbox.execution import AnyExecutor
from mathcli.solving.methods import Chooser
from mathcli.solving.transcript import ModelInfo, Sample, Transcript, TrustBasis

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.solving.reward_model import RewardModel


class TrustModel(Protocol):
    """Says how far to trust an answer."""

    def estimate(self, transcript: Transcript, /) -> tuple[float, TrustBasis] | None:
        """The probability that the answer is right, and on what that was measured; `None` where
        there is no answer."""

    def of_leader(
        self, sample: Sample, problem: str, /, *, agreement: float, took_part: int
    ) -> float | None:
        """The same for the answer of a sample that leads a vote, `agreement` of 0 to 1 being its
        share of all that took part; `None` where nothing was measured on this very model."""


@dataclass(frozen=True)
class Resources:
    """One engine, one executor, a card that says how the two are used, and what judges.

    Args:
        model: describes the engine's model in transcripts.
        load_ms: how long the model took to load, for transcripts.
        grader: says which answers are equal; closed by whoever opened it. Without one only
            answers that are written alike are.
        chooser: what was learned about the method that suits a problem, for `auto`.
        reward: scores solutions where strategies let them compete; closed by whoever opened it.
            Without one the executor's evidence is what they compete with.
        trust: says how often answers like one were right. Without one no answer has a trust.
    """

    engine: Engine
    executor: AnyExecutor
    card: Card
    model: ModelInfo
    load_ms: float = 0.0
    grader: Grader | None = None
    chooser: Chooser | None = None
    reward: RewardModel | None = None
    trust: TrustModel | None = None
