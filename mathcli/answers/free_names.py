"""Names that are free: constants of integration, and whole numbers that count solutions."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

from mathcli.answers.terms import (
    Apply,
    Constant,
    Family,
    Number,
    Symbol,
    Term,
    substitute,
    symbols,
    walk,
)
from mathcli.answers.verdict import Comparison, Verdict, correct, undecided

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules

_ADDED = ("C", "K", "C_1", "C_0", "c", "k")
_NUMBERED = re.compile(r"[CcKk]_\d")
_LETTERS = frozenset("ABCDK")
_COUNTERS = ("k", "n", "m")
_MOST_NAMES = 4


class Freedom:
    """Compares expressions that differ as written, but may differ in free names only."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def compare(self, first: Term, second: Term) -> Comparison | None:
        """A verdict where a free name explains the difference, else `None`."""
        return (
            self._counted(first, second)
            or self._general(first, second)
            or self._added(first, second)
        )

    def _added(self, first: Term, second: Term) -> Comparison | None:
        """`x^2 + C` against `x^2` or `x^2 + K`: a constant that is only added."""
        for term, other in ((first, second), (second, first)):
            name = _added_constant(term)
            if name is None:
                continue
            rest = _without(term, name)
            renamed = _added_constant(other)
            if renamed is not None:
                if self.rules.scalars.equal(rest, _without(other, renamed)):
                    return correct("equal but for the name of the arbitrary constant")
            elif self.rules.scalars.equal(rest, other):
                return undecided(f"equal but for the arbitrary constant {name}")
        return None

    def _general(self, first: Term, second: Term) -> Comparison | None:
        """`C_1 e^x + C_2 e^{-x}` under other names of its constants."""
        names = [symbols(first), symbols(second)]
        if not any(_NUMBERED.fullmatch(name) for name in names[0] | names[1]):
            return None
        free = [sorted(name for name in side if _NUMBERED.fullmatch(name) or name in _LETTERS)
                for side in names]  # fmt: skip
        if len(free[0]) != len(free[1]) or not 0 < len(free[0]) <= _MOST_NAMES:
            return None
        for order in permutations(free[1]):
            renamed = second
            for place, name in enumerate(order):
                renamed = substitute(renamed, name, Symbol(f"free{place}"))
            for place, name in enumerate(free[0]):
                renamed = substitute(renamed, f"free{place}", Symbol(name))
            if self.rules.scalars.equal(first, renamed):
                return correct("equal but for the names of the arbitrary constants")
        return None

    def _counted(self, first: Term, second: Term) -> Comparison | None:
        """`pi/4 + k pi` against `pi/4 + n pi`: families whose whole number is left unsaid."""
        families = [_family(term) for term in (first, second)]
        if families[0] is None or families[1] is None:
            return None
        comparison = self.rules.groups.families(families[0], families[1])
        if comparison.verdict is Verdict.CORRECT:
            return correct("the same family of values, for whole numbers of any name")
        return None


def _family(term: Term) -> Family | None:
    """Angles with a multiple of pi that counts."""
    if Constant("pi") not in set(walk(term)):
        return None
    names = symbols(term)
    return Family(term, next(iter(names))) if len(names) == 1 and names <= set(_COUNTERS) else None


def _added_constant(term: Term) -> str | None:
    """The constant that is added to the rest of `term` and occurs nowhere else in it."""
    if not isinstance(term, Apply) or term.op != "add":
        return None
    for name in _ADDED:
        if Symbol(name) not in term.args or sum(part == Symbol(name) for part in walk(term)) > 1:
            continue
        others = symbols(term) - {name}
        if name in ("c", "k") and (len(others) > 1 or others & set("abdfgh")):
            continue  # one more of several letters
        return name
    return None


def _without(term: Term, name: str) -> Term:
    return substitute(term, name, Number(Fraction(0)))
