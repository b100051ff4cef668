"""Reads a card and checks every key of it: an error names the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mathcli.errors import ModelError
from mathcli.models.card import Card
from mathcli.toml_text import table_of
from mathcli.typed_records import Misfit, typed


def load_card(path: Path) -> Card:
    """Read and check a card.

    Raises:
        ModelError: with the file and the key that is wrong.
    """
    return card_of(path, read_table(path))


def read_table(path: Path) -> dict[str, Any]:
    """The TOML table of a card, unchecked.

    Raises:
        ModelError: the file cannot be read, or is no TOML.
    """
    try:
        return table_of(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(f"the card {path} cannot be read: {reason}", "correct the file") from None


def card_of(path: Path, table: Mapping[str, Any]) -> Card:
    """The card in the TOML table of the file `path`.

    Raises:
        ModelError: with the file and the key that is wrong.
    """
    try:
        card = typed(Card, table, "a table")
        if bool(card.methods) == (card.reward is not None):
            raise Misfit("methods", "or reward must be given, but not both")
    except Misfit as error:
        raise ModelError(f"{path}: {error.key or 'the card'} {error.problem}") from None
    return card
