"""Does a program calculate with the numbers and formulas of its problem?

A program that runs may still have misread its problem. Signs of this are a number of the problem
that it never uses, or a number in it that comes from nowhere: `integrate(f, (x, 1, 1))` for "from 1
to e" has left out e.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mathcli.solving.stated_formulas import missed_formulas

_MOST_TEXT = 20_000  # characters: the rest of a longer text is not read
_MOST_NAMED = 12  # most numbers that a record lists
_LARGEST = 10**30
_LONGEST_NUMBER = 60  # characters

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4,
    "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6, "eighth": 8, "tenth": 10,
}  # fmt: skip
_TIMES = {"twice": 2, "double": 2, "doubled": 2, "thrice": 3, "triple": 3, "tripled": 3}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+\.\d+|\.\d+|\d+"
_MENTION = re.compile(
    rf"(?P<frac>\\[dt]?frac\s*\{{\s*(?P<over>\d+)\s*\}}\s*\{{\s*(?P<under>\d+)\s*\}})"
    rf"|(?P<number>{_NUMBER})(?:\s*/\s*(?P<divisor>\d+)(?![\d.]))?(?P<percent>\s*\\?%|\s+percent\b)?"
    r"(?P<cents>\s*(?:¢|cents?\b))?"
    rf"(?:[\s-]+(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"|\b(?P<tens>{'|'.join(_TENS)})[\s-]+(?P<ones>{'|'.join(_SMALL[1:10])})\b"
    rf"|\b(?P<word>{'|'.join([*_SMALL[2:], *_TENS])})\b(?:[\s-]+(?P<wordscale>{'|'.join(_SCALES)}"
    rf"|{'|'.join(_PARTS)})\b)?"
    rf"|\b(?P<part>{'|'.join(_PARTS)})\b|\b(?P<times>{'|'.join(_TIMES)})\b",
    re.IGNORECASE,
)
# What a problem may name besides numbers, and how a program may write it.
_NAMED: tuple[tuple[str, re.Pattern[str], frozenset[str]], ...] = (
    ("e", re.compile(r"(?<![\w\\.])e(?=\s*(?:\^|$|[.,;)\]}]))|(?:to|from|by)\s+\$?e\b"),
     frozenset({"E", "e", "exp"})),
    ("π", re.compile(r"π|\\pi\b|\bpi\b"), frozenset({"pi", "π"})),
    ("sin", re.compile(r"\bsin\b"), frozenset({"sin"})),
    ("cos", re.compile(r"\bcos\b"), frozenset({"cos"})),
    ("tan", re.compile(r"\btan\b"), frozenset({"tan"})),
    ("log", re.compile(r"\b(?:log|ln)\b"), frozenset({"log", "ln", "log2", "log10"})),
)  # fmt: skip
_IMPLIED = {Fraction(0), Fraction(1)}  # `= 0` and `1x` need not be written
# Numbers that need not be in the problem: of counting, units and formulas.
_COMMON = frozenset(map(Fraction.from_decimal, map(Decimal, [
    "0", "1", "2", "3", "4", "7", "10", "12", "24", "30", "52", "60", "90", "100", "180", "360",
    "365", "1000", "3600", "0.5", "0.01", "3.14", "3.14159", "1e-6", "1e-9",
])))  # fmt: skip
_OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: lambda a, b: a % b,
}  # fmt: skip


@dataclass(frozen=True)
class Faithfulness:
    """`unused`: numbers of the problem, as written there, that no program of a solution uses.
    `strange`: numbers in the programs that the problem does not have. `missed`: formulas of the
    problem, as written there, that no program contains."""

    unused: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A number as written in a text, and the values that may stand for it in a program."""

    text: str
    values: frozenset[Fraction]


def faithfulness(problem: str, programs: Iterable[str]) -> Faithfulness | None:
    """Compare a solution's programs with the problem's numbers and formulas; `None` without a
    program.

    >>> faithfulness("Tom has 3 dozen eggs and eats 5.", ["print(36 - 8)"])
    Faithfulness(unused=('5',), strange=('8',), missed=())
    >>> faithfulness("A price of 40 falls by 20%.", ["print(40 * (1 - 0.2))"])
    Faithfulness(unused=(), strange=(), missed=())
    """
    programs = list(programs)
    read = [found for program in programs if (found := _read(program)) is not None]
    if not read:
        return None
    problem = problem[:_MOST_TEXT]
    said = list(mentions(problem))
    values = {value for one in read for value in one.values}
    names = {name for one in read for name in one.names}
    unused = [one.text for one in said if not one.values & (values | _IMPLIED)]
    unused += [
        name
        for name, pattern, writings in _NAMED
        if pattern.search(problem) and not writings & names
    ]
    allowed = _COMMON.union(*(one.values for one in said))
    own = dict.fromkeys(value for one in read for value in one.constants if value not in allowed)
    return Faithfulness(
        tuple(dict.fromkeys(unused))[:_MOST_NAMED],
        tuple(map(_written, own))[:_MOST_NAMED],
        missed_formulas(problem, programs),
    )


