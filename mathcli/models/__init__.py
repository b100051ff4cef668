"""Models: the cards of the families, and the model files on this machine and on the hubs."""

from mathcli.models.card import (
    Aggregation,
    Card,
    Chat,
    Checkpoint,
    CodeFormat,
    Draw,
    Example,
    MethodPrompt,
    Reward,
    Switch,
    Thinking,
)
from mathcli.models.catalogue import (
    BASE,
    GENERIC,
    card_named,
    card_of_file,
    cards,
    find_card,
    match_card,
)
from mathcli.models.digests import file_digest
from mathcli.models.files import Choice, cascade_of, choose_model, find_model, quant_name
from mathcli.models.schema import load_card

__all__ = [
    "BASE",
    "GENERIC",
    "Aggregation",
    "Card",
    "Chat",
    "Checkpoint",
    "Choice",
    "CodeFormat",
    "Draw",
    "Example",
    "MethodPrompt",
    "Reward",
    "Switch",
    "Thinking",
    "card_named",
    "card_of_file",
    "cards",
    "cascade_of",
    "choose_model",
    "file_digest",
    "find_card",
    "find_model",
    "load_card",
    "match_card",
    "quant_name",
]
