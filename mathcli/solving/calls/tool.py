"""The only tool offered to models: Python, run by the executor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mathcli.models import Card
from mathcli.solving.methods import WORDS

NAME = "python"
ARGUMENT = "code"

TOOL: Mapping[str, Any] = {
    "type": "function",
    "function": {
        "name": NAME,
        "description": "Run a Python program and return what it prints. SymPy can be imported.",
        "parameters": {
            "type": "object",
            "properties": {
                ARGUMENT: {"type": "string", "description": "The program. It prints its result."}
            },
            "required": [ARGUMENT],
        },
    },
}
"""The tool in the form that chat templates take in `tools`."""


def offered(card: Card, method: str) -> tuple[Mapping[str, Any], ...]:
    """The tools that a prompt offers: the card's own, or the executor if the family has a syntax
    of tool calls; none for a method in words alone."""
    chat = card.prompt_for(method).chat
    if chat is not None and chat.tools:
        return chat.tools
    if chat is None or method == WORDS or card.code.syntax == "fenced":
        return ()
    return (TOOL,)
