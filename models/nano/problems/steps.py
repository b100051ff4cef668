"""Computations of a few steps: their values, their program and the sentence that plans them."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction

from .words.work import easy

NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Step:
    """``left sign right``; an operand is a number as typed, or the index of an earlier step."""

    left: str | int
    sign: str
    right: str | int


def value_of(text: str) -> Fraction:
    """A typed number as a fraction."""
    return Fraction(text.replace(",", ""))


def results(steps: list[Step]) -> list[Fraction] | None:
    """The value of every step, or None on a division by zero."""
    values: list[Fraction] = []
    for step in steps:
        left = values[step.left] if isinstance(step.left, int) else value_of(step.left)
        right = values[step.right] if isinstance(step.right, int) else value_of(step.right)
        if step.sign == "/" and right == 0:
            return None
        values.append(_OPERATIONS[step.sign](left, right))
    return values


def program(steps: list[Step]) -> str:
    """One assignment a step, then a print; money and other decimals are rounded to cents."""
    lines = []
    last = len(steps) - 1
    for number, step in enumerate(steps):
        name = "result" if number == last else ORDINALS[number]
        lines.append(f"{name} = {_name(step.left)} {step.sign} {_name(step.right)}")
    decimal = any("." in str(o) for step in steps for o in (step.left, step.right))
    lines.append("print(round(result, 2))" if decimal else "print(result)")
    return "\n".join(lines)


def _name(operand: str | int) -> str:
    return ORDINALS[operand] if isinstance(operand, int) else operand


def plan(steps: list[Step]) -> str:
    """The steps in words: "Multiply 5 by 3, then add 4."."""
    sentence = ", then ".join(_phrase(step, number) for number, step in enumerate(steps)) + "."
    return sentence[0].upper() + sentence[1:]


def _phrase(step: Step, number: int) -> str:
    left, right = _told(step.left, number), _told(step.right, number)
    previous = number - 1
    if step.left == previous and isinstance(step.left, int) and step.right != previous:
        verb = {"+": "add", "-": "subtract", "*": "multiply by", "/": "divide by"}[step.sign]
        return f"{verb} {right}"
    patterns = {
        "+": "add {l} and {r}",
        "-": "subtract {r} from {l}",
        "*": "multiply {l} by {r}",
        "/": "divide {l} by {r}",
    }
    return patterns[step.sign].format(l=left, r=right)


def _told(operand: str | int, number: int) -> str:
    if not isinstance(operand, int):
        return operand
    return "that" if operand == number - 1 else f"the {ORDINALS[operand]} result"


def spoken(steps: list[Step]) -> str | None:
    """The solution in words, where the numbers are small enough for that."""
    values = results(steps)
    if values is None or len(steps) > 3:
        return None
    sentences = []
    for step, value in zip(steps, values, strict=True):
        left, right = _number(step.left, values), _number(step.right, values)
        if left is None or right is None or value.denominator != 1:
            return None
        if not easy(int(left), step.sign, int(right)) or value < 0:
            return None
        sentences.append(f"{left} {step.sign} {right} = {value}.")
    first = plan(steps)
    return f"{first} {' '.join(sentences)} The answer is \\boxed{{{values[-1]}}}."


def _number(operand: str | int, values: list[Fraction]) -> Fraction | None:
    value = values[operand] if isinstance(operand, int) else value_of(operand)
    return value if value.denominator == 1 else None
