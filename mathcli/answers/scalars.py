"""Decides whether two expressions are equal: exactly where possible, else to many digits.

Exact normal forms come first. Constants are then compared to 50 and to 100 digits: a difference of
zero shrinks with the precision, any other one stays. Constants that still agree are compared once
more to `FINE_DIGITS`. Expressions with variables are compared at points.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.forms import difference, is_nonzero_constant, is_zero, only_variables
from mathcli.answers.operations import NotNumeric
from mathcli.answers.operators import has_bound
from mathcli.answers.policy import Policy
from mathcli.answers.rounding import agree, close
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

FINE_DIGITS = 500
"""Digits to which constants that agree to 100 are compared once more."""
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
        self.tolerance = Fraction(repr(policy.tolerance))
        self.algebra = algebra

    def equal(self, first: Term, second: Term) -> bool | None:
        """Whether two expressions are equal; `None` if that cannot be decided.

        Raises:
            Undefined: if one of them has no value.
        """
        values = rational(first), rational(second)
        if values[0] is not None and values[1] is not None:
            approximate = is_approximate(first) or is_approximate(second)
            return close(first, second, (values[0], values[1]), approximate, self.policy)
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
        exact = self._exactly(first, second)
        if exact is not None:
            return exact
        if not self.algebra:
            raise NeedsWorker
        if has_bound(first) or has_bound(second):
            return None if symbols(first) or symbols(second) else self._worked_out(first, second)
        if symbols(first) or symbols(second):
            from mathcli.answers.identity import Identity

            return Identity(self, first, second).holds()
        return self._constants(first, second)

    def _exactly(self, first: Term, second: Term) -> bool | None:
        """What the exact normal form of the difference says; `None` if it says nothing."""
        form = difference(first, second)
        if form is None or self.policy.digits:
            return None
        if is_zero(form):
            opaque = any(base in form.parts for monomial in form.under for base, _ in monomial)
            return None if opaque else True
        if is_nonzero_constant(form) or only_variables(form):
            return False
        return None

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
        value = self.low.value(other)
        size = self.low.mp.mpf(shown.value.numerator) / shown.value.denominator
        width = self.low.mp.mpf(slack.numerator) / slack.denominator
        return bool(self.low.is_real(value) and -width / 2 <= self.low.mp.re(value) - size <= width)

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

    @cached_property
    def fine(self) -> Evaluator:
        """Evaluates to `FINE_DIGITS` digits."""
        from mathcli.answers.numeric import Evaluator

        return Evaluator(FINE_DIGITS)

    def _constants(self, first: Term, second: Term) -> bool | None:
        try:
            values = [
                engine.value(term) for engine in (self.low, self.high) for term in (first, second)
            ]
        except NotNumeric:
            return None
        differences = abs(values[0] - values[1]), abs(values[2] - values[3])
        largest = max(abs(values[2]), abs(values[3]))
        if self.policy.digits:
            return self._rounded(values[2], values[3])
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
        if all(vanishing):
            return True
        if differences[1] <= self.high.mp.mpf(10) ** -DIGITS * largest or (
            differences[1] <= differences[0] * self.high.mp.mpf(10) ** -25
        ):
            return self._finely(first, second)
        return False

    def _finely(self, first: Term, second: Term) -> bool | None:
        """Whether two values that agree to 100 digits agree to many more."""
        mp = self.fine.mp
        try:
            values = self.fine.value(first), self.fine.value(second)
        except NotNumeric:
            return None
        gap, largest = abs(values[0] - values[1]), max(map(abs, values))
        return bool(gap <= mp.mpf(10) ** (30 - FINE_DIGITS) * largest)

    def _worked_out(self, first: Term, second: Term) -> bool | None:
        """Compare values of which an integral or an infinite sum gives few digits."""
        from mathcli.answers.numeric import SURE_DIGITS, Evaluator

        engine = Evaluator(SURE_DIGITS + 12)
        try:
            values = engine.value(first), engine.value(second)
        except NotNumeric:
            return None
        gap = abs(values[0] - values[1]) / (1 + max(map(abs, values)))
        if gap < engine.mp.mpf(10) ** (3 - SURE_DIGITS):
            return True
        approximate = is_approximate(first) or is_approximate(second)
        return approximate and bool(gap < float(self.tolerance))

    def _rounded(self, first: Any, second: Any) -> bool:
        """Whether two values agree to the digits that the policy asks for."""
        parts = [(part(first), part(second)) for part in (self.high.mp.re, self.high.mp.im)]
        return all(
            agree(_fraction(one), _fraction(other), self.policy.digits) for one, other in parts
        )

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
        length = int(mp.log10(largest))
        engine = Evaluator(3 * length + DIGITS)  # a root may differ in its last half only
        difference = engine.value(first) - engine.value(second)
        return bool(abs(difference) < engine.mp.mpf(10) ** (20 - DIGITS - 2 * length))

    def near(self, first: Any, second: Any, approximate: bool) -> bool:
        """Whether two values are equal to nearly all digits, or within the tolerance."""
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
        from mathcli.answers.identity import ENOUGH_POINTS
        from mathcli.answers.points import points

        names = sorted(symbols(first) | symbols(second))
        if not names:
            return None
        approximate = is_approximate(first) or is_approximate(second)
        factors: list[Any] = []
        for _, point in points(names, self.low.mp):
            try:
                values = [self.low.value(term, point) for term in (first, second)]
            except (Undefined, NotNumeric):
                continue
            zeros = [abs(value) < self.low.mp.mpf(10) ** -40 for value in values]
            if zeros == [True, True]:
                continue
            if any(zeros):
                return False
            factors.append(values[0] / values[1])
            if not self.near(factors[0], factors[-1], approximate):
                return False
        return factors[0] if len(factors) >= ENOUGH_POINTS else None

    def share_zeros(self, first: Term, second: Term) -> bool:
        """Whether zeros of each, found from several starts, are zeros of the other."""
        names = sorted(symbols(first) | symbols(second))
        return self._zeros_of(first, second, names) and self._zeros_of(second, first, names)

    def _zeros_of(self, first: Term, second: Term, names: list[str]) -> bool:
        from mathcli.answers.identity import ENOUGH_POINTS
        from mathcli.answers.points import points

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


def _fraction(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    size: Fraction = int(mantissa) * Fraction(2) ** int(exponent)
    return -size if sign else size


def _slack(term: Term) -> Fraction | None:
    return term.slack if isinstance(term, Number) else None


def _infinite(term: Term) -> int:
    sign = 1
    while isinstance(term, Apply) and term.op == "neg":
        sign, term = -sign, term.args[0]
    return sign if term == Constant("infinity") else 0
