"""Models: the cards of the families, and the model files on this machine and on the hubs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mathcli.models.card import (
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
    from mathcli.models.card_values import Aggregation
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
    from mathcli.models.files import ChosenModel, cascade_of, choose_model, find_model, quant_name
    from mathcli.models.schema import load_card

__all__ = [
    "BASE",
    "GENERIC",
    "Aggregation",
    "Card",
    "Chat",
    "Checkpoint",
    "ChosenModel",
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

_ELSEWHERE = {
    "Aggregation": "card_values",
    "file_digest": "digests",
    "load_card": "schema",
    **dict.fromkeys(
        ["ChosenModel", "cascade_of", "choose_model", "find_model", "quant_name"], "files"
    ),
    **dict.fromkeys(
        ["BASE", "GENERIC", "card_named", "card_of_file", "cards", "find_card", "match_card"],
        "catalogue",
    ),
}


def __getattr__(name: str) -> Any:
    """Import a module on first use, because shell completion needs only `store` and `places`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'card')}"), name)
