"""Answers in phrases that are no formulas: `1 hour 30 minutes`, `3rd`, `Yes, it is`, errors."""

from __future__ import annotations

import re
from fractions import Fraction

from mathcli.answers.terms import Based, Number, Quantity, Term, Words
from mathcli.answers.units import canonical, size
from mathcli.answers.words import folded, is_prose, read_words, unwrapped

_BASED = re.compile(r"(?:\\text\{)?\s*(\d[0-9A-Za-z]*|[A-F]+\d[0-9A-F]*)\s*\}?_\s*\{?(\d\d?)\}?")
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_COMPOUND = re.compile(r"(?:\d+(?:\.\d+)?\s*[A-Za-z]+\.?\s*(?:,|and)?\s*){2,4}")
_ORDINAL = re.compile(r"(\d+)\s*(?:st|nd|rd|th)")
_ERROR = re.compile(r"(?:\w*(?:Error|Exception)|Timeout|Traceback)\b")
_ENGLISH = re.compile(
    r"\b(?:is|it|the|of|to|are|was|we|he|she|they|there|this|that|not|cannot|can|yes|because|"
    r"when|with|has|have|does|do|by|at|for|on|be|an|as|so|will|would|I)\s|\s(?:is|it|the|of|to)\b"
)


def read_phrase(text: str) -> Term | None:
    """The term for a phrase, or `None` if cleaned `text` is none.

    >>> read_phrase("3rd").value
    Fraction(3, 1)
    """
    words = read_words(text)
    if words is not None:
        return words
    return _compound(text) or _ordinal(text) or _error(text) or _sentence(text) or _based(text)


def _compound(text: str) -> Term | None:
    """`1 hour 30 minutes`, `5 feet 10 inches`, in the first of the units."""
    parts = _PARTS.findall(unwrapped(text))
    if len(parts) < 2 or not _COMPOUND.fullmatch(unwrapped(text)):
        return None
    units = [canonical(unit) for _, unit in parts]
    sizes = [size(unit) for unit in units]
    known = [found for found in sizes if found is not None]
    if len(known) < len(parts) or len({dimension for dimension, _ in known}) > 1:
        return None
    factors = [factor for _, factor in known]
    if factors != sorted(set(factors), reverse=True):
        return None
    total = sum(
        Fraction(count) * factor for (count, _), (_, factor) in zip(parts, known, strict=True)
    )
    return Quantity(Number(total / known[0][1]), units[0])


def _ordinal(text: str) -> Term | None:
    found = _ORDINAL.fullmatch(unwrapped(text))
    return Number(Fraction(found[1])) if found else None


def _error(text: str) -> Term | None:
    """What a program printed when it failed, which is an answer to nothing."""
    return Words(folded(text)) if _ERROR.match(text) else None


def _sentence(text: str) -> Term | None:
    """Plain English that would also pass for a product of letters; `Yes, it is` is yes."""
    plain = unwrapped(text)
    if not is_prose(plain) or not _ENGLISH.search(plain):
        return None
    agreed = re.match(r"(yes|no|true|false)\s*,", plain, re.I)
    return read_words(agreed[1]) if agreed else Words(folded(text))


def _based(text: str) -> Term | None:
    """`1011_2`, `2A_{16}`."""
    found = _BASED.fullmatch(text)
    if not found:
        return None
    try:
        int(found[1], int(found[2]))
    except ValueError:
        return None
    return Based(found[1].upper(), int(found[2]))
