"""The vocabulary of the stories, and words that nobody has heard before."""

from __future__ import annotations

from functools import cache
from random import Random

from .tables import frames

# What the slots {he}, {him}, {his}, {He}, {His} become.
PRONOUNS = {
    "he": {"he": "he", "him": "him", "his": "his", "He": "He", "His": "His"},
    "she": {"he": "she", "him": "her", "his": "her", "He": "She", "His": "Her"},
}


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(" ".join(frames("story_words.txt", name)).split())


def _phrase(name: str, rng: Random) -> str:
    return rng.choice(frames("story_phrases.txt", name))


def invented(rng: Random) -> str:
    """A word built from random syllables."""
    word = rng.choice(_words("starts")) + rng.choice(_words("vowels"))
    while rng.random() < 0.45:
        word += rng.choice(_words("starts")) + rng.choice(_words("vowels"))
    return word + rng.choice(_words("ends"))


def person(rng: Random) -> tuple[str, str]:
    """A name and whether it goes with he or she."""
    pronoun = "she" if rng.random() < 0.5 else "he"
    return name(pronoun, rng), pronoun


def name(pronoun: str, rng: Random) -> str:
    """A name, now and then one that nobody has."""
    if rng.random() < 0.12:
        return invented(rng).capitalize()
    return rng.choice(_words(pronoun))


def _pair(entry: str) -> tuple[str, str]:
    plural, _, single = entry.partition(":")
    return plural, single or plural[:-1]


def thing(rng: Random) -> tuple[str, str]:
    """Plural and singular of something that can be counted."""
    if rng.random() < 0.08:
        word = invented(rng)
        return word + "s", word
    plural, single = _pair(rng.choice(_words("things")))
    if rng.random() < 0.15:
        adjective = rng.choice(_words("adjectives"))
        return f"{adjective} {plural}", f"{adjective} {single}"
    return plural, single


def plain_things() -> list[tuple[str, str]]:
    """Every thing of the vocabulary: plural and singular."""
    return [_pair(entry) for entry in _words("things")]


def calendar() -> frozenset[str]:
    """Days and months."""
    return frozenset(_words("day") + _words("month"))


def container(rng: Random) -> tuple[str, str]:
    """Plural and singular of something that holds things."""
    return _pair(rng.choice(_words("boxes")))


def place(rng: Random) -> str:
    """Somewhere things are."""
    return _phrase("places", rng)


def scenery(rng: Random) -> dict[str, str]:
    """Slots of the everyday problems: units, days, animals, food, shops."""
    slots = {"shop": _phrase("shops", rng)}
    for name in ("dist", "mass", "vol", "len", "time", "fruit", "animal", "food"):
        one, other = (_pair(entry) for entry in rng.sample(_words(name), 2))
        slots.update({name: one[0], f"{name}1": one[1]})
        slots.update({f"{name}2": other[0], f"{name}21": other[1]})
    for name in ("day", "month", "rel", "color", "sport", "job"):
        slots[name], slots[f"{name}2"] = rng.sample(_words(name), 2)
    return slots


def extra(rng: Random) -> str:
    """A sentence that has nothing to do with the question."""
    return _phrase("extras", rng)


def stranger(rng: Random) -> str:
    """Somebody without a name."""
    return _phrase("strangers", rng)


def loses_capital(word: str) -> bool:
    """Whether a word that starts a sentence is written small inside one."""
    return word in _words("common")
