"""GGUF files that are no models that write text: what they are instead.

Embeddings, image encoders, adapters and tokenizers come as GGUF too, often beside the model that a
user wanted, and the library runs some of them without a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_HINT = "a model that writes text is needed: see mathcli models list"
_FAILED_LOADS = {  # what the library's log says, and what it means
    "CLIP cannot be used as main model": "it reads images for another model (mmproj)",
    "tensor 'token_embd.weight' not found": "it has a tokenizer and no weights",
}


def not_text(metadata: Callable[[str], str | None]) -> str | None:
    """What a file is that loads and yet does not write from left to right, in words.

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
    """What a file is that did not load, by the library's log; `None` for any other failure."""
    lacking = re.search(r"key not found in model: (\S+)", log)
    if lacking:
        return f"it says nothing of {lacking[1]}, as adapters do not"
    return next((what for sign, what in _FAILED_LOADS.items() if sign in log), None)


def refusal(name: str, what: str) -> tuple[str, str]:
    """The message and the next step for a file that is something else."""
    return f"{name} is no model that writes text: {what}", _HINT
