"""Templates: ``[one|other]`` is a choice, ``{name}`` a slot; and the ways people type them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def _pieces(template: str) -> tuple[str | tuple[str, ...], ...]:
    pieces: list[str | tuple[str, ...]] = []
    for number, piece in enumerate(_CHOICE.split(template)):
        pieces.append(tuple(piece.split("|")) if number % 2 else piece)
    return tuple(pieces)


def choose(template: str, voice: Random) -> str:
    """Settle every choice of a template; choices do not nest."""
    chosen = "".join(
        piece if isinstance(piece, str) else piece[int(voice.random() * len(piece))]
        for piece in _pieces(template)
    )
    return re.sub(r" +([.,?!](?!\.)|$)", r"\1", re.sub(r"  +", " ", chosen)).strip()


def fill(template: str, slots: dict[str, str]) -> str:
    """Put values into slots; the values themselves are not searched for slots."""
    return _SLOT.sub(lambda match: slots.get(match.group(1), match.group(0)), template)


def say(frames: Sequence[str], slots: dict[str, str], voice: Random) -> str:
    """A question: one frame, its choices settled, typed in somebody's habit, slots filled."""
    frame = choose(frames[int(voice.random() * len(frames))], voice)
    return fill(retype(frame, voice), slots)


def retype(frame: str, voice: Random) -> str:
    """Typing habits: case, missing or added punctuation, a polite word."""
    draw = voice.random()
    if draw < 0.12:
        frame = frame[:1].lower() + frame[1:]
    elif draw < 0.17:
        frame = _outside_slots(frame, str.lower)
    elif draw < 0.20:
        frame = _outside_slots(frame, str.upper)
    draw = voice.random()
    if draw < 0.18:
        frame = frame.rstrip(".?!:").rstrip(" ,")
    elif draw < 0.26 and frame[-1:].isalnum() is False and not frame.endswith((".", "?", "!")):
        frame += "."
    draw = voice.random()
    if draw < 0.03:
        frame = "Please " + frame[:1].lower() + frame[1:]
    elif draw < 0.045:
        frame = "Question: " + frame
    elif draw < 0.06 and frame.endswith("."):
        frame = frame[:-1] + ", please."
    return frame


def _outside_slots(text: str, change: Callable[[str], str]) -> str:
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if part.startswith("{") else change(part) for part in parts)


def ordinals(text: str) -> str:
    """Proper endings for numbers that a template follows with "th": 21st, 32nd, 13th."""
    endings = {1: "st", 2: "nd", 3: "rd"}

    def ending(match: re.Match[str]) -> str:
        number = int(match.group(1))
        if number % 100 in (11, 12, 13):
            return f"{number}th"
        return f"{number}{endings.get(number % 10, 'th')}"

    return re.sub(r"(\d+)th\b", ending, text)