def mentions(text: str) -> Iterator[Mention]:
    """The numbers of a text, in digits and words, each with the values that it may mean.

    >>> [(one.text, sorted(map(str, one.values))) for one in mentions("twice as many as 1,200")]
    [('twice', ['2']), ('1,200', ['1200'])]
    """
    for found in _MENTION.finditer(text):
        values = _values(found)
        if values:
            yield Mention(found.group().strip(), frozenset(values))


def _values(found: re.Match[str]) -> set[Fraction]:
    part = {name: text.lower() for name, text in found.groupdict().items() if text}
    if max(map(len, part.values())) > _LONGEST_NUMBER:
        return set()
    if "frac" in part:
        return _ratio(Fraction(part["over"]), Fraction(part["under"]))
    if "number" in part:
        return _of_digits(part)
    if "tens" in part:
        return {Fraction(_WORDS[part["tens"]] + _WORDS[part["ones"]])}
    if "times" in part:
        return {Fraction(_TIMES[part["times"]])}
    if "part" in part:
        return _ratio(Fraction(1), Fraction(_PARTS[part["part"]]))
    value, scale = Fraction(_WORDS[part["word"]]), part.get("wordscale", "")
    if scale in _PARTS:
        return _ratio(value, Fraction(_PARTS[scale]))
    return {value, value * _SCALES.get(scale, 1)}


def _of_digits(part: dict[str, str]) -> set[Fraction]:
    value = Fraction(part["number"].replace(",", ""))
    if value > _LARGEST:
        return set()
    if "divisor" in part:
        return _ratio(value, Fraction(part["divisor"]))
    if "cents" in part:
        return {value, value / 100}
    if "percent" in part:
        share = value / 100
        return {value, share, 1 - share, 1 + share, 100 - value, 100 + value}
    return {value, value * _SCALES.get(part.get("scale", ""), 1)}


def _ratio(over: Fraction, under: Fraction) -> set[Fraction]:
    """The values that a fraction may mean: itself, 1 minus it, 1 plus it, and its two parts."""
    if not under:
        return {over}
    return {over / under, 1 - over / under, 1 + over / under, under, *({over} if over > 1 else ())}


# -- programs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """Read from a program: its numbers, the values of its constant expressions, its names."""

    constants: list[Fraction]
    values: set[Fraction]
    names: set[str]


def _read(program: str) -> _Read | None:
    try:
        tree = ast.parse(program[:_MOST_TEXT])
        read = _Read([], set(), set())
        for node in tree.body:
            _fold(node, read)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return read


def _fold(node: ast.AST, read: _Read) -> Fraction | None:
    """Record an expression's numbers and names; return its value if it is constant."""
    if isinstance(node, ast.Constant):
        return _constant(node.value, read)
    if isinstance(node, ast.Name):
        read.names.add(node.id)
    elif isinstance(node, ast.Attribute):
        read.names.add(node.attr)
    parts = [_fold(child, read) for child in ast.iter_child_nodes(node)]
    value = None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = None if parts[-1] is None else -parts[-1]
    elif isinstance(node, ast.BinOp):
        value = _operate(node.op, parts[0], parts[-1])
    elif isinstance(node, ast.Call) and len(parts) == 3 and "Rational" in ast.dump(node.func):
        value = _operate(ast.Div(), parts[1], parts[2])
    if value is not None:
        read.values.update((value, abs(value)))
    return value


def _constant(value: object, read: _Read) -> Fraction | None:
    if isinstance(value, str):  # "x**2 - 3" for sympify
        read.names.update(re.findall(r"[A-Za-z]+", value))
        read.values.update(number for one in mentions(value) for number in one.values)
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not abs(value) <= _LARGEST:  # also `nan`
        return None
    number = Fraction(str(value))
    read.constants.append(number)
    read.values.add(number)
    return number


def _operate(kind: ast.operator, a: Fraction | None, b: Fraction | None) -> Fraction | None:
    if a is None or b is None or type(kind) not in _OPERATIONS:
        return None
    if not b and isinstance(kind, (ast.Div, ast.FloorDiv, ast.Mod)):
        return None
    value = _OPERATIONS[type(kind)](a, b)
    return value if abs(value) <= _LARGEST else None


def _written(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):g}"
