"""Units as data: what each is made of, how big it is, and how it is written."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

# symbol | size in base units | base units with their powers | P where SI prefixes apply | names
_TABLE = """
m    | 1                 | m1          | P | meter metre
g    | 1                 | g1          | P | gram gramme gm
s    | 1                 | s1          | P | second sec
A    | 1                 | A1          | P | ampere amp
K    | 1                 | K1          | P | kelvin
mol  | 1                 | mol1        | P | mole
cd   | 1                 | cd1         |   | candela
C    | 1                 | celsius1    |   | celsius degreescelsius degreecelsius °C
F    | 1                 | fahrenheit1 |   | fahrenheit degreesfahrenheit degreefahrenheit °F
degree | 1               | degree1     |   | deg ° arcdegree
arcmin | 1/60            | degree1     |   | arcminute
arcsec | 1/3600          | degree1     |   | arcsecond
radian | 1               | radian1     |   | rad
min  | 60                | s1          |   | minute mins
h    | 3600              | s1          |   | hour hr hrs
day  | 86400             | s1          |   | d
week | 604800            | s1          |   | wk wks
month | 1                | month1      |   | mo mos
year | 1                 | year1       |   | yr yrs
in   | 127/5000          | m1          |   | inch inches
ft   | 381/1250          | m1          |   | foot feet
yd   | 1143/1250         | m1          |   | yard yds
mi   | 201168/125        | m1          |   | mile mi.
nmi  | 1852              | m1          |   | nauticalmile
ly   | 9460730472580800  | m1          |   | lightyear
t    | 1000000           | g1          |   | tonne metricton
lb   | 45359237/100000   | g1          |   | lbs pound
oz   | 45359237/1600000  | g1          |   | ounce
ton  | 1                 | ton1        |   |
L    | 1/1000            | m3          | P | l liter litre
cc   | 1/1000000         | m3          |   | ccs
gal  | 473176473/125000000000 | m3     |   | gallon
qt   | 473176473/500000000000 | m3     |   | quart
pint | 473176473/1000000000000 | m3    |   | pt
cup  | 473176473/2000000000000 | m3    |   | c.
ha   | 10000             | m2          |   | hectare
acre | 316160658/78125   | m2          |   |
N    | 1000              | g1 m1 s-2   | P | newton
J    | 1000              | g1 m2 s-2   | P | joule
W    | 1000              | g1 m2 s-3   | P | watt
Wh   | 3600000           | g1 m2 s-2   | P | watthour
Pa   | 1000              | g1 m-1 s-2  | P | pascal
bar  | 100000000         | g1 m-1 s-2  | P |
atm  | 101325000         | g1 m-1 s-2  |   | atmosphere
cal  | 4184              | g1 m2 s-2   | P | calorie
eV   | 1602176634/10000000000000000000000000 | g1 m2 s-2 | P | electronvolt
V    | 1000              | g1 m2 s-3 A-1 | P | volt
Ω    | 1000              | g1 m2 s-3 A-2 | P | ohm
coulomb | 1              | A1 s1       |   |
farad | 1/1000           | g-1 m-2 s4 A2 |  |
Hz   | 1                 | s-1         | P | hertz
rpm  | 1/60              | turn1 s-1   |   |
B    | 8                 | bit1        | P | byte
bit  | 1                 | bit1        | P |
kph  | 5/18              | m1 s-1      |   | kmph
mph  | 1397/3125         | m1 s-1      |   |
knot | 463/900           | m1 s-1      |   |
dollar | 1               | dollar1     |   | usd buck
cent | 1/100             | dollar1     |   | nickelcent
euro | 1                 | euro1       |   | eur
pound-sterling | 1       | sterling1   |   | gbp quid
pence | 1/100            | sterling1   |   | penny
rupee | 1                | rupee1      |   | rs inr
yuan | 1                 | yuan1       |   | rmb cny
jiao | 1/10              | yuan1       |   |
fen  | 1/100             | yuan1       |   |
yen  | 1                 | yen1        |   | jpy
percent | 1              | percent1    |   | pct percentage
unit | 1                 | unit1       |   |
"""
_PREFIXES = {
    "T": ("tera", 12), "G": ("giga", 9), "M": ("mega", 6), "k": ("kilo", 3), "h": ("hecto", 2),
    "d": ("deci", -1), "c": ("centi", -2), "m": ("milli", -3), "μ": ("micro", -6),
    "n": ("nano", -9), "p": ("pico", -12),
}  # fmt: skip
_EXTRA = {"kgs": "kg", "kilo": "kg", "kms": "km", "mcg": "μg", "KB": "kB"}
_NO_PREFIX = frozenset(["hL", "ha", "dB", "cm.", "mcal", "pA", "dA", "cA", "hA", "pt", "cd", "min"])

Base = tuple[tuple[str, int], ...]
"""Base units with their powers, sorted by name, none of power zero."""


@lru_cache(maxsize=1)
def units() -> dict[str, tuple[str, Fraction, Base]]:
    """Every spelling of every unit: its symbol, its size, and what it is made of."""
    known: dict[str, tuple[str, Fraction, Base]] = {}
    prefixed: dict[str, tuple[str, Fraction, Base]] = {}
    for line in _TABLE.strip().splitlines():
        symbol, size, base, prefixes, names = (cell.strip() for cell in line.split("|"))
        entry = (symbol, Fraction(size), _base(base))
        known[symbol] = entry
        for name in names.split():
            known[name] = known[name + "s"] = known[name + "es"] = entry
        if symbol.islower() and len(symbol) > 2:
            known[symbol + "s"] = entry
        if prefixes:
            prefixed |= _with_prefixes(entry, names.split())
    return prefixed | known | {name: (prefixed | known)[unit] for name, unit in _EXTRA.items()}


def _with_prefixes(
    entry: tuple[str, Fraction, Base], names: list[str]
) -> dict[str, tuple[str, Fraction, Base]]:
    symbol, size, base = entry
    spellings = {}
    for letter, (prefix, exponent) in _PREFIXES.items():
        bigger = (letter + symbol, size * Fraction(10) ** exponent, base)
        if letter + symbol not in _NO_PREFIX:
            spellings[letter + symbol] = bigger
            if symbol == "L":
                spellings[letter + "l"] = bigger
            if letter == "μ":
                spellings["u" + symbol] = bigger
        for name in names:
            if len(name) > 2:
                spellings[prefix + name] = spellings[prefix + name + "s"] = bigger
    return spellings


def _base(text: str) -> Base:
    parts = []
    for part in text.split():
        name = part.rstrip("-0123456789")
        parts.append((name, int(part[len(name) :])))
    return tuple(sorted(parts))
