"""Answers in phrases that are no formulas: `1 hour 30 minutes`, `3rd`, `5 R 2`, errors."""

from __future__ import annotations

import re
from fractions import Fraction

from mathcli.answers.dates import looks_like_ratio, read_clock, read_dates
from mathcli.answers.english import is_description
from mathcli.answers.numerals import number_in_words, several_in_words
from mathcli.answers.senses import Certainty, Sense, sure
from mathcli.answers.terms import Based, Group, Number, Quantity, Term, Words
from mathcli.answers.units import canonical, size
from mathcli.answers.words import folded, is_prose, read_words, unwrapped

_BASED = re.compile(r"(?:\\text\{)?\s*(\d[0-9A-Za-z]*|[A-F]+\d[0-9A-F]*)\s*\}?_\s*\{?(\d\d?)\}?")
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+|°|''|'|\")")
_COMPOUND = re.compile(r"-?(?:\d+(?:\.\d+)?\s*(?:[A-Za-z]+\.?|°|''|'|\")\s*(?:,|and)?\s*){2,4}")
_SIGN_UNITS = {"'": "ft", "''": "in", '"': "in", "°": "degree"}
_ARCS = {"'": "arcmin", "''": "arcsec", '"': "arcsec"}
_ORDINAL = re.compile(r"(\d+)\s*(?:st|nd|rd|th)")
_ERROR = re.compile(r"(?:\w*(?:Error|Exception)|Timeout|Traceback)\b")
_REMAINDER = re.compile(
    r"(\d+)\s*(?:,|with|and)?\s*(?:(?:a )?remainder(?: of)?|rem\.?|[Rr]\.?|\\ldots|\.\.\.)\s*(\d+)"
)
_COLD = re.compile(r"(\d+(?:\.\d+)?)\s*(?:°|degrees?)?\s*([CF])?\s*below (?:zero|0)", re.I)
_REPEATING = re.compile(r"(-?\d*\.\d*?)(\d)\s*(?:\(?(?:recurring|repeating|repeated)\)?)", re.I)
_ENGLISH = re.compile(
    r"\b(?:is|it|the|of|to|are|was|we|he|she|they|there|this|that|not|cannot|can|yes|because|"
    r"when|with|has|have|does|do|by|at|for|on|be|an|as|so|will|would|I)\s|\s(?:is|it|the|of|to)\b"
)


def read_phrase(text: str) -> list[Sense]:
    """The readings of a phrase, none if cleaned `text` is no phrase that is known.

    >>> [sense.term.value for sense in read_phrase("3rd")]
    [Fraction(3, 1)]
    """
    plain = unwrapped(text)
    moment = _moment(plain)
    if moment:
        return moment
    words = read_words(text)
    if words is not None:
        return [sure(words)]
    if is_description(plain):
        return [sure(Words(folded(text), plain))]
    senses = (
        _number(plain) or _cold(plain) or _compound(plain) or _ordinal(plain)
        or _remainder(plain) or _error(text) or _sentence(text) or _based(text)
    )  # fmt: skip
    return senses if isinstance(senses, list) else [sure(senses)] if senses is not None else []


def _moment(plain: str) -> list[Sense]:
    """Times and dates; `4:20` may be a ratio, `3/5/2024` may be in March or in May."""
    clock = read_clock(plain) if re.search(r"\d:|[a-z]", plain, re.I) else None
    if clock is not None:
        senses = [sure(clock)]
        if looks_like_ratio(plain):
            parts = tuple(Number(Fraction(part)) for part in plain.split(":"))
            senses.append(Sense(Group("ratio", parts), trust=Certainty.NOT_TWICE))
        return senses
    dates = read_dates(plain) if re.search(r"\d", plain) else []
    if len(dates) < 2:
        return [sure(date) for date in dates]
    return [Sense(date, (("day first", place > 0),)) for place, date in enumerate(dates)]


def _number(plain: str) -> list[Sense]:
    """Numbers in words; side by side they are several, and may be a year."""
    value = number_in_words(plain)
    if value is not None:
        return [sure(Number(value))]
    repeating = _REPEATING.fullmatch(plain)
    if repeating:
        places = len(repeating[1].partition(".")[2])
        fixed = Fraction(repeating[1].rstrip(".") or 0) if repeating[1] not in (".", "-.") else 0
        tail = Fraction(int(repeating[2]), 9 * 10**places)
        value = fixed - tail if repeating[1].startswith("-") else fixed + tail
        return [Sense(Number(value), (), Certainty.DOUBTFUL if places else Certainty.SURE)]
    several = several_in_words(plain)
    if several is None:
        return []
    kind = "list" if re.search(r",|\band\b|&", plain) else "tuple"
    return [sure(Group(kind, tuple(map(Number, several))))]


def _cold(plain: str) -> Term | None:
    """`20 degrees below zero`."""
    match = _COLD.fullmatch(plain)
    if not match:
        return None
    unit = (match[2] or "degree").upper() if match[2] else "degree"
    return Quantity(Number(-Fraction(match[1])), unit)


def _compound(plain: str) -> Term | None:
    """`1 hour 30 minutes`, `5'10"`, `45°30'`, in the first of the units."""
    parts = _PARTS.findall(plain)
    if len(parts) < 2 or not _COMPOUND.fullmatch(plain):
        return None
    signs = _SIGN_UNITS | (_ARCS if parts[0][1] == "°" else {})
    if parts[0][1] in ("h", "hr", "hrs", "d") and parts[1][1] in ("m", "h"):
        signs |= {"m": "min"}  # `2h30m`
    units = [signs.get(unit) or canonical(unit) for _, unit in parts]
    sizes = [size(unit) for unit in units]
    known = [found for found in sizes if found is not None]
    if len(known) < len(parts) or len({base for base, _ in known}) > 1:
        return None
    factors = [factor for _, factor in known]
    if factors != sorted(set(factors), reverse=True):
        return None
    total = sum(
        Fraction(count) * factor for (count, _), (_, factor) in zip(parts, known, strict=True)
    )
    value = total / known[0][1]
    return Quantity(Number(-value if plain.startswith("-") else value), units[0])


def _ordinal(plain: str) -> Term | None:
    match = _ORDINAL.fullmatch(plain)
    return Number(Fraction(match[1])) if match else None


def _remainder(plain: str) -> Term | None:
    """`5 R 2`: a quotient and what is left."""
    match = _REMAINDER.fullmatch(plain)
    if not match:
        return None
    return Group("remainder", (Number(Fraction(match[1])), Number(Fraction(match[2]))))


def _error(text: str) -> Term | None:
    """The error message of a failed program, which is no answer."""
    return Words(folded(text)) if _ERROR.match(text) else None


def _sentence(text: str) -> Term | None:
    """A sentence in plain English that could also be read as a product of letters."""
    plain = unwrapped(text)
    if not is_prose(plain) or not _ENGLISH.search(plain):
        return None
    return Words(folded(text), plain)


def _based(text: str) -> Term | None:
    """`1011_2`, `2A_{16}`."""
    match = _BASED.fullmatch(text)
    if not match:
        return None
    try:
        int(match[1], int(match[2]))
    except ValueError:
        return None
    return Based(match[1].upper(), int(match[2]))
