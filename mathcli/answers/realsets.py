"""Sets of real numbers as ordered pieces: unions, intersections and differences of intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING

from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Interval,
    Matrix,
    Nothing,
    SetOf,
    Term,
    is_scalar,
)
from mathcli.answers.verdict import Comparison, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.scalars import Scalars

_INFINITY = Constant("infinity")
_MINUS_INFINITY = Apply("neg", (_INFINITY,))
MAX_PIECES = 60


class NotReal(ValueError):
    """The term is no set of real numbers that can be written as intervals."""


@dataclass(frozen=True)
class Edge:
    """An end of a piece: its value, and whether it lies just above that value."""

    value: Term
    above: bool


Piece = tuple[Edge, Edge]
"""From one edge to another: closed at the low one if it is not above, at the high one if it is."""


def looks_real(term: Term) -> bool:
    """Whether `term` is surely a set of reals, not a tuple or a list that could be one."""
    if isinstance(term, Interval):
        return True
    return isinstance(term, SetOf) and (term.op in ("union", "intersection", "difference", "reals"))


def pieces(term: Term, scalars: Scalars) -> list[Piece]:
    """`term` as disjoint pieces in order.

    Raises:
        NotReal: if it is no such set, or the order of its ends is not known.
    """
    if isinstance(term, Interval):
        low = Edge(term.low, term.low_open or term.low == _MINUS_INFINITY)
        piece = (low, Edge(term.high, not term.high_open and term.high != _INFINITY))
        return [piece] if _before(piece[0], piece[1], scalars) < 0 else []
    if isinstance(term, Nothing):
        return []
    if isinstance(term, Group) and term.kind in ("tuple", "bracket") and len(term.items) == 2:
        is_open = term.kind == "tuple"
        return pieces(Interval(term.items[0], term.items[1], is_open, is_open), scalars)
    if isinstance(term, Group) and term.kind in ("set", "list") and all(map(is_scalar, term.items)):
        return _united([(Edge(item, False), Edge(item, True)) for item in term.items], scalars)
    if not isinstance(term, SetOf):
        raise NotReal("no set of reals")
    if term.op == "reals":
        return [(Edge(_MINUS_INFINITY, True), Edge(_INFINITY, False))]
    parts = [
        pieces(Group("set", (part,)) if is_scalar(part) else part, scalars) for part in term.parts
    ]
    if term.op == "union":
        return _united([piece for part in parts for piece in part], scalars)
    if term.op == "intersection" and parts:
        result = parts[0]
        for part in parts[1:]:
            result = _common(result, part, scalars)
        return result
    if term.op == "difference" and len(parts) == 2:
        return _common(parts[0], _outside(parts[1]), scalars)
    raise NotReal(f"no intervals for {term.op}")


def _before(first: Edge, second: Edge, scalars: Scalars) -> int:
    order = scalars.order(first.value, second.value)
    if order is None:
        raise NotReal("ends whose order is not known")
    return order or (first.above - second.above)


def _united(found: Sequence[Piece], scalars: Scalars) -> list[Piece]:
    if len(found) > MAX_PIECES:
        raise NotReal("too many pieces")

    def by_low(first: Piece, second: Piece) -> int:
        return _before(first[0], second[0], scalars)

    ordered = sorted(found, key=cmp_to_key(by_low))
    result: list[Piece] = []
    for low, high in ordered:
        if result and _before(low, result[-1][1], scalars) <= 0:
            if _before(result[-1][1], high, scalars) < 0:
                result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return result


def _common(first: Sequence[Piece], second: Sequence[Piece], scalars: Scalars) -> list[Piece]:
    result: list[Piece] = []
    for low, high in first:
        for other_low, other_high in second:
            start = other_low if _before(low, other_low, scalars) < 0 else low
            end = high if _before(high, other_high, scalars) < 0 else other_high
            if _before(start, end, scalars) < 0:
                result.append((start, end))
    return result


def _outside(found: Sequence[Piece]) -> list[Piece]:
    edges = [Edge(_MINUS_INFINITY, True)]
    for low, high in found:
        edges += [low, high]
    edges.append(Edge(_INFINITY, False))
    return [
        (low, high)
        for low, high in zip(edges[::2], edges[1::2], strict=True)
        if low.value != high.value or low.above < high.above
    ]


def same_set(first: Term, second: Term, scalars: Scalars) -> Comparison:
    """Whether two sets of reals have the same pieces."""
    if first == second:
        return correct("the same set")
    try:
        both = pieces(first, scalars), pieces(second, scalars)
    except NotReal as problem:
        for side in (first, second):
            if is_scalar(side) or isinstance(side, Matrix):
                return incorrect("a set against a value")
        return undecided(f"sets that could not be compared: {problem}")
    if len(both[0]) != len(both[1]):
        return incorrect("different sets")
    for (low, high), (other_low, other_high) in zip(*both, strict=True):
        for edge, other in ((low, other_low), (high, other_high)):
            equal = scalars.equal(edge.value, other.value)
            if equal is None:
                return undecided("ends of intervals that could not be compared")
            if not equal:
                return incorrect("intervals with different ends")
            if edge.above != other.above:
                return incorrect("an open end is not a closed end")
    return correct("the same set of real numbers")
