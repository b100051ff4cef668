"""The one tool that a model is offered: Python, in the executor."""

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
"""As chat templates take it in `tools`."""


def offered(card: Card, method: str) -> tuple[Mapping[str, Any], ...]:
    """The tools that a prompt offers: the card's own, or the executor where the family calls
    tools in a syntax of its own; none for words alone."""
    chat = card.prompt_for(method).chat
    if chat is not None and chat.tools:
        return chat.tools
    if chat is None or method == WORDS or card.code.syntax == "fenced":
        return ()
    return (TOOL,)
