"""Units, currencies and percent signs that follow or lead a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

# name, dimension, size in the dimension's own unit, other spellings
_TABLE = """
m        length  1            meter meters metre metres 米
cm       length  1/100        centimeter centimeters centimetre centimetres 厘米
mm       length  1/1000       millimeter millimeters millimetre millimetres
dm       length  1/10         decimeter decimeters
km       length  1000         kilometer kilometers kilometre kilometres kms 千米 公里
in       length  127/5000     inch inches
ft       length  381/1250     foot feet
yd       length  1143/1250    yard yards yds
mi       length  201168/125   mile miles
g        mass    1            gram grams gm
kg       mass    1000         kilogram kilograms kgs kilo kilos
mg       mass    1/1000       milligram milligrams
lb       mass    45359237/100000  lbs pound pounds
oz       mass    45359237/1600000 ounce ounces
ton      mass    0            tons tonne tonnes
s        time    1            sec secs second seconds
min      time    60           mins minute minutes 分钟
h        time    3600         hr hrs hour hours 小时
day      time    86400        days
week     time    604800       weeks
month    months  1            months
year     months  12           years yr yrs
L        volume  1            l liter liters litre litres
mL       volume  1/1000       ml milliliter milliliters millilitre millilitres
gal      volume  0            gallon gallons
dollar   money   1            dollars usd bucks
cent     money   1/100        cents
euro     euro    1            euros eur
pound-sterling sterling 1     gbp
rupee    rupee   1            rupees rs inr
yuan     yuan    1            rmb cny 元
degree   angle   1            degrees deg degs 度
radian   radian  1            radians rad
percent  percent 1            percents pct percentage
am       morning 1
pm       evening 1
mph      mph     1            mi/h miles/hour milesperhour mi/hr
km/h     kmh     1            kmh kph kmperhour kilometersperhour kmph km/hr
m/s      mps     1            meterspersecond m/sec
unit     unit    1            units
N        N       1            newton newtons
J        J       1            joule joules
W        W       1            watt watts
V        V       1            volt volts
Hz       Hz      1            hertz
K        K       1            kelvin
C        celsius 1            celsius degreescelsius °C
"""

_SYMBOLS = {
    r"\$": "dollar",
    "$": "dollar",
    "€": "euro",
    "£": "pound-sterling",
    "₹": "rupee",
    "¢": "cent",
    "¥": "yuan",
}
_TEMPERATURE = re.compile(r"^(.*\d)\s*°\s*(?:\\(?:text|mathrm|rm)\s*\{)?\s*([CF])\s*\}?$", re.S)
_RATE = re.compile(r"^([\d.,]+)\s*(?:/|per\s)\s*[a-z]+$")
_INCHES = ("''", '"')
_SQUARE = re.compile(r"^(?:square|sq\.?)\s*(.+)$")
_CUBIC = re.compile(r"^(?:cubic|cu\.?)\s*(.+)$")
_POWER = re.compile(r"^(.+?)\s*\^\s*\{?\s*([23])\s*\}?$")
_TEXT = r"\\(?:text|textbf|textrm|textit|mathrm|mbox|rm|operatorname)\s*\{([^{}]*)\}"
_EXPONENT = r"(?:\s*\^\s*\{?\s*[23]\s*\}?)?"
_IN_BRACES = re.compile(rf"^(.*?\S)\s*{_TEXT}({_EXPONENT})\s*$", re.S)
_PLAIN = re.compile(
    rf"^(.*?[\d)}}\]])(\s*)((?:[A-Za-z\u4e00-\u9fff]+\.?{_EXPONENT})(?:(?:\s+|\s*/\s*|-)[A-Za-z]+\.?{_EXPONENT})*)\s*$"
)
_LEADING = re.compile(r"^([-+]?)\s*(\\\$|[$€£₹¥])\s*(.+)$|^(?:Rs\.?|USD|US\\\$)\s*()()([\d.,]+)$")
_TRAILING_SIGN = re.compile(r"^(.+?)\s*(\\?%|\\\$|[€£₹¢]|''|\x22)$")
_FILLERS = re.compile(r"\b(?:old|long|tall|wide|deep|high|away|total|altogether|in total|each)$")
_AFTER_LETTER = re.compile(
    r"^(.*(?:\\?pi|[a-z}]))\s+([A-Za-z]{2,}(?: [A-Za-z]+)?(?:\s*\^\s*\{?\s*[23]\s*\}?)?)$", re.S
)
_NOT_UNITS = frozenset(
    str.split(
        "and or if is are the to of no not for i e x y z n k pi oo sqrt sin cos tan log ln exp "
        "inf infinity where with each from all mod real integer integers than then when"
    )
)


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[str, str, Fraction]]:
    known = {}
    for line in _TABLE.strip().splitlines():
        name, dimension, size, *others = line.split()
        for spelling in (name, *others):
            known[spelling] = (name, dimension, Fraction(size))
    return known


_JOINTS = frozenset(str.split("and or if when where mod is are not"))


def canonical(unit: str) -> str:
    """One name for all spellings of a unit.

    >>> canonical("square centimeters")
    'cm^2'
    """
    unit = re.sub(r"\b([A-Za-z])\.", r"\1", unit)
    text = re.sub(r"\s+", " ", unit.replace("\\", "").strip().strip(".,")).strip()
    text = re.sub(r"\s*\bper\b\s*", "/", _FILLERS.sub("", text).strip())
    squeezed = text.replace(" ", "")
    for spelling in (text, squeezed, text.lower(), squeezed.lower()):
        if spelling in _names():
            return _names()[spelling][0]
    for pattern, power in ((_SQUARE, "^2"), (_CUBIC, "^3")):
        found = pattern.match(text.lower())
        if found:
            return canonical(found[1]) + power
    found = _POWER.match(text)
    if found:
        return f"{canonical(found[1])}^{found[2]}"
    if "/" in text:
        return "/".join(canonical(part) for part in text.split("/") if part.strip())
    return text.lower()


def is_known(unit: str) -> bool:
    """Whether `unit` (a canonical name) is in the table."""
    known = {name for name, _, _ in _names().values()}
    return all(part.partition("^")[0] in known for part in unit.split("/"))


def size(unit: str) -> tuple[str, Fraction] | None:
    """Dimension of a canonical unit and how many base units it holds; `None` if unknown."""
    name, _, power = unit.partition("^")
    if name not in _names():
        return None
    _, dimension, factor = _names()[name]
    exponent = int(power) if power.isdigit() else 1
    return (f"{dimension}^{exponent}", factor**exponent) if factor else None


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
    warmth = _TEMPERATURE.match(text)
    if warmth:
        return Split(warmth[1], warmth[2])
    leading = _LEADING.match(text)
    if leading:
        if leading[3] is None:
            return Split(leading[6], "dollar" if "U" in text else "rupee")
        body = _RATE.sub(r"\1", leading[3])
        inner = split_unit(body)
        if inner and inner.unit == _SYMBOLS[leading[2]]:
            body = inner.body
        return Split(leading[1] + body, _SYMBOLS[leading[2]])
    trailing = _TRAILING_SIGN.match(text)
    if trailing:
        sign = trailing[2]
        unit = "percent" if "%" in sign else "in" if sign in _INCHES else _SYMBOLS[sign]
        return Split(trailing[1], unit)
    braces = _IN_BRACES.match(text)
    if (
        braces
        and _is_unit_text(braces[2], _JOINTS)
        and not braces[1].endswith(("_", "^", "\\cdot"))
    ):
        body = re.sub(r"(?:\\cdot|\\times|\*)\s*$", "", braces[1]).strip()
        return Split(body, canonical(braces[2].strip() + braces[3].replace(" ", "")))
    plain = _PLAIN.match(text)
    if plain and _is_unit_text(plain[3]):
        body, gap, unit = plain[1], plain[2], canonical(plain[3])
        letter = len(plain[3]) == 1 and plain[3].isascii()
        if is_known(unit) or (gap and re.search(r"\d", body) and _is_word(plain[3])):
            return Split(body, unit, "sure" if not letter else "likely" if gap else "possible")
    after = _AFTER_LETTER.match(text)
    if after and _is_unit_text(after[2]) and is_known(canonical(after[2])):
        return Split(after[1], canonical(after[2]))
    return None


def _is_word(text: str) -> bool:
    """Whether `text` can be no product of variables, as `ab` or `a t` can."""
    words = re.findall(r"[^\W\d_]+", text)
    return any(len(word) > 3 or (len(word) == 3 and re.search("[aeiou]", word)) for word in words)


def _is_unit_text(text: str, excluded: frozenset[str] = _NOT_UNITS) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and not any(word in excluded for word in words) and len(words) <= 5
