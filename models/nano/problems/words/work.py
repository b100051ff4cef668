"""The steps of a solution in words, all easy: small sums, times tables, exact divisions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from math import gcd, isqrt

from ..problem import Problem, closed

LARGEST_TERM = 144
LARGEST_FACTOR = 12
LONGEST_TEXT = 230  # characters, of which digits are tokens of their own
_KNOWN_SQUARES = (*range(16), 20, 25, 30, 40, 50, 100)
_SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "/",
}  # fmt: skip


class Hard(Exception):
    """A step that nobody should do without a program."""


def _bare(number: int) -> int:
    """The number without its sign and without the zeros at its end."""
    number = abs(number)
    while number and number % 10 == 0:
        number //= 10
    return number


def easy(left: int, sign: str, right: int) -> bool:
    """Whether a head can do ``left sign right``; zeros at the end cost nothing."""
    if sign == "*":
        small, large = sorted((_bare(left), _bare(right)))
        return large <= LARGEST_FACTOR or small <= 1 or (small <= 5 and large <= 100)
    if sign == "/":
        if right == 0 or left % right:
            return False
        table = abs(left) <= LARGEST_TERM and abs(right) <= LARGEST_FACTOR
        return table or (_bare(right) <= LARGEST_FACTOR and easy(left // right, "*", right))
    while left % 10 == right % 10 == 0 and (left or right):
        left, right = left // 10, right // 10
    return max(abs(left), abs(right)) <= LARGEST_TERM


def operation(left: int, sign: str, right: int) -> str:
    """The operation as it is written; a negative number is not added but subtracted."""
    if right < 0 and sign in "+-":
        return f"{left} {'-' if sign == '+' else '+'} {-right}"
    return f"{left} {sign} {right}"


def result(left: int, sign: str, right: int) -> int:
    """The value of an operation; a division is exact."""
    if sign == "/":
        return left // right
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


class Work:
    """Steps, written down as they are done."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def say(self, sentence: str) -> None:
        """Write a sentence that holds no calculation."""
        self.steps.append(sentence)

    def do(self, left: int, sign: str, right: int, name: str = "") -> int:
        """One operation, after the name of what it finds ("3*x = 20 - 5 = 15.")."""
        if not easy(left, sign, right):
            raise Hard
        value = result(left, sign, right)
        self.say(f"{name + ' = ' if name else ''}{operation(left, sign, right)} = {value}.")
        return value

    def total(self, numbers: Sequence[int]) -> int:
        """Add the numbers one after the other."""
        return reduce(lambda left, right: self.do(left, "+", right), numbers)

    def product(self, numbers: Sequence[int]) -> int:
        """Multiply the numbers one after the other."""
        return reduce(lambda left, right: self.do(left, "*", right), numbers)

    def power(self, base: int, exponent: int) -> int:
        """Multiply the base by itself; powers of ten and of one are known."""
        if base in (0, 1):
            return base
        if base == 10:
            self.say(f"10**{exponent} = {10**exponent}.")
            return int(10**exponent)
        return self.product([base] * exponent) if exponent else 1

    def ratio(self, top: int, bottom: int, name: str = "") -> str:
        """A division as a whole number or as a fraction in lowest terms."""
        if bottom < 0:
            top, bottom = -top, -bottom
        if bottom and top % bottom == 0:
            return str(self.do(top, "/", bottom, name) if bottom > 1 else top)
        shared = gcd(top, bottom)
        if not bottom or max(abs(top), bottom) > LARGEST_TERM or shared > LARGEST_FACTOR:
            raise Hard
        lowest = f"{top // shared}/{bottom // shared}"
        if shared > 1 or name:
            whole = f"{top}/{bottom} = " if shared > 1 else ""
            self.say(f"{name + ' = ' if name else ''}{whole}{lowest}.")
        return lowest

    def root(self, square: int) -> str:
        """A square root, simplified as SymPy does it."""
        if square < 0:  # altered numbers may leave no such triangle
            raise Hard
        side = isqrt(square)
        if side * side == square:
            if side not in _KNOWN_SQUARES:
                raise Hard
            self.say(f"{side} * {side} = {square}.")
            return str(side)
        if square > LARGEST_TERM:
            raise Hard
        side = max(n for n in range(1, side + 1) if square % (n * n) == 0)
        if side == 1:
            return f"sqrt({square})"
        rest = square // (side * side)
        self.say(f"{square} = {side * side} * {rest}.")
        return f"{side}*sqrt({rest})"

    def calculate(self, expression: str, values: Mapping[str, int] | None = None) -> int:
        """Every operation of an expression, as Python would do them."""
        return self._walk(ast.parse(expression, mode="eval").body, values or {})

    def _walk(self, node: ast.expr, values: Mapping[str, int]) -> int:
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.Name) and node.id in values:
            return values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._walk(node.operand, values)
        if not isinstance(node, ast.BinOp):
            raise Hard
        left, right = self._walk(node.left, values), self._walk(node.right, values)
        if isinstance(node.op, ast.Pow):
            return self.power(left, right)
        return self.do(left, _SIGNS[type(node.op)], right)


def explained(problem: Problem, steps: Callable[[Work], str]) -> Problem:
    """The problem with a solution in words, if all its steps are easy and they are not too many.

    ``steps`` does the work and returns the answer.
    """
    work = Work()
    try:
        answer = steps(work)
    except Hard:
        return problem
    text = " ".join([problem.rationale, *work.steps, closed(problem, answer)])
    return problem if len(text) > LONGEST_TEXT else replace(problem, spoken=text)
