"""Models: what each family's card says, and which files are models."""

from mathcli.models.card import (
    Aggregation,
    Card,
    Chat,
    Checkpoint,
    CodeFormat,
    Draw,
    MethodPrompt,
    Reward,
    Switch,
    Thinking,
)
from mathcli.models.catalogue import card_named, cards, find_card
from mathcli.models.digests import file_digest
from mathcli.models.files import Choice, choose_model, find_model, quant_name
from mathcli.models.schema import load_card

__all__ = [
    "Aggregation",
    "Card",
    "Chat",
    "Checkpoint",
    "Choice",
    "CodeFormat",
    "Draw",
    "MethodPrompt",
    "Reward",
    "Switch",
    "Thinking",
    "card_named",
    "cards",
    "choose_model",
    "file_digest",
    "find_card",
    "find_model",
    "load_card",
    "quant_name",
]
