"""Values of terms to many digits, with mpmath.

Terms are evaluated by this file alone, from a fixed list of operations, and powers are measured
before they are worked out: text that was read can neither run code nor ask for 10^(10^10) digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mpmath import MPContext

from mathcli.answers.exact import Undefined
from mathcli.answers.terms import Apply, Constant, Matrix, Number, Symbol, Term

MAX_EXPONENT_BITS = 400
"""Largest size, in bits, of the binary exponent of a value."""


SURE_DIGITS = 18
"""Digits that the value of an integral or an infinite sum has to have."""


class NotNumeric(ValueError):
    """The term has no numeric value: an operation that is not known, or a value too big."""


class Evaluator:
    """Evaluates terms to `digits` decimal digits."""

    def __init__(self, digits: int) -> None:
        self.mp = MPContext()
        self.mp.dps = digits
        self.operations = _operations(self.mp)

    def value(self, term: Term, at: Mapping[str, Any] | None = None) -> Any:
        """The real or complex value of `term` with variables as in `at`.

        Raises:
            Undefined: at a pole or a division by zero.
            NotNumeric: if it has no value that can be worked out.
        """
        try:
            found = self._value(term, at or {})
        except (ZeroDivisionError, OverflowError) as error:
            raise Undefined(str(error)) from error
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            if isinstance(error, (Undefined, NotNumeric)):
                raise
            raise NotNumeric(str(error)) from error
        if self.mp.isnan(found) or (self.mp.isinf(found) and not _mentions_infinity(term)):
            raise Undefined("no finite value")
        return found

    def _value(self, term: Term, at: Mapping[str, Any]) -> Any:
        if isinstance(term, Number):
            return self.mp.mpf(term.value.numerator) / term.value.denominator
        if isinstance(term, Symbol):
            if term.name not in at:
                raise NotNumeric(f"no value for {term.name}")
            return at[term.name]
        if isinstance(term, Constant):
            return self._constant(term.name)
        if not isinstance(term, Apply):
            raise NotNumeric("not a number")
        if term.op == "det" and isinstance(term.args[0], Matrix):
            rows = [[self._value(entry, at) for entry in row] for row in term.args[0].rows]
            return self.mp.det(self.mp.matrix(rows))
        if term.op in ("sum", "prod", "int"):
            return self._bound(term, at)
        if term.op.startswith("call "):
            # An unknown function: a fixed generic one stands for it, the same on both sides.
            inside = [self._value(arg, at) for arg in term.args]
            mixed = self.mp.fsum(value * (place + 1.37) for place, value in enumerate(inside))
            return self.mp.sin(mixed + len(term.op)) + mixed / (3 + ord(term.op[5]))
        operation = self.operations.get(term.op)
        if operation is None:
            raise NotNumeric(f"no values for {term.op}")
        return operation(*(self._value(arg, at) for arg in term.args))

    def _bound(self, term: Apply, at: Mapping[str, Any]) -> Any:
        """A sum, product or integral, as far as its error is known to be small."""
        body, low, high, index = term.args
        if not isinstance(index, Symbol):
            raise NotNumeric("an operator without its variable")
        ends = [self._value(low, at), self._value(high, at)]

        def value(x: Any) -> Any:
            return self._value(body, {**at, index.name: x})

        if term.op == "int":
            found, error = self.mp.quad(value, ends, error=True)
        elif self.mp.isinf(ends[1]):
            if term.op == "prod":
                raise NotNumeric("an infinite product")
            found = self.mp.nsum(value, ends)
            with self.mp.workdps(SURE_DIGITS + 4):
                error = abs(found - self.mp.nsum(value, ends))
        else:
            steps = [value(self.mp.mpf(k)) for k in range(int(ends[0]), int(ends[1]) + 1)]
            return self.mp.fsum(steps) if term.op == "sum" else self.mp.fprod(steps)
        if error > self.mp.mpf(10) ** -SURE_DIGITS * (1 + abs(found)):
            raise NotNumeric("a value whose error is not known to be small")
        return found

    def _constant(self, name: str) -> Any:
        if name == "undefined":
            raise Undefined("an undefined value")
        return {
            "pi": +self.mp.pi,
            "e": +self.mp.e,
            "i": self.mp.mpc(0, 1),
            "infinity": self.mp.inf,
            "phi": +self.mp.phi,
        }[name]

    def is_real(self, value: Any) -> bool:
        """Whether the imaginary part is only rounding."""
        size = max(abs(self.mp.re(value)), self.mp.mpf(10) ** -8)
        return bool(abs(self.mp.im(value)) <= size * self.mp.mpf(10) ** (12 - self.mp.dps))


def _mentions_infinity(term: Term) -> bool:
    while isinstance(term, Apply) and term.op == "neg":
        term = term.args[0]
    return term == Constant("infinity")


def _operations(mp: Any) -> dict[str, Callable[..., Any]]:
    """Every operation that a term may name, as a function of numbers."""

    # Nothing that is not zero comes this close to it by chance: a pole in disguise.
    nearly_zero = mp.mpf(10) ** (12 - mp.dps)

    def divided(over: Any, under: Any) -> Any:
        if under != 0 and abs(under) < nearly_zero:
            raise NotNumeric("a division by what may be zero")
        return over / under

    def with_poles(function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(value: Any) -> Any:
            found = function(value)
            if abs(found) * nearly_zero > 1:
                raise Undefined("a pole")
            return found

        return inner

    def power(base: Any, exponent: Any) -> Any:
        if base != 0 and abs(base) < nearly_zero and mp.re(exponent) < 0:
            raise NotNumeric("a division by what may be zero")
        if base == 0:
            if mp.re(exponent) < 0:
                raise Undefined("a division by zero")
            return mp.mpf(exponent == 0)
        bits = abs(exponent) * abs(mp.log(abs(base), 2)) if abs(base) != 1 else 0
        if bits > mp.mpf(2) ** MAX_EXPONENT_BITS:
            raise NotNumeric("a power too big to work out")
        return mp.power(base, exponent)

    def root(value: Any, index: Any) -> Any:
        if mp.im(value) == 0 and mp.re(value) < 0 and mp.isint(index) and int(index) % 2:
            return -mp.root(-value, int(index)) if index > 0 else -power(-value, 1 / index)
        return power(value, 1 / index)

    def log(value: Any, base: Any = None) -> Any:
        if value == 0:
            raise Undefined("the logarithm of zero")
        return mp.log(value) if base is None else mp.log(value) / mp.log(base)

    def product(*factors: Any) -> Any:
        found = mp.mpf(1)
        for factor in factors:
            found *= factor
        return found

    def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse arguments so big that reducing them would take all memory."""

        def inner(*values: Any) -> Any:
            if any(abs(value) > mp.mpf(2) ** 4000 for value in values):
                raise NotNumeric("an argument too big to work out")
            return function(*values)

        return inner

    def real(function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*values: Any) -> Any:
            if any(mp.im(value) != 0 for value in values):
                raise NotNumeric("an operation on real numbers only")
            return function(*(mp.re(value) for value in values))

        return inner

    trigonometric = str.split("sin cos tan cot sec csc sinh cosh tanh coth sech csch exp erf gamma")
    inverse = ["asin", "acos", "atan", "acot", "asec", "acsc", "asinh", "acosh", "atanh"]
    table: dict[str, Callable[..., Any]] = {
        name: bounded(getattr(mp, name)) for name in (*trigonometric, *inverse)
    }
    table |= {name: with_poles(table[name]) for name in ("tan", "cot", "sec", "csc")}
    table |= {
        "add": lambda *terms: mp.fsum(terms),
        "mul": product,
        "div": divided,
        "neg": lambda value: -value,
        "pow": power,
        "sqrt": mp.sqrt,
        "cbrt": lambda value: root(value, mp.mpf(3)),
        "root": root,
        "ln": log,
        "log": log,
        "log10": lambda value: log(value, 10),
        "log2": lambda value: log(value, 2),
        "abs": abs,
        "norm": abs,
        "floor": real(bounded(mp.floor)),
        "ceil": real(bounded(mp.ceil)),
        "sign": real(mp.sign),
        "max": real(max),
        "min": real(min),
        "mod": real(bounded(lambda value, by: value - by * mp.floor(value / by))),
        "factorial": bounded(mp.factorial),
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
        "zeta": bounded(mp.zeta),
        "lambertw": bounded(mp.lambertw),
        "atan2": real(mp.atan2),
    }
    return table
