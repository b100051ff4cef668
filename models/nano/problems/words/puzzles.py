"""Riddles in words, once they are equations."""

from __future__ import annotations

from .equations import linear, system
from .polynomials import read, written
from .work import Hard, Work


def riddle(work: Work, equation: str) -> str:
    """One unknown number."""
    left, right = equation.split(" = ")
    polynomial, value = read(left), int(right)
    if polynomial == {2: 1}:  # of a positive number
        root = work.root(value)
        if "sqrt" in root:
            raise Hard
        return root
    if written(polynomial, "x") != left:
        work.say(f"{written(polynomial, 'x')} = {value}.")
    return linear(work, polynomial[1], polynomial.get(0, 0), value, "x")


def riddle_of_two(work: Work, equations: list[str]) -> str:
    """Two unknown numbers."""
    sides = [(left, right) for left, right in (text.split(" = ") for text in equations)]
    return system(work, sides, ["x", "y"])
