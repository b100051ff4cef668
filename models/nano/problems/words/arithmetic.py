"""Calculations in words: whole numbers, fractions, lists of numbers, powers and roots."""

from __future__ import annotations

from math import gcd

from .work import LARGEST_FACTOR, Hard, Work

_KNOWN_POWER = 1024


def two_numbers(work: Work, a: int, sign: str, b: int) -> str:
    """One operation on whole numbers; a division may leave a fraction."""
    if sign == "/":
        if b > LARGEST_FACTOR and a % b:
            raise Hard
        return work.ratio(a, b)
    return str(work.do(a, sign, b))


def fractions(work: Work, one: tuple[int, int], sign: str, other: tuple[int, int]) -> str:
    """Two fractions, by common denominators or by tops and bottoms."""
    (a, b), (c, d) = one, other
    if sign == "/":
        work.say(f"Multiply {a}/{b} by {d}/{c}.")
        c, d, sign = d, c, "*"
    if sign == "*":
        top, bottom = work.do(a, "*", c), work.do(b, "*", d)
        return work.ratio(top, bottom)
    shared = b * d // gcd(b, d)
    for top, bottom in ((a, b), (c, d)):
        if bottom != shared:
            work.say(f"{top}/{bottom} = {top * (shared // bottom)}/{shared}.")
    top = work.do(a * (shared // b), sign, c * (shared // d))
    return "0" if top == 0 else work.ratio(top, shared)


def statistic(work: Work, numbers: list[int], name: str) -> str:
    """Mean, median, extremes, sum or range of a list."""
    if name == "sum":
        return str(work.total(numbers))
    if name in ("mean", "average"):
        return divided(work, work.total(numbers), len(numbers))
    if name == "median":
        return _median(work, sorted(numbers))
    if name == "range":
        return str(work.do(max(numbers), "-", min(numbers)))
    return str(max(numbers) if name == "largest" else min(numbers))


def _median(work: Work, ordered: list[int]) -> str:
    work.say(f"In order they are {', '.join(map(str, ordered))}.")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return str(ordered[middle])
    low, high = ordered[middle - 1 : middle + 1]
    work.say(f"In the middle are {low} and {high}.")
    return divided(work, work.do(low, "+", high), 2)


def divided(work: Work, number: int, by: int) -> str:
    """A division that may leave halves, quarters or fifths, as a decimal number."""
    whole, rest = divmod(number, by)
    if rest == 0:
        return str(work.do(number, "/", by))
    if by not in (2, 4, 5):
        raise Hard
    product = work.do(by, "*", whole)
    work.do(number, "-", product)
    part = f"{rest / by:g}"
    work.say(f"{rest}/{by} = {part}.")
    return f"{whole}{part[1:]}"


def factorial(work: Work, number: int) -> str:
    """The product of the numbers from 1 to this one."""
    return str(work.product(range(1, number + 1)))


def logarithm(work: Work, base: int, exponent: int) -> str:
    """The exponent of a power that is known."""
    if base**exponent > _KNOWN_POWER and base != 10:
        raise Hard
    work.say(f"{base**exponent} = {base}**{exponent}.")
    return str(exponent)
