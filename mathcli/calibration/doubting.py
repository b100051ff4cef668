"""Learns how probable a model's tokens must be for its solution in words to be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

FOLDS = 5


@dataclass(frozen=True)
class DoubtedRollout:
    """A rollout in words, and what changes if it is doubted instead of accepted.

    Args:
        problem: its number, so that a problem's rollouts stay together.
        least: the probability of its least probable token.
        gain: right answers that doubting it adds: 1, 0 or -1.
        cost: programs that run if it is doubted.
    """

    problem: int
    least: float
    gain: int
    cost: int


def doubt_of(rollouts: Sequence[DoubtedRollout]) -> float:
    """The threshold below which a least probable token makes words doubtful: the one with most
    right answers and, of several, the fewest programs. 0 where doubting does not help.

    It lies halfway between two rollouts' probabilities, or between the highest of them and 1.

    >>> doubt_of([Doubtful(0, 0.3, 1, 1), Doubtful(1, 0.5, 1, 1), Doubtful(2, 0.9, 0, 1)])
    0.7
    """
    ordered = sorted(rollouts, key=lambda one: one.least)
    groups = [list(alike) for _, alike in groupby(ordered, key=lambda one: one.least)]
    best, doubt = (0, 0), 0.0
    gain = cost = 0
    for alike, following in zip_longest(groups, groups[1:]):
        gain += sum(one.gain for one in alike)
        cost += sum(one.cost for one in alike)
        if (gain, -cost) > best:
            best = (gain, -cost)
            doubt = (alike[0].least + (following[0].least if following else 1.0)) / 2
    return doubt


def held_out(rollouts: Sequence[DoubtedRollout], fold: Sequence[int]) -> list[float]:
    """For each problem the threshold that is learned from the other folds.

    Args:
        fold: the number of each problem's fold.
    """
    taught = {
        number: doubt_of([one for one in rollouts if fold[one.problem] != number])
        for number in set(fold)
    }
    return [taught[number] for number in fold]
