"""All cards: those that come with mathcli, and the user's own, which win.

A model file is matched to its card by the names in its metadata, or by what it was pulled as.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mathcli.errors import ModelError
from mathcli.models.card import Card, Checkpoint
from mathcli.models.schema import load_card
from mathcli.models.store import record_of
from mathcli.resources import data_path, embedded_model

GENERIC = "generic"
BASE = "base"
EMBEDDED = "nano"
_NAMES = ("general.name", "general.basename")


def user_cards() -> Path:
    """The folder of the user's own cards."""
    import platformdirs

    return platformdirs.user_config_path("mathcli") / "cards"


def cards() -> Mapping[str, Card]:
    """All cards by name, in alphabetical order. A card of the user's replaces one of its name.

    Raises:
        ModelError: a card is wrong; the message says which file and which key.
    """
    return _load(data_path("cards"), user_cards())


@cache
def _load(*folders: Path) -> Mapping[str, Card]:
    found: dict[str, Card] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            card = load_card(path)
            found[card.name] = card
    return dict(sorted(found.items()))


def card_named(name: str) -> Card:
    """The card `name`, or the one that has a checkpoint with this alias, or that of a TOML file.

    Raises:
        ModelError: there is none; the hint names those that are alike. Or the file is wrong.
    """
    if name.endswith(".toml"):
        return load_card(Path(name))
    known = cards()
    wanted = name.lower()
    if wanted in known:
        return known[wanted]
    found = checkpoint_named(wanted)
    if found is not None:
        return found[0]
    aliases = [alias for card in known.values() for alias in card.checkpoints]
    raise ModelError(f"there is no card {name}", _alike(wanted, [*known, *aliases]))


def checkpoint_named(alias: str) -> tuple[Card, Checkpoint] | None:
    """The checkpoint with this alias and its card."""
    for card in cards().values():
        if alias.lower() in card.checkpoints:
            return card, card.checkpoints[alias.lower()]
    return None


def find_card(metadata: Callable[[str], str | None], path: Path | None = None) -> Card:
    """The card of a model file; the generic card for a file that no card knows.

    Args:
        metadata: looks up a GGUF metadata value, `None` where there is none.
        path: the file: what it was pulled as, and its name, say more than metadata may.
    """
    if path is not None and path == embedded_model():
        return load_card(data_path(f"cards/{EMBEDDED}.toml"))
    record = record_of(path) if path is not None else None
    if record is not None and record.card in cards():
        return cards()[record.card or ""]
    names = [metadata(key) for key in _NAMES]
    if path is not None:
        names.append(path.stem)
    return match_card(name for name in names if name) or cards()[GENERIC]


def card_of_file(metadata: Callable[[str], str | None], path: Path | None = None) -> Card:
    """The card that a file is asked with: that of `find_card`, or the card of base models where no
    card knows it and it has no chat template to be asked through.
    """
    card = find_card(metadata, path)
    if card.name == GENERIC and not metadata("tokenizer.chat_template"):
        return cards()[BASE]
    return card


def match_card(names: Iterable[str]) -> Card | None:
    """The card whose pattern fits one of `names`, the longest pattern winning."""
    best: tuple[int, Card] | None = None
    plain = [_plain(name) for name in names]
    for card in cards().values():
        for pattern in card.match:
            weight = len(pattern.replace("*", ""))
            fits = any(fnmatchcase(name, pattern) for name in plain)
            if fits and (best is None or weight > best[0]):
                best = weight, card
    return best[1] if best else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def _alike(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 3, 0.5)
    return f"did you mean: {', '.join(close)}" if close else "see: mathcli models list"
