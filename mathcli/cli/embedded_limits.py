"""What the embedded model cannot do, said where it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mathcli.solving import Transcript


def beyond_its_limits(transcript: Transcript) -> str | None:
    """What to do about an answer of the embedded model that is more often wrong than right;
    `None` for any other."""
    from mathcli.models.catalogue import EMBEDDED
    from mathcli.rendering.trust_words import is_a_guess

    if transcript.model.card != EMBEDDED:
        return None
    if transcript.kind == "proof":
        return f"the embedded model writes no proofs;\n  {_next()}"
    if not is_a_guess(transcript):
        return None
    return f"the embedded model is made for short school problems;\n  {_next()}"


def _next() -> str:
    from mathcli.cli.cascading import CASCADE
    from mathcli.models import cascade_of
    from mathcli.models.files import to_get
    from mathcli.models.memory import total_memory

    if len(cascade_of()) > 1:
        return f"a larger one is here: mathcli solve --model {CASCADE} …"
    found = to_get(total_memory())
    if found is None:
        return "no larger one of those known fits this machine: mathcli models list"
    alias, size = found
    return f"one that can ({size}): mathcli models pull {alias}"
