"""All the ways in which a text can be read as an answer, the likeliest first."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from itertools import product

from mathcli.answers.cleaning import clean
from mathcli.answers.lexer import Reading, Unreadable
from mathcli.answers.parser import parse
from mathcli.answers.terms import (
    Apply,
    Based,
    Choice,
    Group,
    Number,
    Quantity,
    Relation,
    SetOf,
    Term,
    Unknown,
    Words,
)
from mathcli.answers.units import canonical, size, split_unit
from mathcli.answers.words import folded, is_prose, read_choice, read_words, unwrapped

MAX_LENGTH = 4000
_THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
_LISTED = re.compile(r"(?<!\d)\d{1,3}(?:,[1-9]\d\d)+(?!\d)")
_SCIENTIFIC = re.compile(r"(?<![\d.])\d+e[+-]?\d(?!\d)")
_LOG = re.compile(r"\blog\s*(?![\s_\da-z])|\\log(?![A-Za-z])\s*(?!_)|\blog\s*\(|\blog\s+\w")
_TIGHT = re.compile(r"/\s*\d*\s*(?:\\?[A-Za-z(])")
_BASED = re.compile(r"(?:\\text\{)?\s*(\d[0-9A-Za-z]*|[A-F]+\d[0-9A-F]*)\s*\}?_\s*\{?(\d\d?)\}?")
_NUMBERS = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?(?![\w.]*\d)")
_HEDGES = re.compile(
    r"\b(?:not|no|less|more|fewer|greater|least|most|between|over|under|above|below|than|or|and|"
    r"plus|minus|times|divided|squared|cubed|power|root|factorial|half|third|quarter|twice|double|"
    r"triple|negative|product|sum|difference|[b-hj-z]|if|error|except\w*|each|every|per|line)\b",
    re.I,
)
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_COMPOUND = re.compile(r"(?:\d+(?:\.\d+)?\s*[A-Za-z]+\.?\s*(?:,|and)?\s*){2,4}")
_ORDINAL = re.compile(r"(\d+)\s*(?:st|nd|rd|th)")
_ERROR = re.compile(r"(?:\w*(?:Error|Exception)|Timeout|Traceback)\b")
_ENGLISH = re.compile(
    r"\b(?:is|it|the|of|to|are|was|we|he|she|they|there|this|that|not|cannot|can|yes|because|"
    r"when|with|has|have|does|do|by|at|for|on|be|an|as|so|will|would|I)\s|\s(?:is|it|the|of|to)\b"
)
_LETTERS = re.compile(r"(?=[A-H]{2,6}$)A?B?C?D?E?F?G?H?")
_CONDITION = re.compile(
    r"[,;]?\s*\(?\s*[a-z]\s*\\in\s*\\mathbb\{[NZ]\}\s*(?:[_^]\s*\{?\s*[*+]\s*\}?)?\s*\)?$"
)
_MODULUS = re.compile(r"(.+?)\s*\(?\s*\\?p?mod\s*\{?\s*(\d{1,9})\s*\}?\s*\)?")
_SEPARATOR = re.compile(r"[,;]\s+(?:and |or )?|\s+and\s+|\s+or\s+")
_EXCEPT = re.compile(
    r"(?:all |the )*real (?:numbers?|values)(?: of)?(?: [a-z])? (?:except|other than|but)(?: for)? (?:[a-z] = )?(.+)"
)
_TEXT_MONEY = re.compile(r"\\text\s*\{\s*([-+]?\\\$[^{}]*)\}")
_LABEL = re.compile(r"^((?:[^=<>()]|\([^=()]*\)){1,80}?)\s*=\s*([^=]+)$")


@lru_cache(maxsize=2048)
def readings(text: str) -> tuple[Term, ...]:
    """Every reading of `text`; none if it is not understood.

    >>> len(readings("3/4"))
    1
    """
    cleaned = clean(text)
    if not cleaned or len(cleaned) > MAX_LENGTH:
        return ()
    found: list[Term] = []
    for term in _read(cleaned):
        if term not in found:
            found.append(term)
    return tuple(found)


def _read(text: str) -> list[Term]:
    money = _TEXT_MONEY.fullmatch(text)
    if money:
        return _read(money[1])
    words = read_words(text)
    if words is not None:
        return [words]
    special = (
        _exception(text)
        or _residue(text)
        or _compound(text)
        or _ordinal(text)
        or _error(text)
        or _sentence(text)
    )
    if special is not None:
        return [special]
    based = _BASED.fullmatch(text)
    if based and _is_in_base(based[1], int(based[2])):
        return [Based(based[1].upper(), int(based[2]))]
    found = _choices(text) + _listed(text)
    if found and isinstance(found[-1], Group):
        return found
    unit = split_unit(text)
    if unit is not None:
        inner = _read(unit.body)
        tentative = unit.certainty == "possible"
        with_unit = [_with_unit(term, unit.unit, tentative=tentative) for term in inner]
        if unit.certainty == "sure" and inner:
            return [*found, *with_unit]
        found += _expressions(text) + with_unit
    else:
        found += _expressions(text)
    if not found:
        found = _unconditional(text) or _labelled(text) or _worded(text) or _one_number(text)
    return found


def _is_in_base(digits: str, base: int) -> bool:
    try:
        int(digits, base)
    except ValueError:
        return False
    return True


def _exception(text: str) -> Term | None:
    """`all real numbers except 0 and 1`."""
    found = _EXCEPT.fullmatch(unwrapped(text))
    terms = _read(found[1]) if found else []
    if not terms:
        return None
    left_out = terms[0].items if isinstance(terms[0], Group) else (terms[0],)
    return SetOf("difference", (SetOf("reals", ()), Group("set", left_out)))


def _residue(text: str) -> Term | None:
    """`x \\equiv 10 \\pmod{7}` as the residue 3 modulo 7."""
    found = _MODULUS.fullmatch(text)
    if not found:
        return None
    body = found[1].rsplit(r"\equiv", 1)
    terms = _expressions(body[-1].strip())
    if not terms or int(found[2]) == 0:
        return None
    value = terms[0]
    if isinstance(value, Number) and value.value.denominator == 1:
        value = Number(value.value % int(found[2]))
    return Quantity(value, f"mod {found[2]}")


def _listed(text: str) -> list[Term]:
    """`3 cm, 4 cm` and `\\$5 and \\$10`, where each member has a unit of its own."""
    parts = [part for part in _SEPARATOR.split(unwrapped(text)) if part.strip()]
    if not 2 <= len(parts) <= 20 or re.search(r"[()\[\]{}=<>]", unwrapped(text)):
        return []
    units = [split_unit(part.strip()) for part in parts]
    if not any(units) or not all(_read(part.strip()) for part in parts):
        return []
    return [Group("list", tuple(_read(part.strip())[0] for part in parts))]


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
    if any(larger <= smaller for larger, smaller in zip(factors, factors[1:], strict=False)):
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


def _with_unit(term: Term, unit: str, *, tentative: bool) -> Term:
    """The unit goes to the value: `x = 5 cm` is `x = (5 cm)`."""
    if isinstance(term, Relation) and set(term.ops) == {"="}:
        return Relation(term.ops, (*term.terms[:-1], Quantity(term.terms[-1], unit, tentative)))
    return Quantity(term, unit, tentative)


def _choices(text: str) -> list[Term]:
    found = read_choice(text)
    if found is None:
        return []
    choice, rest = found
    if not rest:
        return [choice]
    contents = _read(rest) if len(rest) < 400 else []
    return [Choice(choice.letter, content) for content in contents] or [
        Choice(choice.letter, Words(folded(rest)))
    ]


def _expressions(text: str) -> list[Term]:
    """Readings as mathematics, under each combination of what is ambiguous in `text`."""
    options = {
        "thousands": (True, False) if _LISTED.search(text) else (True,),
        "scientific": (True, False) if _SCIENTIFIC.search(text) else (True,),
        "common_log": (False, True) if "log" in text and _LOG.search(text) else (False,),
        "tight": (False, True) if _TIGHT.search(text) and not _program(text) else (False,),
    }
    found: list[Term] = []
    for values in product(*options.values()):
        try:
            term = parse(text, Reading(**dict(zip(options, values, strict=True))))
        except (Unreadable, RecursionError):
            continue
        found.append(_top(term))
        if isinstance(term, Relation) and term.ops[-1] == "≈":
            found.append(_top(term.terms[-1]))
    if _LETTERS.fullmatch(unwrapped(text)):
        found.append(Group("list", tuple(Choice(letter) for letter in unwrapped(text))))
    return found


def _program(text: str) -> bool:
    """Whether `text` is as Python prints it, where every product has its sign."""
    return "*" in text and "\\" not in text


def _top(term: Term) -> Term:
    """Percent signs and degrees of the whole are units, not factors."""
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


def _labelled(text: str) -> list[Term]:
    """`\\angle ABC = 30`: a left side that is no mathematics here names what is meant."""
    found = _LABEL.match(text)
    if not found or len(found[1].split()) > 8:
        return []
    return [
        Relation(("=",), (Unknown(re.sub(r"\s+", "", found[1])), term)) for term in _read(found[2])
    ]


def _one_number(text: str) -> list[Term]:
    """A phrase with one number in it, which says how many of what: `she has 5 apples left`."""
    plain = unwrapped(text)
    found = _NUMBERS.findall(plain)
    words = _NUMBERS.sub(" ", plain)
    if len(found) != 1 or _HEDGES.search(words) or not is_prose(words.strip(" .$\\%,")):
        return []
    number = found[0].replace(",", "")
    return [Quantity(term, folded(words)) for term in _expressions(number)[:1]]


def _unconditional(text: str) -> list[Term]:
    """A formula without the remark that its index is a whole number."""
    rest = _CONDITION.sub("", text)
    return _read(rest) if rest and rest != text else []


def _worded(text: str) -> list[Term]:
    return [Words(folded(text))] if is_prose(text) and folded(text) else []
