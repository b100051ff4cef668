"""Models that score solutions, and their prompts."""

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
    """A loaded reward model.

    Args:
        engine: the reward model's own, with a sequence slot for every solution that is scored.
        name: as recorded in transcripts.
    """

    engine: Engine
    reward: Reward
    name: str


def reward_of(card: Card, name: str) -> Reward:
    """The scoring prompt and settings of the model `name`.

    Raises:
        ModelError: it is not a reward model, or its scores are not in its logits.
    """
    if card.reward is None:
        raise ModelError(
            f"{name} is not a reward model: its card, {card.name}, has no prompt for scores", _CAN
        )
    if card.reward.head != "logits":
        raise ModelError(f"{name} cannot be used here: {_WHY_NOT[card.reward.head]}", _CAN)
    return card.reward
