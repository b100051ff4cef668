"""History: the transcripts of earlier solves, kept on this machine; they can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mathcli.history.store import Entry, History

__all__ = ["MAX_BYTES", "MAX_COUNT", "Entry", "History"]

MAX_COUNT = 2000
MAX_BYTES = 64 * 1024 * 1024
"""Beyond either limit, the oldest transcripts are deleted."""


def __getattr__(name: str) -> Any:
    """Import the store on first use, because help pages do not need it."""
    if name in {"Entry", "History"}:
        from mathcli.history import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
