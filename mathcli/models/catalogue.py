"""All cards: those that come with mathcli, and the user's own, which take precedence.

A model file is matched to its card by the names in its metadata, or by the name it was pulled as.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mathcli.errors import ModelError
from mathcli.input_files import matching
from mathcli.models.card import Card, Checkpoint
from mathcli.models.schema import card_of, load_card, read_table
from mathcli.models.store import record_of
from mathcli.resources import data_path, embedded_model
from mathcli.screen import note

GENERIC = "generic"
BASE = "base"
EMBEDDED = "nano"
_NAMES = ("general.name", "general.basename")
_WILD = frozenset("*?[")


def user_cards() -> Path:
    """The folder of the user's own cards."""
    import platformdirs

    return platformdirs.user_config_path("mathcli") / "cards"


@dataclass(frozen=True)
class _Catalogue:
    """The cards by name, and for each of the user's cards that cannot be used, why."""

    cards: Mapping[str, Card]
    broken: Mapping[str, ModelError]

    def usable(self, card: Card) -> Card:
        """`card`, unless the user has replaced it with one that cannot be used.

        Raises:
            ModelError: what is wrong with that one.
        """
        if card.name in self.broken:
            raise self.broken[card.name]
        return card


def cards() -> Mapping[str, Card]:
    """All cards by name, in alphabetical order. A user's card replaces one of the same name.

    A user's card that is wrong is left out: one warning says which file and which key.

    Raises:
        ModelError: a card that comes with mathcli is wrong.
    """
    return _catalogue().cards


def broken_cards() -> Mapping[str, ModelError]:
    """The user's cards that are left out, by name, with what is wrong."""
    return _catalogue().broken


def _catalogue() -> _Catalogue:
    return _load(data_path("cards"), user_cards())


@cache
def _load(shipped: Path, users: Path) -> _Catalogue:
    cards: dict[str, Card] = {}
    for path in sorted(shipped.glob("*.toml")):
        card = load_card(path)
        cards[card.name] = card
    broken: dict[str, ModelError] = {}
    for path in matching(users, "*.toml"):
        name = path.stem.lower()
        try:
            table = read_table(path)
            name = str(table.get("name", name))
            card = card_of(path, table)
        except ModelError as error:
            broken[name] = error
            note(f"warning: a card is left out: {error.message}")
        else:
            cards[card.name] = card
    return _Catalogue(dict(sorted(cards.items())), broken)


def card_named(name: str, what: str = "card") -> Card:
    """The card `name`, or the one that has a checkpoint with this alias, or that of a TOML file.

    Args:
        what: what was looked for, for messages.

    Raises:
        ModelError: there is none (the hint lists similar names), or its file is wrong.
    """
    if name.endswith(".toml"):
        return load_card(Path(name))
    catalogue = _catalogue()
    known = catalogue.cards
    wanted = name.lower()
    if wanted in catalogue.broken:
        raise catalogue.broken[wanted]
    if wanted in known:
        return known[wanted]
    checkpoint = checkpoint_named(wanted)
    if checkpoint is not None:
        return checkpoint[0]
    aliases = [alias for card in known.values() for alias in card.checkpoints]
    raise ModelError(f"there is no {what} {name}", _alike(wanted, [*known, *aliases]))


def checkpoint_named(alias: str) -> tuple[Card, Checkpoint] | None:
    """The checkpoint with this alias and its card.

    Raises:
        ModelError: the user has replaced the card with one that cannot be used.
    """
    catalogue = _catalogue()
    for card in catalogue.cards.values():
        if alias.lower() in card.checkpoints:
            return catalogue.usable(card), card.checkpoints[alias.lower()]
    return None


def find_card(metadata: Callable[[str], str | None], path: Path | None = None) -> Card:
    """The card of a model file; the generic card for a file that no card knows.

    Args:
        metadata: looks up a GGUF metadata value, `None` where there is none.
        path: the file; the name it was pulled as, and its own name, may say more than metadata.

    Raises:
        ModelError: the user has replaced the card with one that cannot be used.
    """
    if path is not None and path == embedded_model():
        return load_card(data_path(f"cards/{EMBEDDED}.toml"))
    catalogue = _catalogue()
    record = record_of(path) if path is not None else None
    if record is not None and record.card in catalogue.cards:
        return catalogue.usable(catalogue.cards[record.card or ""])
    names = [metadata(key) for key in _NAMES]
    if path is not None:
        names.append(path.stem)
    card = match_card(name for name in names if name) or catalogue.cards[GENERIC]
    return catalogue.usable(card)


def card_of_file(metadata: Callable[[str], str | None], path: Path | None = None) -> Card:
    """The card that a file is used with: that of `find_card`, or the card of base models where no
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
            fits = any(_fits(name, pattern) for name in plain)
            if fits and (best is None or weight > best[0]):
                best = weight, card
    return best[1] if best else None


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits; most patterns are one piece of text, which is looked for first, as
    `fnmatch` compiles a regular expression for each."""
    piece = pattern.strip("*")
    if not _WILD & set(piece) and piece not in name:
        return False
    return fnmatchcase(name, pattern)


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def _alike(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 3, 0.5)
    also = "see: mathcli models list"
    return f"did you mean: {', '.join(close)}? {also}" if close else also
