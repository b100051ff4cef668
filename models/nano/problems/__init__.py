"""Generators of problems with solutions: one function a family, deterministic by seed.

A generator takes two random streams: ``maths`` draws the problem, ``voice`` draws how it is said,
so the same problem can be said in several ways and executed once.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .algebra import algebra
from .arithmetic import arithmetic
from .calculus import derivative, integral, limit
from .discrete import counting, number_theory, sequence
from .equations import equation, system
from .geometry import geometry
from .percentages import percentage
from .problem import Problem
from .puzzles import puzzle
from .stories import everyday, happenings, one_step, two_steps
from .sums import sums
from .talk import talk

Generator = Callable[[Random, Random], Problem]

FAMILIES: dict[str, Generator] = {
    "equations": equation,
    "systems": system,
    "derivatives": derivative,
    "integrals": integral,
    "limits": limit,
    "algebra": algebra,
    "arithmetic": arithmetic,
    "sums": sums,
    "percentages": percentage,
    "number theory": number_theory,
    "counting": counting,
    "sequences": sequence,
    "geometry": geometry,
    "puzzles": puzzle,
    "stories, one step": one_step,
    "stories, two steps": two_steps,
    "everyday": everyday,
    "happenings": happenings,
    "not mathematics": talk,
}


def generate(family: str, seed: int, voice: int = 0) -> Problem:
    """The problem that a seed stands for, said in the way that ``voice`` stands for."""
    return FAMILIES[family](Random(f"{family}/{seed}"), Random(f"{family}/{seed}/{voice}"))
