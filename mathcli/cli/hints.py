"""Hints that are printed at most once a day."""

from __future__ import annotations

import time

from mathcli.cache import JsonCache
from mathcli.cli import output

_SAID = JsonCache("hints.json")
_DAY = 86_400.0  # seconds


def hint_once_a_day(text: str) -> None:
    """Print a hint on standard error, unless it was printed within the last day."""
    said = _SAID.read().get(text)
    now = time.time()
    if isinstance(said, int | float) and 0 <= now - said < _DAY:
        return
    output.note(f"hint: {text}")
    _SAID.add(text, round(now))
