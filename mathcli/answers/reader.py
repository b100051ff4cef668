"""All the ways in which a text can be read as an answer, the likeliest first."""

from __future__ import annotations

import re
from functools import lru_cache

from mathcli.answers.cleaning import clean
from mathcli.answers.expressions import expressions
from mathcli.answers.phrases import read_phrase
from mathcli.answers.terms import (
    Choice,
    Group,
    Nothing,
    Number,
    Quantity,
    Relation,
    SetOf,
    Term,
    Unknown,
    Words,
)
from mathcli.answers.units import split_unit
from mathcli.answers.words import folded, is_prose, read_choice, unwrapped

MAX_LENGTH = 4000
_NUMBERS = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?(?![\w.]*\d)")
_HEDGES = re.compile(
    r"\b(?:not|no|less|more|fewer|greater|least|most|between|over|under|above|below|than|or|and|"
    r"plus|minus|times|divided|squared|cubed|power|root|factorial|half|third|quarter|twice|double|"
    r"triple|negative|product|sum|difference|[b-hj-z]|if|error|except\w*|each|every|per|line)\b",
    re.I,
)
_SETS: dict[str, Term] = {
    "R": SetOf("reals", ()),
    r"\phi": Nothing("empty"),
    r"\varphi": Nothing("empty"),
    r"\Phi": Nothing("empty"),
}
_LETTERS = re.compile(r"\(([A-J])\)(?:\s*(?:,|and|,\s*and|&|or)?\s*\(([A-J])\))+")
_CONDITION = re.compile(
    r"[,;]?\s*\(?\s*[a-z]\s*\\in\s*\\mathbb\{[NZ]\}\s*(?:[_^]\s*\{?\s*[*+]\s*\}?)?\s*\)?$"
)
_MODULUS = re.compile(r"(.+?)\s*\(?\s*\\?p?mod\s*\{?\s*(\d{1,9})\s*\}?\s*\)?")
_SEPARATOR = re.compile(r"[,;]\s+(?:and |or )?|\s+and\s+|\s+or\s+")
_EXCEPT = re.compile(
    r"(?:all |the )*real (?:numbers?|values)(?: of)?(?: [a-z])? "
    r"(?:except|other than|but)(?: for)? (?:[a-z] = )?(.+)"
)
_TEXT_MONEY = re.compile(r"\\text\s*\{\s*([-+]?\\\$[^{}]*)\}")
_IS = re.compile(r"^([A-Za-z][A-Za-z ']{2,80}) (?:is|are|equals|will be|would be)(?! not\b) (.+)$")
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
    special = _exception(text) or _residue(text) or read_phrase(text)
    if special is not None:
        return [special]
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
        found += expressions(text) + with_unit
    else:
        found += expressions(text)
    if text in _SETS:
        found.append(_SETS[text])
    if not found:
        found = (
            _named(text)
            or _unconditional(text)
            or _labelled(text)
            or _worded(text)
            or _one_number(text)
        )
    return found


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
    terms = expressions(body[-1].strip())
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
    read = [_read(part.strip()) for part in parts]
    return [Group("list", tuple(each[0] for each in read))] if any(units) and all(read) else []


def _named(text: str) -> list[Term]:
    """`\\angle A = 60, \\angle B = 30`: several names that are no mathematics here."""
    parts = _SEPARATOR.split(unwrapped(text))
    if not 2 <= len(parts) <= 20 or not all(part.count("=") == 1 for part in parts):
        return []
    read = [_labelled(part) for part in parts]
    return [Group("list", tuple(each[0] for each in read))] if all(read) else []


def _with_unit(term: Term, unit: str, *, tentative: bool) -> Term:
    """The unit goes to the value: `x = 5 cm` is `x = (5 cm)`."""
    if isinstance(term, Relation) and set(term.ops) == {"="}:
        return Relation(term.ops, (*term.terms[:-1], Quantity(term.terms[-1], unit, tentative)))
    return Quantity(term, unit, tentative)


def _choices(text: str) -> list[Term]:
    if _LETTERS.fullmatch(unwrapped(text)):
        letters = re.findall(r"[A-J](?![a-z])", unwrapped(text))
        return [Group("list", tuple(map(Choice, letters)))]
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


def _labelled(text: str) -> list[Term]:
    """`\\angle ABC = 30`: a left side that is no mathematics here names what is meant."""
    found = _LABEL.match(text) or _IS.match(unwrapped(text))
    if not found or len(found[1].split()) > 12:
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
    return [Quantity(term, folded(words)) for term in expressions(number)[:1]]


def _unconditional(text: str) -> list[Term]:
    """A formula without the remark that its index is a whole number."""
    rest = _CONDITION.sub("", text)
    return _read(rest) if rest and rest != text else []


def _worded(text: str) -> list[Term]:
    return [Words(folded(text))] if is_prose(text) and folded(text) else []
