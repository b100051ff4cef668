"""The operations of terms on numbers of mpmath.

Sizes of powers and arguments are checked before anything is computed, so that no text can demand
10^(10^10) digits, or a division by a value that is zero except for rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mathcli.answers.exact import Undefined

MAX_EXPONENT_BITS = 400
"""Largest size, in bits, of the binary exponent of a value."""

_MAX_ARGUMENT_BITS = 4000

Function = Callable[..., Any]


class NotNumeric(ValueError):
    """The term has no numeric value: an operation that is not known, or a value too big."""


class Arithmetic:
    """The operations that need care, on numbers of one precision.

    Args:
        mp: an mpmath context.
    """

    def __init__(self, mp: Any) -> None:
        self._mp = mp
        # A nonzero value is this small only by rounding: it hides a pole.
        self._nearly_zero = mp.mpf(10) ** (12 - mp.dps)

    def divided(self, over: Any, under: Any) -> Any:
        """A quotient. Raises NotNumeric where it may be by zero."""
        if under != 0 and abs(under) < self._nearly_zero:
            raise NotNumeric("a division by what may be zero")
        return over / under

    def product(self, *factors: Any) -> Any:
        """The product of any number of factors."""
        result = self._mp.mpf(1)
        for factor in factors:
            result *= factor
        return result

    def power(self, base: Any, exponent: Any) -> Any:
        """A power. Raises Undefined for a negative power of zero, NotNumeric if it is too big."""
        mp = self._mp
        if base != 0 and abs(base) < self._nearly_zero and mp.re(exponent) < 0:
            raise NotNumeric("a division by what may be zero")
        if base == 0:
            if mp.re(exponent) < 0:
                raise Undefined("a division by zero")
            return mp.mpf(exponent == 0)
        bits = abs(exponent) * abs(mp.log(abs(base), 2)) if abs(base) != 1 else 0
        if bits > mp.mpf(2) ** MAX_EXPONENT_BITS:
            raise NotNumeric("a power too big to work out")
        return mp.power(base, exponent)

    def root(self, value: Any, index: Any) -> Any:
        """A root: the real one of a negative number where there is one."""
        mp = self._mp
        if mp.im(value) == 0 and mp.re(value) < 0 and mp.isint(index) and int(index) % 2:
            return -mp.root(-value, int(index)) if index > 0 else -self.power(-value, 1 / index)
        return self.power(value, 1 / index)

    def log(self, value: Any, base: Any = None) -> Any:
        """A logarithm, the natural one without a base. Raises Undefined for that of zero."""
        if value == 0:
            raise Undefined("the logarithm of zero")
        return self._mp.log(value) if base is None else self._mp.log(value) / self._mp.log(base)

    def bounded(self, function: Function) -> Function:
        """Refuse arguments so big that reducing them would take all memory."""

        def inner(*values: Any) -> Any:
            if any(abs(value) > self._mp.mpf(2) ** _MAX_ARGUMENT_BITS for value in values):
                raise NotNumeric("an argument too big to work out")
            return function(*values)

        return inner

    def with_poles(self, function: Function) -> Function:
        """A function that raises Undefined at poles, also at those that rounding hides."""

        def inner(value: Any) -> Any:
            found = function(value)
            if abs(found) * self._nearly_zero > 1:
                raise Undefined("a pole")
            return found

        return inner

    def real(self, function: Function) -> Function:
        """Refuse complex arguments."""

        def inner(*values: Any) -> Any:
            if any(self._mp.im(value) != 0 for value in values):
                raise NotNumeric("an operation on real numbers only")
            return function(*(self._mp.re(value) for value in values))

        return inner


_BOUNDED = (
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch", "exp",
    "erf", "gamma", "asin", "acos", "atan", "acot", "asec", "acsc", "asinh", "acosh", "atanh",
    "factorial", "zeta", "lambertw",
)  # fmt: skip
"""Operations that mpmath has by the same name."""


def operations(mp: Any) -> dict[str, Function]:
    """Every operation that a term may name, as a function of numbers of the context `mp`."""
    arithmetic = Arithmetic(mp)
    bounded, real = arithmetic.bounded, arithmetic.real
    table: dict[str, Function] = {name: bounded(getattr(mp, name)) for name in _BOUNDED}
    table |= {name: arithmetic.with_poles(table[name]) for name in ("tan", "cot", "sec", "csc")}
    return table | {
        "add": lambda *terms: mp.fsum(terms),
        "mul": arithmetic.product,
        "div": arithmetic.divided,
        "neg": lambda value: -value,
        "pow": arithmetic.power,
        "sqrt": mp.sqrt,
        "cbrt": lambda value: arithmetic.root(value, mp.mpf(3)),
        "root": arithmetic.root,
        "ln": arithmetic.log,
        "log": arithmetic.log,
        "log10": lambda value: arithmetic.log(value, 10),
        "log2": lambda value: arithmetic.log(value, 2),
        "abs": abs,
        "norm": abs,
        "floor": real(bounded(mp.floor)),
        "ceil": real(bounded(mp.ceil)),
        "sign": real(mp.sign),
        "max": real(max),
        "min": real(min),
        "mod": real(bounded(lambda value, by: value - by * mp.floor(value / by))),
        "factorial2": bounded(mp.fac2),
        "binom": bounded(mp.binomial),
        "perm": bounded(lambda n, k: mp.factorial(n) / mp.factorial(n - k)),
        "cis": bounded(lambda value: mp.cos(value) + mp.mpc(0, 1) * mp.sin(value)),
        "round": real(bounded(mp.nint)),
        "degrees": lambda value: value * mp.pi / 180,
        "percent": lambda value: value / 100,
        "re": mp.re,
        "im": mp.im,
        "conj": mp.conj,
        "arg": mp.arg,
        "atan2": real(mp.atan2),
    }
