"""Ollama: it puts its own template around each prompt."""

from __future__ import annotations

from mathcli.engines.servers.served import Dialect


class Ollama(Dialect):
    """Ollama (`owned_by` library)."""

    owner = "library"
    title = "Ollama"
    version_path = "/api/version"
    hint = (
        "hint: Ollama puts its own template around prompts; "
        "use a model made with: TEMPLATE {{ .Prompt }}"
    )
