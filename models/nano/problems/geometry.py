"""Lengths, areas, volumes, angles, distances."""

from __future__ import annotations

from random import Random

from .phrasing import choose, fill, retype
from .problem import Problem
from .tables import sections
from .words.geometry import size
from .words.work import explained

_TRIPLES = [(3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29)]


def geometry(maths: Random, voice: Random) -> Problem:
    """A figure with given sizes and one size that is asked for."""
    kind, row = maths.choice(list(sections("geometry.txt").items()))
    code, imports, plan = row.fields
    sample = row.lines[0]
    a, b, c, d = (maths.randint(2, maths.choice([12, 30])) for _ in range(4))
    hypotenuse = a + maths.randint(1, 12)
    if ("hypotenuse" in sample or "{h}" in sample) and maths.random() < 0.6:
        scale = maths.randint(1, 5)
        a, b, hypotenuse = (scale * side for side in maths.choice(_TRIPLES))
    if "({a}, {b})" in sample:
        a, b, d = maths.randint(-9, 9), maths.randint(-9, 9), maths.randint(-9, 9)
        c = a + maths.randint(1, 10)
    if maths.random() < 0.1 and "{c}" not in code and "Rational" not in code:
        a, b = maths.randint(10, 200), maths.randint(10, 200)
    u = maths.randint(20, 100)
    slots = {"a": a, "b": b, "c": c, "d": d, "h": hypotenuse, "p": a * b, "u": u}
    slots.update(w=maths.randint(10, 160 - u), n=maths.randint(3, 20))
    slots.update(s=maths.choice([a * a, a * b]))
    text = {name: str(value) for name, value in slots.items()}
    question = fill(retype(choose(voice.choice(row.lines), voice), voice), text)
    head = imports + "\n" if imports else ""
    code = fill(code, text).replace("- -", "+ ").replace("+ -", "- ")
    problem = Problem("geometry", question, fill(plan, text), f"{head}print({code})")
    return explained(problem, lambda work: size(work, kind, code, slots))
