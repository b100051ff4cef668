"""Whether two expressions are equal: exactly where they are rational, else to many digits.

Constants are compared to 50 and again to 100 digits: a difference that is zero shrinks with the
precision, one that is not stays. Expressions with variables are compared at points, exactly as
for polynomials in Schwartz, "Fast probabilistic algorithms for verification of polynomial
identities" (1980); they count as equal where both are real.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.policy import Policy
from mathcli.answers.terms import (
    Apply,
    Constant,
    Number,
    Term,
    is_approximate,
    symbols,
    walk,
)

if TYPE_CHECKING:
    from mathcli.answers.numeric import Evaluator

ROUNDING_NOISE = Fraction(1, 10**12)
"""A decimal of many digits below this is what floating point leaves of a zero."""
ENOUGH_POINTS = 4
STEADY = 1e-12
"""Relative change of a value with more digits up to which it counts as known."""
MANY_DIGITS = 10**60
"""Above this, whole values are worked out to all their digits."""
MAX_DIGITS = 4000
"""Values with more digits than this are not worked out in full."""
DIGITS = 85
"""Digits that two constants have in common when they count as equal."""


class NeedsWorker(Exception):
    """The question needs more than exact arithmetic, so a worker has to answer it."""


class Scalars:
    """Compares expressions.

    Args:
        policy: the tolerance where a decimal takes part, and what symbols stand for.
        algebra: whether values may be worked out numerically; without it everything that is
            not rational raises `NeedsWorker`.
    """

    def __init__(self, policy: Policy, *, algebra: bool) -> None:
        self.policy = policy
        self.tolerance = Fraction(policy.tolerance)
        self.algebra = algebra

    def equal(self, first: Term, second: Term) -> bool | None:
        """Whether two expressions are equal; `None` if that cannot be decided.

        Raises:
            Undefined: if one of them has no value.
        """
        values = rational(first), rational(second)
        if values[0] is not None and values[1] is not None:
            close = self._close(
                values[0], values[1], is_approximate(first) or is_approximate(second)
            )
            return close or _is_noise(first, values[1]) or _is_noise(second, values[0])
        if first == second:
            return True
        infinite = _infinite(first), _infinite(second)
        if infinite[0] or infinite[1]:
            other = first if infinite[1] else second
            if _infinite(other) or Constant("infinity") not in walk(other):
                return infinite[0] == infinite[1]
            return None
        if any(isinstance(side, Number) and side.slack is not None for side in (first, second)):
            return self._truncated(first, second)
        if not self.algebra:
            raise NeedsWorker
        names = sorted(symbols(first) | symbols(second))
        return self._identity(first, second, names) if names else self._constants(first, second)

    def order(self, first: Term, second: Term) -> int | None:
        """-1, 0 or 1 as `first` is below, equal to or above `second`; `None` if not known."""
        infinite = _infinite(first), _infinite(second)
        if infinite != (0, 0):
            return (infinite[0] > infinite[1]) - (infinite[0] < infinite[1])
        if self.equal(first, second):
            return 0
        values = rational(first), rational(second)
        if values[0] is not None and values[1] is not None:
            return -1 if values[0] < values[1] else 1
        from mathcli.answers.numeric import NotNumeric

        try:
            difference = self.low.value(first) - self.low.value(second)
        except NotNumeric:
            return None
        return (
            None
            if not self.low.is_real(difference)
            else -1
            if self.low.mp.re(difference) < 0
            else 1
        )

    def _close(self, first: Fraction, second: Fraction, approximate: bool) -> bool:
        if first == second:
            return True
        largest = max(abs(first), abs(second))
        return approximate and abs(first - second) <= self.tolerance * largest

    def _truncated(self, first: Term, second: Term) -> bool | None:
        """`3.14…` stands for all numbers that begin so."""
        shown, other = (first, second) if _slack(first) is not None else (second, first)
        slack = _slack(shown)
        if not isinstance(shown, Number) or slack is None:
            return None
        if isinstance(other, Number):
            low, high = shown.value, shown.value + slack
            return other.value <= high and other.value + (_slack(other) or 0) >= low
        if symbols(other):
            return False
        if not self.algebra:
            raise NeedsWorker
        found = self.low.value(other)
        size = self.low.mp.mpf(shown.value.numerator) / shown.value.denominator
        width = self.low.mp.mpf(slack.numerator) / slack.denominator
        return bool(self.low.is_real(found) and -width / 2 <= self.low.mp.re(found) - size <= width)

    @cached_property
    def low(self) -> Evaluator:
        """Evaluates to 50 digits."""
        from mathcli.answers.numeric import Evaluator

        return Evaluator(50)

    @cached_property
    def high(self) -> Evaluator:
        """Evaluates to 100 digits."""
        from mathcli.answers.numeric import Evaluator

        return Evaluator(100)

    def _constants(self, first: Term, second: Term) -> bool | None:
        from mathcli.answers.numeric import NotNumeric

        try:
            values = [
                engine.value(term) for engine in (self.low, self.high) for term in (first, second)
            ]
        except NotNumeric:
            return None
        differences = abs(values[0] - values[1]), abs(values[2] - values[3])
        largest = max(abs(values[2]), abs(values[3]))
        if is_approximate(first) or is_approximate(second):
            limit = self.high.mp.mpf(self.tolerance.numerator) / self.tolerance.denominator
            if differences[1] <= limit * largest:
                return True
        if largest > MANY_DIGITS:
            return self._huge(first, second, largest)
        vanishing = [
            abs(fine) <= abs(coarse) * self.high.mp.mpf(10) ** -25
            for coarse, fine in zip(values[:2], values[2:], strict=True)
        ]
        if differences[1] == 0 or all(vanishing):
            return True
        if differences[1] <= self.high.mp.mpf(10) ** -DIGITS * largest:
            return True
        return bool(differences[1] <= differences[0] * self.high.mp.mpf(10) ** -25)

    def _huge(self, first: Term, second: Term, largest: Any) -> bool | None:
        """Compare values of so many digits that 100 would not show a difference of one."""
        from mathcli.answers.numeric import Evaluator

        mp = self.high.mp
        coarse, fine = (
            abs(engine.value(first) - engine.value(second)) / largest
            for engine in (self.low, self.high)
        )
        if fine > mp.mpf(10) ** -DIGITS and fine > coarse * mp.mpf(10) ** -25:
            return False
        if largest > mp.mpf(10) ** MAX_DIGITS:
            return None
        engine = Evaluator(int(mp.log10(largest)) + DIGITS)
        difference = engine.value(first) - engine.value(second)
        return bool(abs(difference) < engine.mp.mpf(10) ** (20 - DIGITS))

    def _identity(self, first: Term, second: Term, names: list[str]) -> bool | None:
        """Compare at points: everywhere both are real, on positive, mixed and whole values."""
        approximate = is_approximate(first) or is_approximate(second)
        complex_terms = any(
            part == Constant("i") for side in (first, second) for part in walk(side)
        )
        agreed, elsewhere, only_positive = 0, 0, False
        for kind, point in points(names, self.low.mp):
            values = self._at(point, first, second)
            if values is None:
                continue
            real = [self.low.is_real(value) for value in values]
            if not complex_terms and real == [False, False]:
                elsewhere += self._near(values[0], values[1], approximate)
                continue
            if not complex_terms and real[0] != real[1]:
                continue
            near: bool | None = self._near(values[0], values[1], approximate)
            if not near:
                near = self._closer(point, first, second, approximate)
            if near is None:
                continue
            if near:
                agreed += 1
            elif kind == "mixed" and agreed >= ENOUGH_POINTS and not _has_abs(first, second):
                only_positive = True
            else:
                return False
        if agreed < ENOUGH_POINTS:
            return True if elsewhere >= ENOUGH_POINTS else None
        return None if only_positive else True

    def _at(self, point: dict[str, Any], *terms: Term) -> list[Any] | None:
        from mathcli.answers.numeric import NotNumeric

        try:
            return [self.low.value(term, point) for term in terms]
        except (Undefined, NotNumeric):
            return None

    def _closer(
        self, point: dict[str, Any], first: Term, second: Term, approximate: bool
    ) -> bool | None:
        """The same at twice the digits; `None` where even these are lost to cancellation."""
        from mathcli.answers.numeric import NotNumeric

        pairs = []
        for term in (first, second):
            try:
                pairs.append((self.low.value(term, point), self.high.value(term, point)))
            except (Undefined, NotNumeric):
                return None
        if self._near(pairs[0][1], pairs[1][1], approximate):
            return True
        steady = [abs(coarse - fine) <= abs(fine) * STEADY for coarse, fine in pairs]
        return False if all(steady) else None

    def _near(self, first: Any, second: Any, approximate: bool) -> bool:
        difference, largest = abs(first - second), max(abs(first), abs(second))
        mp = self.low.mp
        if approximate:
            limit = mp.mpf(self.tolerance.numerator) / self.tolerance.denominator
            return bool(difference <= limit * largest)
        return bool(difference <= mp.mpf(10) ** -35 * largest or difference < mp.mpf(10) ** -42)

    def proportional(self, first: Term, second: Term) -> Any | None:
        """The constant factor between two expressions; `False`: there is none, `None`: unknown."""
        if not self.algebra:
            raise NeedsWorker
        names = sorted(symbols(first) | symbols(second))
        if not names:
            return None
        approximate = is_approximate(first) or is_approximate(second)
        factors: list[Any] = []
        for _, point in points(names, self.low.mp):
            values = self._at(point, first, second)
            if values is None:
                continue
            zeros = [abs(value) < self.low.mp.mpf(10) ** -40 for value in values]
            if zeros == [True, True]:
                continue
            if any(zeros):
                return False
            factors.append(values[0] / values[1])
            if not self._near(factors[0], factors[-1], approximate):
                return False
        return factors[0] if len(factors) >= ENOUGH_POINTS else None

    def share_zeros(self, first: Term, second: Term) -> bool:
        """Whether zeros of each, found from several starts, are zeros of the other."""
        names = sorted(symbols(first) | symbols(second))
        return self._zeros_of(first, second, names) and self._zeros_of(second, first, names)

    def _zeros_of(self, first: Term, second: Term, names: list[str]) -> bool:
        from mathcli.answers.numeric import NotNumeric

        mp, found = self.low.mp, 0
        for _, point in points(names, mp):
            name = names[-1]

            def value(at: Any, point: dict[str, Any] = point, name: str = name) -> Any:
                return self.low.value(first, point | {name: at})

            try:
                zero = mp.findroot(value, point[name])
                other = self.low.value(second, point | {name: zero})
            except (Undefined, NotNumeric, ValueError, ZeroDivisionError):
                continue
            found += 1
            if abs(other) > mp.mpf(10) ** -15:
                return False
        return found >= ENOUGH_POINTS


def points(names: list[str], mp: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Values for variables: positive, then of both signs, then whole numbers; always the same."""
    generator = random.Random(20240607)
    for _ in range(6):
        yield "positive", {name: mp.mpf(generator.randint(1000, 29999)) / 9973 for name in names}
    for _ in range(6):
        signs = [generator.choice((-1, 1)) for _ in names]
        if all(sign > 0 for sign in signs):
            signs[generator.randrange(len(signs))] = -1
        point = {
            name: sign * mp.mpf(generator.randint(1000, 29999)) / 9973
            for name, sign in zip(names, signs, strict=True)
        }
        yield "mixed", point
    for _ in range(5):
        yield "whole", {name: mp.mpf(generator.randint(2, 40)) for name in names}


def _slack(term: Term) -> Fraction | None:
    return term.slack if isinstance(term, Number) else None


def _is_noise(term: Term, other: Fraction) -> bool:
    """Whether `term` is a zero as floating point prints it, such as 1.2246467991473532e-16."""
    return (
        other == 0
        and isinstance(term, Number)
        and term.digits >= 10
        and abs(term.value) < ROUNDING_NOISE
    )


def _infinite(term: Term) -> int:
    sign = 1
    while isinstance(term, Apply) and term.op == "neg":
        sign, term = -sign, term.args[0]
    return sign if term == Constant("infinity") else 0


def _has_abs(*terms: Term) -> bool:
    return any(
        isinstance(part, Apply) and part.op == "abs" for term in terms for part in walk(term)
    )
