"""Decides whether a written decimal is close enough to a number.

A decimal may stand for a value without an exact decimal, such as 1/3 or pi: then the tolerance
decides. Against a whole number, a price, or any other value that can be written exactly, only
rounding errors of floating point are accepted.
"""

from __future__ import annotations

from fractions import Fraction

from mathcli.answers.policy import TOLERANCE, Policy
from mathcli.answers.terms import Number, Term

NOISE = Fraction(1, 10**12)
"""Relative difference that floating point leaves behind, in a number of many digits."""
ZERO_NOISE = (Fraction(1, 10**20), Fraction(1, 10**12))
"""Between these a number of as many digits as floating point prints may be a zero."""
COMPUTED = 9
"""Decimals from which on a number was worked out by a program, and may be given rounded."""
MANY_DIGITS = 14
"""Digits from which on a decimal may have come out of floating-point arithmetic."""


def close(
    first: Term, second: Term, values: tuple[Fraction, Fraction], approximate: bool, policy: Policy
) -> bool:
    """Whether two rational values are equal as their terms are written."""
    one, other = values
    if one == other:
        return True
    if policy.digits:
        return agree(one, other, policy.digits)
    if is_noise(first, other) or is_noise(second, one):
        return True
    if not approximate:
        return False
    gap, largest = abs(one - other), max(abs(one), abs(other))
    if gap > Fraction(repr(policy.tolerance)) * largest:
        return False
    if policy.tolerance > TOLERANCE:  # asked for
        return True
    return _rounds_to(first, second, one, other) or gap <= NOISE * largest


def _rounds_to(first: Term, second: Term, one: Fraction, other: Fraction) -> bool:
    """Whether one may be the other rounded: not where it could have been written in full."""
    sides = ((first, one, other), (second, other, one))
    for term, value, exact in sides:
        places = _places(value) if isinstance(term, Number) else None
        if places and isinstance(term, Number) and term.approximate:
            if _places(exact) is None:
                return True
            longer = _places(exact) or 0
            rounded = longer > places >= 5 and round(exact, places) == value
            if rounded and longer >= COMPUTED:
                return True
    return all(_places(value) is None for _, value, _ in sides) or any(
        not isinstance(term, Number) and _places(value) is None for term, value, _ in sides
    )


def _places(value: Fraction) -> int | None:
    """Decimals that `value` has in full; `None` if they do not end within 30."""
    scale = 1
    for places in range(31):
        if (value * scale).denominator == 1:
            return places
        scale *= 10
    return None


def agree(first: Fraction, second: Fraction, digits: int) -> bool:
    """Whether two values are the same, rounded to so many significant digits.

    >>> agree(Fraction(314, 100), Fraction(3141593, 1000000), 3)
    True
    """
    largest = max(abs(first), abs(second))
    if largest == 0 or first == second:
        return True
    exponent = len(str(int(largest))) if largest >= 1 else -_leading_zeros(largest)
    places = digits - exponent
    return round(first, places) == round(second, places)


def _leading_zeros(value: Fraction) -> int:
    count = 0
    while value * 10 < 1 and count < 400:
        value, count = value * 10, count + 1
    return count


def is_noise(term: Term, other: Fraction) -> bool:
    """Whether `term` is a zero as floating point prints it, such as 1.2246467991473532e-16."""
    low, high = ZERO_NOISE
    return (
        other == 0
        and isinstance(term, Number)
        and term.digits > MANY_DIGITS
        and low < abs(term.value) < high
    )
