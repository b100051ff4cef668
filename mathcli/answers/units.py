"""Units, currencies and percent signs that follow or lead a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from mathcli.answers.unit_table import Base, units

_SYMBOLS = {
    r"\$": "dollar", "$": "dollar", "€": "euro", "£": "pound-sterling", "₹": "rupee", "¢": "cent",
    "¥": "yuan",
}  # fmt: skip
_POWER = r"(?:\s*\^\s*(?:\{\s*-?\d\s*\}|-?\d))?"
_WRAPPED = r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mbox|rm|operatorname)\s*\{[^{}]*\}"
_BRACED = r"\{\s*/?\s*[A-Za-zμ]+(?:\s*/\s*[A-Za-z]+)?\s*\}"
_WORD = r"(?:\\mu\s*|μ)?(?:[A-Za-z°]?(?:\\Omega|Ω)|[A-Za-z°]+\.?)"
_JOIN = r"\s*(?:/|\\cdot(?![A-Za-z])|\*|-|\\,)?\s*"
_TEMPERATURE = re.compile(
    r"^(.*\d)\s*°\s*(?:\\(?:text|mathrm|rm)\s*\{)?\s*([CF]|[Cc]elsius|[Ff]ahrenheit)\s*\}?$", re.S
)
_RATE = re.compile(r"^([\d.,]+)\s*(?:/|per\s)\s*[a-z]+$")
_LEADING = re.compile(r"^([-+]?)\s*(\\\$|[$€£₹¥])\s*(.+)$|^(?:Rs\.?|USD|US\\\$)\s*()()([\d.,]+)$")
_TRAILING_SIGN = re.compile(r"^(.+?)\s*(\\?%|\\\$|[€£₹¢¥]|''|\x22)$")
_MINUTES = re.compile(r"^(\d+(?:\.\d+)?)\s*'$")
_IN_BRACES = re.compile(
    rf"^(.*?\S)\s*((?:{_WRAPPED}|{_BRACED}){_POWER}"
    rf"(?:{_JOIN}(?:{_WRAPPED}|{_BRACED}|{_WORD}){_POWER})*)\s*$",
    re.S,
)
_PLAIN = re.compile(
    rf"^(.*?[\d)}}\]])(\s*)({_WORD}{_POWER}(?:(?:\s+|\s*(?:/|\\cdot|\*)\s*|-){_WORD}{_POWER})*)\s*$"
    , re.S,
)  # fmt: skip
_HAN = re.compile(r"^(.*\d)\s*([\u4e00-\u9fff]+)$")
_HAN_CHANGES = re.compile("[的多余左右上下以不非除未半号第]|平方|立方|倍数")
_IN_PARENTHESES = re.compile(r"^(-?[\d.,/]+)\s*(?:\\text\s*\{\s*)?\(([A-Za-z ]+)\)\s*\}?$")
_AFTER_LETTER = re.compile(
    rf"^(.*(?:\\?pi|[a-z}}]))\s+([A-Za-z]{{2,}}(?: [A-Za-z]+)?{_POWER})$", re.S
)
_FILLERS = re.compile(r"\b(?:old|long|tall|wide|deep|high|away|total|altogether|in total|each)$")
_NOT_UNITS = frozenset(
    str.split(
        "and or if is are the to of no not for i e x y z n k pi oo sqrt sin cos tan log ln exp "
        "inf infinity where with each from all mod real integer integers than then when choose "
        "nCr nPr excluded except included missing omitted short over under below above less more "
        "fewer times plus minus squared cubed factorial remainder radical root divided but by "
        "tens hundred thousand million billion hundreds thousands dozen half halves third thirds "
        "quarter quarters fourth fourths fifth fifths sixth sixths seventh sevenths eighth eighths "
        "ninth ninths tenth tenths hundredth hundredths thousandth thousandths repeating recurring "
        "power base R r C P choices only approx wrong false true max min gcd lcm per "
        "fold equals equal"
    )
)  # fmt: skip
_JOINTS = frozenset(
    str.split(
        "and or if when where mod is are not choose excluded except included omitted squared cubed "
        "factorial remainder radical times plus minus hundred thousand million billion half halves "
        "third thirds quarter quarters tenth tenths hundredth hundredths repeating recurring "
        "otherwise divided over to R but below above less more by i j k e d"
    )
)  # fmt: skip
_GRAMMAR = re.compile(r"([A-Za-zμΩ°]+\.?|°)(?:\^\{?(-?\d)\}?)?|(/)|([·*\s-]+)")
_SQUARES = [(re.compile(r"\b(?:squared?|sq\.?)\s+([A-Za-z]+)", re.I), r"\1^2"),
            (re.compile(r"\b(?:cubic|cu\.?)\s+([A-Za-z]+)", re.I), r"\1^3"),
            (re.compile(r"([A-Za-z]+)\s+squared\b", re.I), r"\1^2"),
            (re.compile(r"([A-Za-z]+)\s+cubed\b", re.I), r"\1^3"),
            (re.compile(r"\s*\b(?:per\s+|an?\s+(?=[a-z]{3}))(?=[A-Za-z])", re.I), "/"),
            (re.compile(r"\s*\^\s*\{?\s*(-?\d)\s*\}?"), r"^\1")]  # fmt: skip


def _plain(unit: str) -> str:
    """The text of a unit without LaTeX."""
    text = re.sub(r"\\(?:text\w*|math\w+|mbox|rm|operatorname)\s*\{([^{}]*)\}", r" \1 ", unit)
    text = text.replace("\\mu", "μ").replace("\\Omega", "Ω").replace("\\cdot", "·")
    text = re.sub(r"μ\s+", "μ", text)
    text = re.sub(r"\{\s*([/A-Za-zμ ]+?)\s*\}", r" \1 ", text).replace("\\", "")
    for pattern, written in _SQUARES:
        text = pattern.sub(written, text)
    text = _FILLERS.sub("", re.sub(r"\s+", " ", text).strip(" ,")).strip()
    return re.sub(r"\s*/\s*", "/", re.sub(r"\s*\^\s*", "^", text)).removesuffix(".")


def _known(name: str) -> tuple[str, Fraction, Base] | None:
    table = units()
    bare = name.rstrip(".")
    if bare in table:
        return table[bare]
    lower = bare.lower()
    if lower in table and (len(lower) > 2 or lower in ("km", "cm", "mm", "kg", "ft", "hr", "lb")):
        return table[lower]
    return None


@lru_cache(maxsize=2048)
def _parsed(text: str) -> tuple[str, Fraction, Base] | None:
    """Name, size and base units of a unit's plain text; `None` where a part is not known."""
    whole = _known(text) or _known(text.replace(" ", ""))
    if whole is not None:
        return whole
    factor, powers, names, sign, position = Fraction(1), dict[str, int](), "", 1, 0
    while position < len(text):
        match = _GRAMMAR.match(text, position)
        if match is None or match.end() == position:
            return None
        position = match.end()
        if match[3]:
            sign, names = -1, names + "/"
        elif match[1]:
            unit = _known(match[1])
            if unit is None:
                return None
            name, size, base = unit
            power = int(match[2] or 1)
            factor *= size ** (sign * power)
            for part, exponent in base:
                powers[part] = powers.get(part, 0) + sign * power * exponent
            joint = "·" if names and not names.endswith("/") else ""
            names += f"{joint}{name}" + (f"^{power}" if power != 1 else "")
    base = tuple(sorted((part, power) for part, power in powers.items() if power))
    return (names, factor, base) if names else None


