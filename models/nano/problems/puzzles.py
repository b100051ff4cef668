"""Riddles about unknown numbers, ages, coins and animals: sentences that become equations."""

from __future__ import annotations

from random import Random

from .phrasing import choose, fill, retype
from .problem import Problem
from .story_words import person
from .tables import sections
from .words import puzzles as words
from .words.work import explained


# A solution x and y is drawn first; every other number of the table follows from it.
def _numbers(kind: str, maths: Random) -> dict[str, int]:
    p, q = maths.randint(2, 12), maths.randint(1, 40)
    y = maths.randint(1, 40)
    x = p * y if kind == "multiple" else y + maths.randint(1, 30)
    j, k = maths.randint(6, 20), maths.randint(2, 5)
    return {
        "p": p,
        "q": q,
        "s": x + p,
        "d": x - p,
        "m": x * p,
        "t": p * x + q,
        "u": 2 * x + q,
        "w": p * x - q,
        "c": 2 * x + 1,
        "e": 3 * x + 3,
        "z": x * x,
        "a": x + y,
        "b": x - y,
        "f": x + y,
        "g": 2 * x + 4 * y,
        "h": 5 * x + 10 * y,
        "i": j * x + k * y,
        "j": j,
        "k": k,
        "l": 2 * x + 2 * y,
    }


def puzzle(maths: Random, voice: Random) -> Problem:
    """One riddle."""
    table = sections("puzzles.txt")
    name = maths.choice(list(table))
    equations, asked = table[name].fields
    slots = {key: str(value) for key, value in _numbers(name, maths).items()}
    slots["A"], slots["B"] = person(maths)[0], person(maths)[0]
    question = fill(retype(choose(voice.choice(table[name].lines), voice), voice), slots)
    filled = fill(equations, slots).split("; ")
    plan = f"Write it as {' and '.join(filled)} and solve."
    sides = ", ".join(f"Eq({', '.join(equation.split(' = '))})" for equation in filled)
    if asked == "x":
        symbol = "symbols('x', positive=True)" if name == "square" else "symbols('x')"
        program = f"from sympy import *\nx = {symbol}\nprint(solve({sides}, x))"
        problem = Problem("puzzles", question, plan, program, form="list")
        return explained(problem, lambda work: words.riddle(work, filled[0]))
    program = f"from sympy import *\nx, y = symbols('x y')\nprint(solve([{sides}], [x, y]))"
    problem = Problem("puzzles", question, plan, program, form="assignments")
    return explained(problem, lambda work: words.riddle_of_two(work, filled))
