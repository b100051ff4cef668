"""Percentages, forwards and backwards."""

from __future__ import annotations

from random import Random

from .phrasing import fill, say
from .problem import Problem
from .tables import sections
from .words import percentages as words
from .words.work import explained

_KINDS = ["of", "of", "what", "up", "down", "whole", "change"]


def percentage(maths: Random, voice: Random) -> Problem:
    """A part, a share, a change, or the whole behind a part."""
    kind = maths.choice(_KINDS)
    usual = [10, 20, 25, 50, 5, 15, 30, 40, 75, 60, 80, 12, 8, 35]
    percent = maths.choice([*usual, maths.randint(1, 99)])
    number = maths.choice(
        [maths.randint(1, 60) * 20, maths.randint(1, 30) * 100, maths.randint(2, 400)]
    )
    clean = number * percent % 100 == 0
    part = number * percent // 100 if clean else maths.randint(1, number)
    if kind == "whole":
        number = number * 20
        part = number * percent // 100
    slots = {"n": str(number), "p": str(percent), "m": str(part)}
    section = sections("percentages.txt")[kind]
    code, plan = (fill(text, slots) for text in section.fields)
    unit = " percent" if kind in ("what", "change") else ""
    problem = Problem(
        "percentages",
        say(section.lines, slots, voice),
        plan,
        f"print({code})",
        closing=f"The answer is {{}}{unit}.",
    )
    return explained(problem, lambda work: words.percentage(work, kind, number, percent, part))
