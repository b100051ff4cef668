"""When a vote is decided: the stopping rule of Adaptive-Consistency (Aggarwal et al. 2023)."""

from __future__ import annotations

from functools import lru_cache
from math import comb


@lru_cache(maxsize=1024)
def lead(first: int, second: int) -> float:
    """The probability that an answer with `first` votes is more frequent, in the model's
    distribution, than one with `second`.

    With a uniform prior, its share of the two has the distribution Beta(`first` + 1, `second` + 1);
    the result is the probability above one half, a sum of binomials.

    >>> lead(0, 0), lead(1, 0), lead(4, 0), lead(5, 1)
    (0.5, 0.75, 0.96875, 0.9375)
    """
    votes = first + second + 1
    above: float = sum(comb(votes, k) for k in range(first + 1)) / 2**votes
    return above


def missing(first: int, second: int, confidence: float, left: int) -> int:
    """How many more consecutive votes the leader needs to be safe, or out of reach.

    Args:
        confidence: the value that `lead` must exceed; with 1 all votes are needed.
        left: votes that may still be cast.

    >>> [missing(first, second, 0.95, left=8) for first, second in [(0, 0), (3, 1), (4, 0)]]
    [4, 3, 0]
    >>> missing(0, 0, 0.95, left=3)
    2
    """
    if confidence >= 1:
        return left
    for votes in range(left):
        if lead(first + votes, second) > confidence or first + votes - second > left - votes:
            return votes
    return left
