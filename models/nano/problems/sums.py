"""Several small sums at once: what a head must know before it can do without a program."""

from __future__ import annotations

from random import Random

from .problem import Problem

_ASKED = (
    "Calculate {}.",
    "Work out {}.",
    "{}",
    "What are {}?",
    "Do these in your head: {}.",
)


def _sum(maths: Random) -> tuple[str, int]:
    sign = maths.choice("++--**/")
    if sign == "*":
        a, b = maths.randint(2, 12), maths.randint(2, 12)
        if maths.random() < 0.3:
            a, b = maths.randint(11, 100), maths.randint(2, 5)
        return f"{a} * {b}", a * b
    if sign == "/":
        a, b = maths.randint(2, 12), maths.randint(2, 12)
        return f"{a * b} / {b}", a
    large = maths.choice([10, 20, 20, 100, 144])
    a, b = maths.randint(1, large), maths.randint(1, large)
    if sign == "+":
        return f"{a} + {b}", a + b
    return f"{max(a, b)} - {min(a, b)}", abs(a - b)


def sums(maths: Random, voice: Random) -> Problem:
    """A list of sums and of their results."""
    drawn = [_sum(maths) for _ in range(maths.randint(2, 14))]
    listed = ", ".join(written for written, _ in drawn)
    answer = ", ".join(str(value) for _, value in drawn)
    told = " ".join(f"{written} = {value}." for written, value in drawn)
    exact = listed.replace("/", "//")
    return Problem(
        "sums",
        voice.choice(_ASKED).format(listed),
        "Calculate each of them.",
        f"print([{exact}])",
        "The answers are {}.",
        form="list",
        expected=answer,
        spoken=f"{told} The answers are \\boxed{{{answer}}}.",
    )
