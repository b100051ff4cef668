"""Judged problems made up for tests: what would otherwise take a model hours."""

from __future__ import annotations

import random
from collections.abc import Iterable

from mathcli.calibration import Judged, JudgedRollout


def rollout(
    used: str,
    right: bool,
    *,
    lost: bool = False,
    answered: bool = True,
    least: float | None = None,
) -> JudgedRollout:
    return JudgedRollout(
        used, answered=answered, correct=right, ran=used != "cot", lost=lost, least=least
    )


def judged(
    problem: str, words: Iterable[bool], code: Iterable[bool], free: Iterable[str] = ()
) -> Judged:
    """A problem with rollouts that are right or wrong; those of the own cue are always right."""
    return Judged(
        problem,
        words=tuple(rollout("cot", right) for right in words),
        code=tuple(rollout("tir", right) for right in code),
        free=tuple(rollout(used, True) for used in free),
    )


def small_or_large(count: int, seed: int = 0) -> list[Judged]:
    """Sums; words are right for small ones, programs for all but the first in twenty."""
    draw = random.Random(seed)
    found = []
    for at in range(count):
        large = draw.random() < 0.5
        most = 10**6 if large else 30
        text = f"What is {draw.randint(most // 3, most)} + {draw.randint(most // 3, most)}?"
        found.append(judged(text, [not large] * 4, [at % 20 > 0] * 4))
    return found