def canonical(unit: str) -> str:
    """One name for all spellings of a unit.

    >>> canonical("square centimeters"), canonical("kilometers per hour"), canonical("apples")
    ('cm^2', 'km/h', 'apples')
    """
    text = _plain(unit)
    parsed = _parsed(text)
    return parsed[0] if parsed else text.lower()


def is_known(unit: str) -> bool:
    """Whether `unit` (a canonical name) is made of units in the table."""
    return _parsed(unit) is not None


def size(unit: str) -> tuple[Base, Fraction] | None:
    """Base units of a canonical unit and how many of them it holds; `None` if unknown.

    >>> size("km/h") == size("m/s"), size("km/h")[1] / size("m/s")[1]
    (False, Fraction(5, 18))
    """
    parsed = _parsed(unit)
    return (parsed[2], parsed[1]) if parsed else None


@dataclass(frozen=True)
class Split:
    """A text taken apart.

    Args:
        body: what the unit is of.
        unit: the canonical unit.
        certainty: `sure` if the text means nothing else, `likely` for `5 m`, `possible` for `5m`.
    """

    body: str
    unit: str
    certainty: str = "sure"


def split_unit(text: str) -> Split | None:
    """The number and the unit of `text`, or `None` if it has no unit.

    >>> split_unit("5 cm")
    Split(body='5', unit='cm', certainty='sure')
    """
    return _signed(text) or _wrapped(text) or _written(text)


