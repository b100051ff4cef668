"""Prompts that are not mathematics, and their one answer."""

from __future__ import annotations

from random import Random

from .phrasing import choose, fill, retype
from .problem import Problem
from .tables import frames

REFUSAL = "I can only solve mathematics problems."


def talk(maths: Random, voice: Random) -> Problem:
    """Something said that asks for no mathematics."""
    said = choose(maths.choice(frames("talk.txt", "said")), maths)
    question = fill(retype(said, voice), {"t": maths.choice(frames("talk.txt", "things"))})
    return Problem("not mathematics", question, "", "", spoken=REFUSAL)
