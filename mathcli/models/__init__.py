"""Models: what each family's card says, and which files are models."""

from mathcli.models.card import Card, Chat, CodeFormat, MethodPrompt, find_card, load_card
from mathcli.models.files import file_digest, find_model, quant_name

__all__ = [
    "Card",
    "Chat",
    "CodeFormat",
    "MethodPrompt",
    "file_digest",
    "find_card",
    "find_model",
    "load_card",
    "quant_name",
]
