"""The same story about other people and other things: nothing of it can be known by heart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from random import Random

from . import story_words as words

_NAME = re.compile(
    r"\b([A-Z][a-z]{2,})(?=['’]s\b| (?:has|had|is|was|and|buys|bought|wants|wanted|sold|sells|gets|"
    r"got|earns|works|makes|made|can|gave|gives|ate|went|needs|needed|decides|decided|spent|"
    r"took|takes|found|picked|collected|loves|owns|bakes|runs|ran|reads|read|saved|saves)\b)"
)
_WORD = re.compile(r"[A-Za-z]+")


def names(questions: Iterable[str]) -> frozenset[str]:
    """The words that stand where names stand, and that are never written small."""
    found: Counter[str] = Counter()
    small: set[str] = set()
    for question in questions:
        found.update(_NAME.findall(question))
        small.update(word for word in _WORD.findall(question) if word.islower())
    return frozenset(found) - words.calendar() - {word.capitalize() for word in small}


def recast(question: str, known: frozenset[str], rng: Random) -> str:
    """Other names, and now and then other things."""
    change = _other_names(question, known, rng)
    if rng.random() < 0.3:
        change.update(_other_things(question, rng))
    return _WORD.sub(lambda match: change.get(match[0], match[0]), question)


def _other_names(question: str, known: frozenset[str], rng: Random) -> dict[str, str]:
    said = {word.lower() for word in _WORD.findall(question)}
    pronoun = "she" if said & {"she", "her"} else "he" if said & {"he", "his", "him"} else None
    present = [word for word in dict.fromkeys(_WORD.findall(question)) if word in known]
    change: dict[str, str] = {}
    for name in present:
        while (new := words.name(pronoun or rng.choice(["he", "she"]), rng)) in change.values():
            continue
        change[name] = new
    return change


def _other_things(question: str, rng: Random) -> dict[str, str]:
    present = set(_WORD.findall(question))
    change: dict[str, str] = {}
    for plural, single in words.plain_things():
        if plural in present and plural != single:
            new_plural, new_single = rng.choice(words.plain_things())
            change[plural], change[single] = new_plural, new_single
    return change
