"""Answers of several parts, some of which are right: points for the parts, where asked for.

A share is the right parts less the superfluous ones, so that listing everything earns nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mathcli.answers import Grader
    from mathcli.grading.points import Right

MOST_PARTS = 20
LONGEST = 2_000
"""Characters of a text that is taken apart."""
_OPEN, _CLOSE = "([{", ")]}"
_WRAPPED = re.compile(
    r"\A\s*(\\?\{|\(|\[|\\left\\?[{(\[])(?P<inside>.*?)(?:\\right)?\\?[})\]]\s*\Z", re.S
)
_WORDS = re.compile(r"\s+(?:and|or|und|oder|et|ou)\s+|[、；]|\s*(?:和|或)\s*")


@dataclass(frozen=True)
class PartialCredit:
    """How many parts of the key's answer are right, and the points for them."""

    parts_right: int
    parts: int
    points: Fraction


def share_right(answer: str, right: Right, grader: Grader) -> PartialCredit | None:
    """The best share that an answer earns of an accepted one; `None` where none has parts."""
    given = parts_of(answer)
    shares: list[PartialCredit] = []
    for at, accepted in enumerate(right.accepted):
        wanted = parts_of(accepted)
        if not 2 <= len(wanted) <= MOST_PARTS or not 1 <= len(given) <= MOST_PARTS:
            continue
        worth = right.worth[at] if right.worth else Fraction(1)
        equal = _in_order if _has_order(accepted) else _in_any_order
        count = equal(given, wanted, grader)
        kept = max(0, count - max(0, len(given) - len(wanted)))
        shares.append(PartialCredit(kept, len(wanted), worth * Fraction(kept, len(wanted))))
    return max(shares, key=lambda one: one.points, default=None)


def parts_of(text: str) -> list[str]:
    """The parts of a list, set or tuple, as they are separated outside all brackets.

    >>> parts_of("{1, 2, (3, 4)}"), parts_of("x = 3 and y = 2"), parts_of("7")
    (['1', '2', '(3, 4)'], ['x = 3', 'y = 2'], ['7'])
    """
    if len(text) > LONGEST:
        return [text]
    wrapped = _WRAPPED.fullmatch(text.strip(" $"))
    inside = wrapped["inside"] if wrapped and _is_whole(wrapped["inside"]) else text
    pieces = _split(inside, ";") if ";" in inside else _split(inside, ",")
    parts = [part.strip(" $") for piece in pieces for part in _WORDS.split(piece)]
    return [part for part in parts if part]


def _has_order(text: str) -> bool:
    """Is it a tuple or a point, in which the place of a part counts?"""
    stripped = text.strip(" $")
    wrapped = _WRAPPED.fullmatch(stripped)
    is_round = stripped.removeprefix("\\left").startswith("(")
    return is_round and wrapped is not None and _is_whole(wrapped["inside"])


def _is_whole(inside: str) -> bool:
    """Are all brackets closed within the text?"""
    depth = 0
    for char in inside:
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth < 0:
            return False
    return depth == 0


def _split(text: str, separator: str) -> list[str]:
    depth, start = 0, 0
    pieces = []
    for at, char in enumerate(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if char == separator and depth == 0:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _in_order(given: Sequence[str], wanted: Sequence[str], grader: Grader) -> int:
    return sum(_equal(one, other, grader) for one, other in zip(given, wanted, strict=False))


def _in_any_order(given: Sequence[str], wanted: Sequence[str], grader: Grader) -> int:
    """How many of `wanted` are among `given`, each of which counts once."""
    left = list(given)
    count = 0
    for part in wanted:
        at = next((at for at, other in enumerate(left) if _equal(other, part, grader)), None)
        if at is not None:
            left.pop(at)
            count += 1
    return count


def _equal(one: str, other: str, grader: Grader) -> bool:
    return grader.compare(one, other).verdict is Verdict.CORRECT
