"""Compares conditions on one real variable as sets: the numbers that satisfy them.

The places where a condition may change from true to false are found exactly if its sides are
polynomials, else by a search for changes of sign on a grid over all sizes. Between two such places
it does not change, so comparing once between them, and at the places themselves, decides.

"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mathcli.answers.exact import Undefined
from mathcli.answers.operations import NotNumeric
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Interval,
    Junction,
    Member,
    Nothing,
    Piecewise,
    Relation,
    SetOf,
    Symbol,
    Term,
    is_scalar,
    symbols,
    walk,
)
from mathcli.answers.verdict import Comparison, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.scalars import Scalars

MAX_PLACES = 120
_GRID = 14
_OUTSIDE = 1e25
_WHOLE_LINE = frozenset(["reals"])


class NotACondition(ValueError):
    """The term is no condition on one real variable."""


def variable_of(*terms: Term) -> str | None:
    """The one variable that conditions are about, `None` if there is none or several."""
    names = frozenset().union(*(symbols(term) for term in terms))
    return next(iter(names)) if len(names) == 1 else None


def is_condition(term: Term) -> bool:
    """Whether `term` describes numbers by comparing expressions."""
    if isinstance(term, Relation):
        return "≈" not in term.ops and all(map(is_scalar, term.terms)) and bool(symbols(term))
    if isinstance(term, Junction):
        return all(map(is_condition, term.parts))
    if isinstance(term, SetOf) and term.op == "where":
        return is_condition(term.parts[1])
    return isinstance(term, Member) and isinstance(term.item, Symbol)


class Conditions:
    """Compares conditions on one variable."""

    def __init__(self, scalars: Scalars, name: str) -> None:
        self.engine = scalars.low
        self.mp = scalars.low.mp
        self.name = name
        self.tiny = self.mp.mpf(10) ** -30

    def compare(self, first: Term, second: Term) -> Comparison:
        """Whether the same real numbers meet both."""
        try:
            places = self.merged([*self.places(first), *self.places(second)])
            for at in self.tried(places):
                if self.holds(first, at) != self.holds(second, at):
                    return incorrect("different sets of solutions")
        except NotACondition as problem:
            return undecided(f"conditions that could not be compared: {problem}")
        return correct("the same set of solutions")

    def holds(self, term: Term, at: Any) -> bool:
        """Whether the number `at` meets the condition `term`.

        Raises:
            NotACondition: if that cannot be told.
        """
        if isinstance(term, Relation):
            values = [self.value(side, at) for side in term.terms]
            return all(
                left is not None and right is not None and self._ordered(op, left, right)
                for op, left, right in zip(term.ops, values, values[1:], strict=False)
            )
        if isinstance(term, Junction):
            found = [self.holds(part, at) for part in term.parts]
            return all(found) if term.op == "and" else any(found)
        if isinstance(term, Member):
            return self._within(term.domain, at)
        if isinstance(term, SetOf) and term.op == "where":
            return self.holds(term.parts[1], at)
        return self._within(term, at)

    def _within(self, domain: Term, at: Any) -> bool:
        if isinstance(domain, Nothing):
            return False
        if isinstance(domain, Interval):
            low, high = self._end(domain.low), self._end(domain.high)
            above = self._ordered("<" if domain.low_open else "<=", low, at)
            return above and self._ordered("<" if domain.high_open else "<=", at, high)
        if isinstance(domain, Group) and all(map(is_scalar, domain.items)):
            if domain.kind in ("tuple", "bracket") and len(domain.items) == 2:
                is_open = domain.kind == "tuple"
                return self._within(Interval(*domain.items, is_open, is_open), at)
            return any(self._ordered("=", self._end(item), at) for item in domain.items)
        if isinstance(domain, SetOf):
            return self._within_sets(domain, at)
        if is_scalar(domain):
            return self._ordered("=", self._end(domain), at)
        raise NotACondition("no set of reals")

    def _within_sets(self, domain: SetOf, at: Any) -> bool:
        if domain.op in _WHOLE_LINE:
            return True
        if domain.op == "where":
            return self.holds(domain.parts[1], at)
        inside = [self._within(part, at) for part in domain.parts]
        if domain.op == "union":
            return any(inside)
        if domain.op == "intersection":
            return all(inside)
        if domain.op == "difference":
            return inside[0] and not inside[1]
        raise NotACondition(f"no set of reals: {domain.op}")

    def _ordered(self, op: str, left: Any, right: Any) -> bool:
        finite = self.mp.isfinite(left) and self.mp.isfinite(right)
        near = finite and abs(left - right) <= self.tiny * max(1, abs(left), abs(right))
        equal = left == right or near
        if op in ("=", "<=", ">=", "!="):
            if equal:
                return op != "!="
            if op in ("=", "!="):
                return op == "!="
        return not equal and bool(left < right if op in ("<", "<=") else left > right)

    def value(self, term: Term, at: Any) -> Any:
        """The real value of `term`; `None` where it has none."""
        try:
            found = self.engine.value(term, {self.name: at})
        except Undefined:
            return None
        except NotNumeric as problem:
            raise NotACondition(str(problem)) from problem
        if not self.engine.is_real(found) or abs(found) > _OUTSIDE * (1 + abs(at)) ** 20:
            return None
        return self.mp.re(found)

    def _end(self, term: Term) -> Any:
        if term == Constant("infinity"):
            return self.mp.inf
        if term == Apply("neg", (Constant("infinity"),)):
            return -self.mp.inf
        value = self.value(term, self.mp.mpf(0)) if not symbols(term) else None
        if value is None:
            raise NotACondition("an end that is no number")
        return value

    def places(self, term: Term) -> Iterator[Any]:
        """Where the truth of `term` can change."""
        for part in walk(term):
            if isinstance(part, Relation):
                for left, right in pairwise(part.terms):
                    yield from self.zeros(Apply("add", (left, Apply("neg", (right,)))))
            elif isinstance(part, Interval):
                yield from (end for end in (self._end(part.low), self._end(part.high))
                            if self.mp.isfinite(end))  # fmt: skip
            elif isinstance(part, Group):
                yield from (self._end(item) for item in part.items if is_scalar(item))

    def zeros(self, gap: Term) -> Iterator[Any]:
        """Zeros and poles of an expression, and where its parts have kinks or stop being real."""
        from mathcli.answers.points import real_roots

        roots = real_roots(gap, self.name, self.mp)
        yield from roots
        if roots or not symbols(gap):
            return
        turns: list[Any] = []
        for part in walk(gap):
            if isinstance(part, Apply) and part.op in ("abs", "sqrt", "root", "div", "ln", "log",
                                                       "log10", "max", "min", "pow"):  # fmt: skip
                for inner in part.args:
                    turns += real_roots(inner, self.name, self.mp)
        yield from turns
        yield from self._changes(gap, turns)

    def _changes(self, gap: Term, turns: list[Any]) -> Iterator[Any]:
        """Changes of sign between the points of a grid, closed in on by bisection."""
        grid = sorted({*self._grid(), *turns, *(turn + 1e-9 for turn in turns),
                       *(turn - 1e-9 for turn in turns)})  # fmt: skip
        before: tuple[Any, Any] | None = None
        for at in grid:
            value = self.value(gap, at)
            if value is not None and value == 0:
                yield at
                before = None
                continue
            if before is not None and (value is None) != (before[1] is None):
                yield self._closed_in(gap, before[0], at, lambda value: value is None)
            elif before is not None and value is not None and (value > 0) != (before[1] > 0):
                yield self._closed_in(gap, before[0], at, lambda value: value is None or value > 0)
            before = (at, value)

    def _closed_in(self, gap: Term, low: Any, high: Any, test: Any) -> Any:
        start = test(self.value(gap, low))
        for _ in range(190):
            middle = (low + high) / 2
            if test(self.value(gap, middle)) == start:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def _grid(self) -> list[Any]:
        mp = self.mp
        small = [mp.mpf(step) / 4 + mp.mpf(1) / 7919 for step in range(-4 * _GRID, 4 * _GRID)]
        large = [sign * mp.mpf(10) ** power * factor
                 for sign in (-1, 1) for power in (-6, -3, 1, 2, 3, 6, 9)
                 for factor in (mp.mpf("1.3"), mp.mpf("2.7"), mp.mpf("6.1"))]  # fmt: skip
        return sorted(small + large)

    def merged(self, places: list[Any]) -> list[Any]:
        """Places in order, each once."""
        if len(places) > MAX_PLACES:
            raise NotACondition("too many places where they may change")
        distinct: list[Any] = []
        for place in sorted(places):
            if not distinct or place - distinct[-1] > self.tiny * (1 + abs(place)):
                distinct.append(place)
        return distinct

    def tried(self, places: list[Any]) -> Iterator[Any]:
        """The places, points between them, and beyond."""
        yield from places
        if places:
            yield from (places[0] - 1, places[0] * 2 - 100, places[-1] + 1, places[-1] * 2 + 100)
        for low, high in pairwise(places):
            yield from (low + (high - low) * part for part in (self.mp.mpf("0.31"), 0.5, 0.77))
        yield from self._grid()[::5]


def compare_functions(first: Term, second: Term, scalars: Scalars) -> Comparison:
    """Two functions, at least one of them piecewise, in one variable."""
    name = variable_of(first, second)
    if name is None:
        return undecided("piecewise values in several variables")
    conditions = Conditions(scalars, name)
    try:
        places = conditions.merged(
            [place for side in (first, second) for place in _turns(conditions, side)]
        )
        met = 0
        for at in conditions.tried(places):
            values = [_value_at(conditions, side, at) for side in (first, second)]
            if values == [None, None]:
                continue
            if None in values or not scalars.near(values[0], values[1], False):
                return incorrect("different values at some point")
            met += 1
    except NotACondition as problem:
        return undecided(f"piecewise values that could not be compared: {problem}")
    return correct("the same function") if met else undecided("functions without values")


def _turns(conditions: Conditions, term: Term) -> Iterator[Any]:
    if isinstance(term, Piecewise):
        for value, held in term.cases:
            yield from conditions.zeros(value)
            if held is not None:
                yield from conditions.places(held)
    else:
        yield from conditions.zeros(term)


def _value_at(conditions: Conditions, term: Term, at: Any) -> Any:
    if not isinstance(term, Piecewise):
        return conditions.value(term, at)
    for value, held in term.cases:
        if held is None or conditions.holds(held, at):
            return conditions.value(value, at)
    return None
