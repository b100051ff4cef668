"""Models that score solutions, and how each is asked."""

from __future__ import annotations

from dataclasses import dataclass

from mathcli.engines import Engine
from mathcli.errors import ModelError
from mathcli.models import Card, Reward

_WHY_NOT = {
    "hidden": "its scores come from a head on the hidden state, which GGUF files do not hold",
    "reference": "its scores compare it with a second model, its reference",
}
_CAN = "models that score with a token can be used: rlhflow-prm, math-shepherd"


@dataclass(frozen=True)
class RewardModel:
    """A reward model, ready to read.

    Args:
        engine: of its own, with a place for every solution that is scored.
        name: says which one it is, in transcripts.
    """

    engine: Engine
    reward: Reward
    name: str


def reward_of(card: Card, name: str) -> Reward:
    """How the model `name` is asked for scores.

    Raises:
        ModelError: it solves problems, or its scores are not in its logits.
    """
    if card.reward is None:
        raise ModelError(
            f"{name} is no reward model: its card, {card.name}, has no prompt for scores", _CAN
        )
    if card.reward.head != "logits":
        raise ModelError(f"{name} cannot be used here: {_WHY_NOT[card.reward.head]}", _CAN)
    return card.reward