def _signed(text: str) -> Split | None:
    """Signs of money, percent, degrees, feet and inches."""
    warmth = _TEMPERATURE.match(text)
    if warmth:
        return Split(warmth[1], warmth[2][0].upper())
    leading = _LEADING.match(text)
    if leading:
        if leading[3] is None:
            return Split(leading[6], "dollar" if "U" in text else "rupee")
        body = _RATE.sub(r"\1", leading[3])
        inner = split_unit(body)
        if inner and inner.unit == _SYMBOLS[leading[2]]:
            body = inner.body
        return Split(leading[1] + _cents(body), _SYMBOLS[leading[2]])
    trailing = _TRAILING_SIGN.match(text)
    if trailing:
        sign, body = trailing[2], trailing[1]
        if "%" in sign:
            return Split(body, "percent")
        if sign in ("''", '"'):
            return Split(body, "in") if re.search(r"[\d}]$", body) else None
        return Split(_cents(body), _SYMBOLS[sign])
    minutes = _MINUTES.match(text)
    return Split(minutes[1], "ft") if minutes else None


def _cents(body: str) -> str:
    """An amount of money; two digits after its only comma are cents."""
    return re.sub(r"^(-?\d{1,3}(?:\.\d{3})*|-?\d+),(\d\d)$",
                  lambda m: m[1].replace(".", "") + "." + m[2], body)  # fmt: skip


def _wrapped(text: str) -> Split | None:
    """Units in `\\text{…}` or in bare braces, as in `144{m}^3`."""
    braces = _IN_BRACES.match(text)
    if braces is None or braces[1].endswith(("_", "^", "\\cdot", "\\frac", "}{")):
        return None
    unit = _plain(braces[2])
    bare = re.match(r"\{", braces[2])
    if not _is_unit_text(unit, _JOINTS) or (bare and not re.search(r"\d\s*$", braces[1])):
        return None
    if bare and not unit.startswith("/") and not is_known(canonical(unit)):
        return None
    body = re.sub(r"(?:\\cdot|\\times|\*|\\,)\s*$", "", braces[1]).strip()
    return Split(body, canonical(unit))


def _written(text: str) -> Split | None:
    """Units in plain letters."""
    noted = _IN_PARENTHESES.match(text)
    if noted and _is_unit_text(noted[2]):
        return Split(noted[1], canonical(noted[2]))
    han = _HAN.match(text)
    if han and not _HAN_CHANGES.search(han[2]):
        return Split(han[1], han[2])
    plain = _PLAIN.match(text)
    if plain and _is_unit_text(_plain(plain[3])):
        body, gap, unit = plain[1], plain[2], canonical(plain[3])
        letter = len(plain[3]) == 1 and plain[3].isascii()
        counted = re.search(r"\d", body) and not re.search(r"\\times|\*|\\cdot", body)
        if is_known(unit) or (gap and counted and _is_word(plain[3])):
            return Split(body, unit, "sure" if not letter else "likely" if gap else "possible")
    after = _AFTER_LETTER.match(text)
    if after and _is_unit_text(after[2]) and is_known(canonical(after[2])):
        return Split(after[1], canonical(after[2]))
    return None


def _is_word(text: str) -> bool:
    """Whether `text` cannot be a product of variables, as `ab` or `a t` can."""
    words = re.findall(r"[^\W\d_]+", text)
    return any(len(word) > 3 or (len(word) == 3 and re.search("[aeiou]", word)) for word in words)


def _is_unit_text(text: str, excluded: frozenset[str] = _NOT_UNITS) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and not any(word in excluded for word in words) and len(words) <= 5
