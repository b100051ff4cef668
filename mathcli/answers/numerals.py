"""Numbers in English words, read strictly: words that make no number together are not added up."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {word: value for value, word in enumerate(str.split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"))}  # fmt: skip
_TENS = {word: 10 * (place + 2) for place, word in enumerate(str.split(
    "twenty thirty forty fifty sixty seventy eighty ninety"))} | {"fourty": 40}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
          "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
          "fifteenth": 15, "sixteenth": 16, "twentieth": 20, "hundredth": 100,
          "thousandth": 1000, "millionth": 10**6}  # fmt: skip
_WORD = re.compile(r"[a-z]+|\d+(?:,\d{3})+(?:\.\d+)?|\d+/\d+|\d+(?:\.\d+)?")
_ALLOWED = re.compile(r"[a-z\d\s,./&-]+")
_JOINTS = frozenset(["and", "&"])
MAX_WORDS = 14


def words_of(text: str) -> list[str] | None:
    """The words and numbers of `text` in lower case; `None` if it has anything else."""
    lower = text.lower().replace("&", " and ").strip()
    if not _ALLOWED.fullmatch(lower) or re.search(r"\s,|,(?!\d)|-\s|\s-|--", lower):
        return None
    if re.search(r"(?<![a-z])-|-(?![a-z])", lower) or not re.fullmatch(
        r"[\s,-]*", _WORD.sub("", lower)
    ):
        return None
    words = _WORD.findall(lower)
    return words if 0 < len(words) <= MAX_WORDS else None


def number_in_words(text: str) -> Fraction | None:
    """The value of `twenty-one`, `three quarters`, `5 and a half`, `2 thousand 5 hundred`.

    >>> number_in_words("twenty-one"), number_in_words("one and three quarters")
    (Fraction(21, 1), Fraction(7, 4))
    >>> number_in_words("two and three"), number_in_words("twenty twenty")
    (None, None)
    """
    sign, plain = 1, text.strip()
    signed = re.match(r"(?:minus|negative)\s+", plain, re.I)
    if signed:
        sign, plain = -1, plain[signed.end() :]
    words = words_of(plain)
    if words is None or not re.search("[a-z&]", plain.lower()):
        return None
    amount = _amount(words)
    return None if amount is None else sign * amount


def several_in_words(text: str) -> list[Fraction] | None:
    """The values of numbers side by side or joined by `and`; `None` if they are not all numbers.

    >>> several_in_words("two and three"), several_in_words("twenty one five")
    ([Fraction(2, 1), Fraction(3, 1)], [Fraction(21, 1), Fraction(5, 1)])
    """
    words = words_of(text.replace(",", " "))
    if words is None or not re.search("[a-z]", text.lower()):
        return None
    values: list[Fraction] = []
    while words:
        if values and words[0] in _JOINTS:
            words = words[1:]
        for length in range(len(words), 0, -1):
            value = _amount(words[:length])
            if value is not None and words[0] not in ("a", "an"):
                values.append(value)
                words = words[length:]
                break
        else:
            return None
    return values if len(values) > 1 else None


def _amount(words: list[str]) -> Fraction | None:
    """A whole number, a fraction, both, or a decimal."""
    if words[:1] == ["a"] and len(words) > 1:
        words = ["one", *words[1:]]
    dozens = _dozens(words)
    if dozens is not None:
        return dozens
    if "point" in words:
        return _decimal(words)
    fraction = _fraction(words)
    if fraction is not None:
        return fraction
    for place, word in enumerate(words):
        if word in _JOINTS and place:
            whole, part = _whole(words[:place]), _fraction(words[place + 1 :])
            if whole is not None and whole.denominator == 1 and part is not None and part < 1:
                return whole + part
    return _whole(words)


def _dozens(words: list[str]) -> Fraction | None:
    if words[-1] not in ("dozen", "dozens"):
        return None
    if words[:-1] in (["half", "a"], ["half"]):
        return Fraction(6)
    count = _whole(words[:-1]) if len(words) > 1 else Fraction(1)
    return None if count is None else 12 * count


def _decimal(words: list[str]) -> Fraction | None:
    place = words.index("point")
    whole = _whole(words[:place]) if place else Fraction(0)
    digits = [_UNITS.get(word, int(word) if len(word) == 1 and word.isdigit() else 10)
              for word in words[place + 1 :]]  # fmt: skip
    if whole is None or not digits or max(digits) > 9:
        return None
    return whole + Fraction(int("".join(map(str, digits))), 10 ** len(digits))


def _fraction(words: list[str]) -> Fraction | None:
    """`a half`, `three quarters`, `7 tenths`, `1/2`."""
    if len(words) == 1 and "/" in words[0]:
        over, _, under = words[0].partition("/")
        return Fraction(int(over), int(under)) if int(under) else None
    if words == ["half"]:
        return Fraction(1, 2)
    if len(words) < 2:
        return None
    name = words[-1].removesuffix("s") if words[-1] != "halves" else "half"
    over_words = ["one"] if words[:-1] in (["a"], ["an"]) else words[:-1]
    count = _whole(over_words)
    if name not in _PARTS or count is None or count.denominator != 1:
        return None
    if count == 1 and words[-1].endswith("s"):
        return None
    return count / _PARTS[name]


def _whole(words: list[str]) -> Fraction | None:
    """`two hundred and five thousand six`, `2 thousand 5 hundred`, `1.5 million`."""
    total, last = Fraction(0), 10**15
    rest = words
    while rest:
        place = next((n for n, word in enumerate(rest) if word.rstrip("s") in _SCALES), None)
        if place is None:
            below = _below_thousand(rest)
            return None if below is None or below >= last else total + below
        scale = _SCALES[rest[place].rstrip("s")]
        count = _below_thousand(rest[:place]) if place else None
        if count is None or scale >= last:
            return None
        total, last, rest = total + count * scale, scale, rest[place + 1 :]
        if rest[:1] == ["and"] and len(rest) > 1:
            rest = rest[1:]
    return total if words else None


def _below_thousand(words: list[str]) -> Fraction | None:
    if len(words) == 1 and words[0][0].isdigit() and "/" not in words[0]:
        return Fraction(words[0].replace(",", ""))
    for place, word in enumerate(words):
        if word in ("hundred", "hundreds") and place:
            count, rest = _below_thousand(words[:place]), words[place + 1 :]
            rest = rest[1:] if rest[:1] == ["and"] and len(rest) > 1 else rest
            below = _below_hundred(rest) if rest else 0
            return None if count is None or below is None else 100 * count + below
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> Fraction | None:
    if len(words) == 1:
        if words[0].isdigit():
            return Fraction(words[0])
        value = _UNITS.get(words[0], _TENS.get(words[0]))
        return None if value is None else Fraction(value)
    if len(words) == 2 and words[0] in _TENS and 0 < _UNITS.get(words[1], 0) < 10:
        return Fraction(_TENS[words[0]] + _UNITS[words[1]])
    return None
