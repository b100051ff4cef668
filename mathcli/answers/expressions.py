"""Readings of a formula: what is ambiguous in it, read in each way."""

from __future__ import annotations

import re
from itertools import product

from mathcli.answers.lexer import (
    CONSTANTS,
    CONSTRUCTORS,
    FUNCTIONS,
    GREEK,
    Reading,
    Unreadable,
)
from mathcli.answers.parser import parse
from mathcli.answers.terms import Apply, Choice, Group, Quantity, Relation, Term
from mathcli.answers.words import unwrapped

_LISTED = re.compile(r"(?<!\d)\d{1,3}(?:,[1-9]\d\d)+(?!\d)")
_SCIENTIFIC = re.compile(r"(?<![\d.])\d+e[+-]?\d(?!\d)")
_LOG = re.compile(r"\blog\s*(?![\s_\da-z])|\\log(?![A-Za-z])\s*(?!_)|\blog\s*\(|\blog\s+\w")
_REPEATING = re.compile(r"\d\.\d+\(\d+\)")
_TWO_WORDS = re.compile(r"(?<![\\A-Za-z])([A-Za-z]{2,})(?=\s+([A-Za-z]{2,})(?![A-Za-z]))")
_KNOWN = frozenset([*FUNCTIONS, *CONSTANTS, *GREEK, *CONSTRUCTORS, "or", "and", "in", "mod"])
_TIGHT = re.compile(r"/\s*\d*\s*(?:\\?[A-Za-z(])")
_LETTERS = re.compile(r"(?=[A-H]{2,6}$)A?B?C?D?E?F?G?H?")


def expressions(text: str) -> list[Term]:
    """Readings as mathematics, under each combination of what is ambiguous in `text`."""
    if any(not {found[1], found[2]} & _KNOWN for found in _TWO_WORDS.finditer(text)):
        return []
    options = {
        "thousands": (True, False) if _LISTED.search(text) else (True,),
        "scientific": (True, False) if _SCIENTIFIC.search(text) else (True,),
        "repeating": (True, False) if _REPEATING.search(text) else (True,),
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
