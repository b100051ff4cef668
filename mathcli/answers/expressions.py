"""All readings of a formula: each ambiguous notation is read in every way."""

from __future__ import annotations

import re
from functools import partial
from itertools import product

from mathcli.answers.connectives import begins_with_a_word
from mathcli.answers.lexer import (
    CONSTANTS,
    CONSTRUCTORS,
    FUNCTIONS,
    GREEK,
    Conventions,
    Unreadable,
)
from mathcli.answers.parser import parse
from mathcli.answers.senses import Certainty, Sense, sure
from mathcli.answers.terms import (
    Apply,
    Group,
    LetterChoice,
    Quantity,
    Relation,
    Term,
)
from mathcli.answers.words import unwrapped

_LISTED = re.compile(r"(?<!\d)[1-9]\d{0,2}(?:,[1-9]\d\d)+(?!\d)")
_MAYBE_DECIMAL = re.compile(r"-?0,\d\d?")
_SPACED = re.compile(r"-?\d+(?:\.\d+)?(?:\s+-?\d+(?:\.\d+)?)+")
_SPACED_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?:\.\d+)?")
_SCIENTIFIC = re.compile(r"(?<![\d.])\d+e[+-]?\d(?!\d)")
_LOG = re.compile(r"\blog\s*(?![\s_\da-z])|\\log(?![A-Za-z])\s*(?!_)|\blog\s*\(|\blog\s+\w")
_REPEATING = re.compile(r"\d\.\d+\(\d+\)")
_TWO_WORDS = re.compile(r"(?<![\\A-Za-z])([A-Za-z]{2,})(?=\s+([A-Za-z]{2,})(?![A-Za-z]))")
_KNOWN = frozenset([*FUNCTIONS, *CONSTANTS, *GREEK, *CONSTRUCTORS, "or", "and", "in", "mod"])
_TIGHT = re.compile(r"/\s*\d*\s*(?:\\?[A-Za-z(])")
_LETTERS = re.compile(r"(?=[A-H]{2,6}$)A?B?C?D?E?F?G?H?")
_APPLIED = re.compile(r"(?<![\\A-Za-z}])[A-Za-z]\(\s*-?0*[1-9]\d*(?:\.\d+)?\s*\)")
_UPPER_I = re.compile(r"(?<![A-Za-z\\{])I(?![A-Za-z_(])")
_UPPER_E = re.compile(r"(?<![A-Za-z\\{])E(?![A-Za-z_(])")
_VARIABLE = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_COUNTING = [
    (re.compile(r"(?<![\\\w}])\{?\}?[_^]\{?(\d+)\}?\s*([CP])\s*_\{?(\d+)\}?"), 1),
    (re.compile(r"(?<![\\\w}])(\d+)\s*([CP])\s*(\d+)(?!\d)"), 1),
    (re.compile(r"(?<![\\\w])([CPA])\s*_\s*\{?(\d+)\}?\s*\^\s*\{?(\d+)\}?"), 0),
    (re.compile(r"(?<![\\\w])([CP])\(\s*(\d+)\s*,\s*(\d+)\s*\)"), 0),
]
_DECORATED = re.compile(r"\\(?:overline|overrightarrow|vec|bar)\s*\{([A-Z]{2})\}")
_ARROW = re.compile(r"\\(?:overrightarrow|vec)\s*\{([A-Z]{2})\}")
_UNIT_LETTERS = frozenset("ijk")


def expressions(text: str, *, decimal_comma: bool = False) -> list[Sense]:
    """Readings as mathematics, under each combination of what is ambiguous in `text`."""
    if any(not {pair[1], pair[2]} & _KNOWN for pair in _TWO_WORDS.finditer(text)):
        return []
    if _SPACED.fullmatch(text):
        return _side_by_side(text)
    if begins_with_a_word(text):
        return []
    senses = _under_each(text, _options(text, decimal_comma))
    senses += _counted(text) + _undecorated(text)
    if _MAYBE_DECIMAL.fullmatch(text):
        decimal = parse(text.replace(",", "."), Conventions())
        senses.append(Sense(decimal, (), Certainty.ONE_SIDE))
    if _LETTERS.fullmatch(unwrapped(text)):
        senses.append(
            sure(Group("list", tuple(LetterChoice(letter) for letter in unwrapped(text))))
        )
    return senses + _components(text)


def _options(text: str, decimal_comma: bool) -> dict[str, tuple[bool, ...]]:
    """The conventions that matter in `text`, with the values to try, likeliest first."""
    logarithm = "log" in text and _LOG.search(text)
    tight = _TIGHT.search(text) and not _program(text)
    return {
        "decimal_comma": (decimal_comma,),
        "thousands": (True, False) if _LISTED.search(text) and not decimal_comma else (True,),
        "scientific": (True, False) if _SCIENTIFIC.search(text) else (True,),
        "repeating": (True, False) if _REPEATING.search(text) else (True,),
        "common_log": (False, True) if logarithm else (False,),
        "tight": (False, True) if tight else (False,),
        "applied": (True, False) if _APPLIED.search(text) else (True,),
        "upper_i": _constant_letter(text, _UPPER_I),
        "upper_e": _constant_letter(text, _UPPER_E),
    }


