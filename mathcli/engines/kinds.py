"""Recognizes GGUF files that are not models that write text.

Embedding models, image encoders, adapters and tokenizers come as GGUF too, often beside the model
that a user wanted, and the library runs some of them without an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_HINT = "a model that writes text is needed: see mathcli models list"
_FAILED_LOADS = {  # messages in the library's log, and their meanings
    "CLIP cannot be used as main model": "it reads images for another model (mmproj)",
    "tensor 'token_embd.weight' not found": "it has a tokenizer and no weights",
}


def not_text(metadata: Callable[[str], str | None]) -> str | None:
    """What a file is that loads but does not write text from left to right; `None` for others.

    Args:
        metadata: looks up a metadata value.
    """
    architecture = metadata("general.architecture") or ""
    if architecture.startswith("t5"):
        return f"it reads with an encoder, which mathcli does not run ({architecture})"
    if metadata(f"{architecture}.attention.causal") == "false":
        return f"it turns texts into vectors, or fills gaps in them ({architecture})"
    return None


def not_text_by_log(log: str) -> str | None:
    """The kind of a file that did not load, from the library's log; `None` for other failures."""
    lacking = re.search(r"key not found in model: (\S+)", log)
    if lacking:
        return f"it has no value {lacking[1]}; is it an adapter?"
    return next((what for sign, what in _FAILED_LOADS.items() if sign in log), None)


def refusal(name: str, what: str) -> tuple[str, str]:
    """The error for a file of such a kind, with the next step."""
    return f"{name} is not a model that writes text: {what}", _HINT
