"""Whether two expressions with variables are equal wherever both are real, tested at points.

This is the method of Schwartz, "Fast probabilistic algorithms for verification of polynomial
identities" (1980), with points of all sizes. Values that seem to differ are computed again with
twice the digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mathcli.answers.exact import Undefined
from mathcli.answers.operations import NotNumeric
from mathcli.answers.points import KINKED, Point, around_kinks, complex_points, points
from mathcli.answers.terms import Apply, Constant, Term, is_approximate, symbols, walk

if TYPE_CHECKING:
    from mathcli.answers.scalars import Scalars

ENOUGH_POINTS = 4
STEADY = 1e-12
"""Relative change of a value with more digits up to which it counts as known."""
_COMPLEX = frozenset(["conj", "re", "im", "arg"])


class Identity:
    """Compares two expressions at points.

    Args:
        scalars: has the evaluators and the policy.
        first, second: the expressions.
    """

    def __init__(self, scalars: Scalars, first: Term, second: Term) -> None:
        self.scalars = scalars
        self.terms = (first, second)
        self.names = sorted(symbols(first) | symbols(second))
        self.approximate = is_approximate(first) or is_approximate(second)
        self.parts = {part for term in self.terms for part in walk(term)}
        self.is_complex = Constant("i") in self.parts
        self.kinked = any(isinstance(part, Apply) and part.op in KINKED for part in self.parts)

    def holds(self) -> bool | None:
        """Whether they are equal; `None` if that cannot be decided."""
        patterns: dict[tuple[bool, ...], set[bool]] = {}
        agreed = elsewhere = 0
        for kind, point in self._points():
            values = self._at(point)
            if values is None:
                continue
            if kind != "complex" and not self.is_complex:
                real = [self.scalars.low.is_real(value) for value in values]
                if real == [False, False]:
                    elsewhere += self._near(*values)
                    continue
                if real[0] != real[1]:
                    continue
            near: bool | None = self._near(*values)
            if not near:
                near = self._closer(point)
            if near is None:
                continue
            agreed += near
            if not near and (kind in ("positive", "whole", "complex") or self.kinked):
                return False
            signs = tuple(self.scalars.low.mp.re(value) > 0 for value in point.values())
            patterns.setdefault(signs, set()).add(near)
        return self._verdict(patterns, agreed, elsewhere)

    def _verdict(
        self, patterns: dict[tuple[bool, ...], set[bool]], agreed: int, elsewhere: int
    ) -> bool | None:
        if any(len(found) > 1 for found in patterns.values()):
            return False  # they part within one choice of signs
        if agreed < ENOUGH_POINTS:
            if patterns and not agreed:
                return False
            return True if elsewhere >= ENOUGH_POINTS else None
        if all(found == {True} for found in patterns.values()):
            return True
        return True if self.scalars.policy.positive else None

    def _points(self) -> Iterator[tuple[str, Point]]:
        mp = self.scalars.low.mp
        for kind, point in points(self.names, mp):
            if kind != "mixed" or not self.scalars.policy.positive:
                yield kind, point
        if len(self.names) == 1 and not self.scalars.policy.positive:
            yield from around_kinks(self.names[0], self.terms, mp)
        if any(isinstance(part, Apply) and part.op in _COMPLEX for part in self.parts):
            yield from complex_points(self.names, mp)

    def _at(self, point: Point) -> list[Any] | None:
        try:
            return [self.scalars.low.value(term, point) for term in self.terms]
        except (Undefined, NotNumeric):
            return None

    def _near(self, first: Any, second: Any) -> bool:
        return self.scalars.near(first, second, self.approximate)

    def _closer(self, point: Point) -> bool | None:
        """The same at twice the digits; `None` where even these are lost to cancellation."""
        pairs = []
        for term in self.terms:
            try:
                pairs.append(
                    (self.scalars.low.value(term, point), self.scalars.high.value(term, point))
                )
            except (Undefined, NotNumeric):
                return None
        if self._near(pairs[0][1], pairs[1][1]):
            return True
        steady = [abs(coarse - fine) <= abs(fine) * STEADY for coarse, fine in pairs]
        return False if all(steady) else None
