"""Exact rational arithmetic on terms: cheap, and needs no library."""

from __future__ import annotations

import math
from fractions import Fraction

from mathcli.answers.terms import Apply, Constant, Number, Symbol, Term, substitute

MAX_BITS = 200_000
_MAX_BITS_OF_SUMS = 20_000
"""Size of the largest power worked out exactly."""


class Undefined(ArithmeticError):
    """A division by zero, or another value that does not exist."""


def rational(term: Term) -> Fraction | None:
    """The exact value of `term`, or `None` where it is not plainly rational.

    Raises:
        Undefined: at a division by zero.

    >>> rational(Apply("div", (Number(Fraction(1)), Number(Fraction(2)))))
    Fraction(1, 2)
    """
    if isinstance(term, Number):
        return None if term.slack is not None else term.value
    if isinstance(term, Constant) and term.name == "undefined":
        raise Undefined("an undefined value")
    if not isinstance(term, Apply):
        return None
    if term.op in ("sum", "prod"):
        return _repeated(term)
    values = []
    for arg in term.args:
        value = rational(arg)
        if value is None:
            return None
        values.append(value)
    return _apply(term.op, values)


def _repeated(term: Apply) -> Fraction | None:
    """A sum or product of rational values over whole numbers."""
    body, low, high, index = term.args
    ends = rational(low), rational(high)
    if ends[0] is None or ends[1] is None or not isinstance(index, Symbol):
        return None
    if any(end.denominator != 1 for end in ends if end is not None):
        return None
    total = Fraction(term.op == "prod")
    for step in range(int(ends[0]), int(ends[1]) + 1):
        value = rational(substitute(body, index.name, Number(Fraction(step))))
        longest = max(total.numerator.bit_length(), total.denominator.bit_length())
        if value is None or longest > _MAX_BITS_OF_SUMS:
            return None
        total = total + value if term.op == "sum" else total * value
    return total


def _apply(op: str, values: list[Fraction]) -> Fraction | None:
    first = values[0] if values else Fraction(0)
    if op == "add":
        return sum(values, Fraction(0))
    if op == "neg":
        return -first
    if op == "percent":
        return first / 100
    if op == "abs":
        return abs(first)
    if op == "floor":
        return Fraction(math.floor(first))
    if op == "ceil":
        return Fraction(math.ceil(first))
    if op == "sign":
        return Fraction((first > 0) - (first < 0))
    if op == "factorial":
        small = first.denominator == 1 and 0 <= first <= 2000
        return Fraction(math.factorial(int(first))) if small else None
    if op == "factorial2":
        small = first.denominator == 1 and 0 <= first <= 2000
        return Fraction(math.prod(range(int(first), 0, -2))) if small else None
    if op == "sqrt":
        return _root(first, 2)
    if len(values) < 2:
        return None
    return _apply_two(op, values)


def _apply_two(op: str, values: list[Fraction]) -> Fraction | None:
    first, second = values[0], values[1]
    if op == "mul":
        return first * second
    if op == "div":
        if second == 0:
            raise Undefined("a division by zero")
        return first / second
    if op == "pow":
        return power(first, second)
    if op == "root" and second.denominator == 1 and 2 <= second <= 64:
        return _root(first, int(second))
    if op in ("max", "min"):
        return max(values) if op == "max" else min(values)
    whole = all(value.denominator == 1 for value in values)
    if op in ("gcd", "lcm") and whole:
        found = int(first)
        for value in values[1:]:
            found = math.gcd(found, int(value)) if op == "gcd" else _lcm(found, int(value))
        return Fraction(found)
    if op == "binom" and whole and 0 <= second <= first <= 2000:
        return Fraction(math.comb(int(first), int(second)))
    if op == "perm" and whole and 0 <= second <= first <= 2000:
        return Fraction(math.perm(int(first), int(second)))
    if op == "mod" and second != 0:
        return first % second
    return None


def power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """`base` to the `exponent`, if that is rational and not too big to write down."""
    if exponent.denominator != 1:
        root = (
            _root(base, exponent.denominator) if exponent.denominator <= 64 and base >= 0 else None
        )
        return None if root is None else power(root, Fraction(exponent.numerator))
    if base == 0 and exponent <= 0:
        if exponent == 0:
            return Fraction(1)
        raise Undefined("a division by zero")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base in (0, 1, -1):
        return base if exponent % 2 else abs(base)
    return base ** int(exponent) if bits * abs(exponent) <= MAX_BITS else None


def _root(value: Fraction, index: int) -> Fraction | None:
    """The real root of `value` if it is rational."""
    if value < 0:
        opposite = _root(-value, index) if index % 2 else None
        return None if opposite is None else -opposite
    over, under = _integer_root(value.numerator, index), _integer_root(value.denominator, index)
    return None if over is None or under is None else Fraction(over, under)


def _integer_root(value: int, index: int) -> int | None:
    if index == 2:
        root = math.isqrt(value)
        return root if root * root == value else None
    if value < 2:
        return value
    low, high = 1, 1 << (value.bit_length() // index + 1)
    while low <= high:
        middle = (low + high) // 2
        power_of_middle = middle**index
        if power_of_middle == value:
            return middle
        low, high = (middle + 1, high) if power_of_middle < value else (low, middle - 1)
    return None


def _lcm(first: int, second: int) -> int:
    return abs(first * second) // math.gcd(first, second) if first and second else 0