def _constant_letter(text: str, letter: re.Pattern[str]) -> tuple[bool, ...]:
    """Whether I or E is a constant, as programs print it, or a variable, as in physics."""
    if not letter.search(text):
        return (False,)
    if text in ("E", "I"):
        return (text == "I",)
    if _program(text):
        return (True,)
    others = set(_VARIABLE.findall(letter.sub("", text))) - {"e", "i"}
    return (False,) if others or "\\" in text else (True, False)


def _under_each(text: str, options: dict[str, tuple[bool, ...]]) -> list[Sense]:
    open_ = [name for name, values in options.items() if len(values) > 1]
    senses: list[Sense] = []
    for values in product(*options.values()):
        taken = dict(zip(options, values, strict=True))
        try:
            term = parse(text, Conventions(**taken))
        except (Unreadable, RecursionError):
            continue
        choices = tuple((name, taken[name]) for name in open_)
        trust = Certainty.SURE if taken["applied"] else Certainty.DOUBTFUL
        if not taken["thousands"] and isinstance(term, Group) and term.kind == "list":
            term = Group("tuple", term.items)  # read so only where the order is the same
        senses.append(Sense(_top(term), choices, trust))
        if isinstance(term, Relation) and term.ops[-1] == "≈":
            senses.append(Sense(_top(term.terms[-1]), choices, Certainty.ONE_SIDE))
    return senses


def _side_by_side(text: str) -> list[Sense]:
    """`1 2 3`: a list whose order may matter; `12 345` is one number first."""
    values = []
    if _SPACED_THOUSANDS.fullmatch(text):
        values.append(Sense(parse(text.replace(" ", ""), Conventions()), (("spaced", True),)))
    items = tuple(parse(part, Conventions()) for part in text.split())
    if re.search(r"\d\s+-", text) and not re.search(r"\d\s+\d", text):
        values.append(Sense(parse(text, Conventions()), (("spaced", True),)))  # a difference
    choices = (("spaced", False),) if values else ()
    return [*values, Sense(Group("tuple", items), choices)]


def _counted(text: str) -> list[Sense]:
    """Combinations and arrangements: `5C2`, `{}_5C_2`, `C(5, 2)`, `A_5^2`."""

    def written(place: int, match: re.Match[str]) -> str:
        letter, n, k = (match[2], match[1], match[3]) if place else (match[1], match[2], match[3])
        return f"{'binomial' if letter == 'C' else 'nPr'}({n}, {k})"

    rewritten = text
    for pattern, place in _COUNTING:
        rewritten = pattern.sub(partial(written, place), rewritten)
    if rewritten == text:
        return []
    try:
        return [Sense(_top(parse(rewritten, Conventions())), (), Certainty.NOT_TWICE)]
    except (Unreadable, RecursionError):
        return []


def _undecorated(text: str) -> list[Sense]:
    """`\\overrightarrow{AB}` where the other side writes AB."""
    if not _DECORATED.search(text):
        return []
    try:
        term = parse(_DECORATED.sub(r"\1", text), Conventions())
    except (Unreadable, RecursionError):
        return []
    return [Sense(term, (), Certainty.ONE_SIDE if _ARROW.search(text) else Certainty.SURE)]


def _components(text: str) -> list[Sense]:
    """`i + 2j + 3k` as a vector, where the other side is one."""
    letters = set(_VARIABLE.findall(text))
    if not {"i", "j"} <= letters <= _UNIT_LETTERS:
        return []
    try:
        return [sure(parse(_VARIABLE.sub(lambda m: rf"\mathbf{{{m[0]}}}", text), Conventions()))]
    except (Unreadable, RecursionError):
        return []


def _program(text: str) -> bool:
    """Whether `text` is as Python prints it, where every product has its sign."""
    return (
        "*" in text or re.search(r"\b(?:sqrt|exp|log)\(", text) is not None
    ) and "\\" not in text


def _top(term: Term) -> Term:
    """A term in which percent signs and degrees after the whole are units, not factors."""
    if isinstance(term, Apply) and term.op == "percent":
        return Quantity(term.args[0], "percent")
    if isinstance(term, Apply) and _in_degrees(term):
        return Quantity(_without_degrees(term), "degree")
    if isinstance(term, Relation) and isinstance(term.terms[-1], Apply):
        return Relation(term.ops, (*term.terms[:-1], _top(term.terms[-1])))
    if isinstance(term, Group) and term.kind in ("list", "set"):
        return Group(term.kind, tuple(_top(item) for item in term.items))
    return term


def _in_degrees(term: Term) -> bool:
    """Whether degrees occur outside the argument of a function."""
    if not isinstance(term, Apply):
        return False
    return term.op == "degrees" or (
        term.op in ("add", "neg", "mul", "div") and any(map(_in_degrees, term.args))
    )


def _without_degrees(term: Term) -> Term:
    if not isinstance(term, Apply) or term.op not in ("degrees", "add", "neg", "mul", "div"):
        return term
    if term.op == "degrees":
        return term.args[0]
    return Apply(term.op, tuple(map(_without_degrees, term.args)))
