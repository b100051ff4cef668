"""Hints about what the embedded model cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mathcli.solving import Transcript


def beyond_its_limits(transcript: Transcript) -> str | None:
    """A hint for problems on which the embedded model is more often wrong than right; `None` for
    other problems and models."""
    from mathcli.models.catalogue import EMBEDDED
    from mathcli.rendering.trust_words import is_a_guess

    if transcript.model.card != EMBEDDED:
        return None
    if transcript.kind == "proof":
        return f"the embedded model cannot write proofs;\n  {_next()}"
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
        return "no larger model that mathcli knows fits this machine: mathcli models list"
    alias, size = found
    return f"one that can ({size}): mathcli models pull {alias}"
