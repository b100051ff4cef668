"""Values of terms to many digits, with mpmath.

Terms are evaluated only here, with a fixed list of operations: text from an answer never runs as
code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mpmath import MPContext

from mathcli.answers.exact import Undefined
from mathcli.answers.operations import NotNumeric, operations
from mathcli.answers.terms import Apply, Constant, Matrix, Number, Symbol, Term

SURE_DIGITS = 18
"""Digits that the value of an integral or an infinite sum has to have."""


class Evaluator:
    """Evaluates terms to `digits` decimal digits."""

    def __init__(self, digits: int) -> None:
        self.mp = MPContext()
        self.mp.dps = digits
        self.operations = operations(self.mp)

    def value(self, term: Term, at: Mapping[str, Any] | None = None) -> Any:
        """The real or complex value of `term` with variables as in `at`.

        Raises:
            Undefined: at a pole or a division by zero.
            NotNumeric: if it has no value that can be worked out.
        """
        try:
            result = self._value(term, at or {})
        except (ZeroDivisionError, OverflowError) as error:
            raise Undefined(str(error)) from error
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            if isinstance(error, (Undefined, NotNumeric)):
                raise
            raise NotNumeric(str(error)) from error
        if self.mp.isnan(result) or (self.mp.isinf(result) and not _mentions_infinity(term)):
            raise Undefined("no finite value")
        return result

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
        """The value of a sum, product or integral. Raises NotNumeric unless its error is small."""
        body, low, high, index = term.args
        if not isinstance(index, Symbol):
            raise NotNumeric("an operator without its variable")
        ends = [self._value(low, at), self._value(high, at)]

        def value(x: Any) -> Any:
            return self._value(body, {**at, index.name: x})

        if term.op == "int":
            result, error = self.mp.quad(value, ends, error=True)
        elif self.mp.isinf(ends[1]):
            if term.op == "prod":
                raise NotNumeric("an infinite product")
            result = self.mp.nsum(value, ends)
            with self.mp.workdps(SURE_DIGITS + 4):
                error = abs(result - self.mp.nsum(value, ends))
        else:
            steps = [value(self.mp.mpf(k)) for k in range(int(ends[0]), int(ends[1]) + 1)]
            return self.mp.fsum(steps) if term.op == "sum" else self.mp.fprod(steps)
        if error > self.mp.mpf(10) ** -SURE_DIGITS * (1 + abs(result)):
            raise NotNumeric("a value whose error is not known to be small")
        return result

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
