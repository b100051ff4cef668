"""The resources of a solve: an engine with a model, an executor, and optional judges."""

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
    """Estimates the probability that an answer is right."""

    def estimate(self, transcript: Transcript, /) -> tuple[float, TrustBasis] | None:
        """The probability that the answer is right, and what it was measured on; `None` without
        an answer."""

    def of_leader(
        self, sample: Sample, problem: str, /, *, agreement: float, took_part: int
    ) -> float | None:
        """The probability for the answer of a sample that leads a vote; `agreement` (0 to 1) is its
        share of all samples. `None` if nothing was measured on this very model."""


@dataclass(frozen=True)
class Resources:
    """One engine, one executor, the card that describes their use, and the judges.

    Args:
        model: describes the engine's model in transcripts.
        load_ms: how long the model took to load, for transcripts.
        grader: decides which answers are equal; its opener closes it. Without a grader answers
            are compared as texts.
        chooser: predicts the method that suits a problem, for `auto`.
        reward: scores solutions for strategies that compare them; its opener closes it. Without
            a reward model the executor's evidence gives the scores.
        trust: estimates how often similar answers were right. Without it no answer has a trust.
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
