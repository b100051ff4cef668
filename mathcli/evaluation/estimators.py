"""Standard estimators: intervals of shares, and unbiased pass@k, maj@k and rm@k.

With n samples a problem, the value at k is the mean over all subsets of k samples, each in the
order in which its samples were drawn. All three are counted exactly, without drawing subsets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True)
class Share:
    """`count` of `total`, with Wilson's 95 % interval (Wilson 1927)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1; 0 of 0 is 0."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The two ends of Wilson's 95 % interval."""
        return wilson(self.count, self.total)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if total <= 0:
        return 0.0, 1.0
    share, spread = count / total, Z95 * Z95 / total
    middle = (share + spread / 2) / (1 + spread)
    reach = Z95 * sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    low = 0.0 if count == 0 else max(0.0, middle - reach)
    return low, 1.0 if count == total else min(1.0, middle + reach)


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """The chance that at least one of `k` of the samples is right (Chen et al. 2021, eq. 1).

    Raises:
        ValueError: `k` is not from 1 to `samples`, or more are right than there are.

    >>> pass_at_k(4, 1, 2)
    0.5
    """
    _check(samples, k)
    if not 0 <= correct <= samples:
        raise ValueError("correct must be from 0 to samples")
    return 1.0 - comb(samples - correct, k) / comb(samples, k)


def rm_at_k(scores: Sequence[float], correct: Sequence[bool], k: int) -> float:
    """The chance that the best-scored of `k` of the samples is right; of equal ones the first.

    Raises:
        ValueError: `k` is not from 1 to the number of samples.

    >>> rm_at_k([0.9, 0.1, 0.5], [False, True, True], 2)
    0.3333333333333333
    """
    _check(len(scores), k)
    worst_first = sorted(range(len(scores)), key=lambda at: (scores[at], -at))
    wins = sum(comb(rank, k - 1) for rank, at in enumerate(worst_first) if correct[at])
    return wins / comb(len(scores), k)


def maj_at_k(groups: Sequence[int | None], correct: Sequence[bool], k: int) -> float:
    """The chance that the most common answer of `k` of the samples is right; of equally common
    ones the first seen wins (maj@k, Lewkowycz et al. 2022).

    Args:
        groups: the class of each sample's answer; `None`: no answer, so no vote.
        correct: whether each sample's answer is right.

    Raises:
        ValueError: `k` is not from 1 to the number of samples.

    >>> maj_at_k([0, 1, 1], [True, False, False], 3), maj_at_k([0, 1], [True, False], 2)
    (0.0, 1.0)
    """
    return maj_at(groups, correct, [k])[k]


def maj_at(
    groups: Sequence[int | None], correct: Sequence[bool], sizes: Sequence[int]
) -> dict[int, float]:
    """`maj_at_k` for several k, which share most of the counting."""
    total = len(groups)
    for k in sizes:
        _check(total, k)
    places: dict[int, list[int]] = {}
    for at, group in enumerate(groups):
        if group is not None:
            places.setdefault(group, []).append(at)
    most = most_common(groups)
    values = {total: float(most is not None and correct[most])}
    partial = [k for k in sizes if k < total]
    wins = dict.fromkeys(partial, 0)
    for group, members in places.items():
        for first, at in enumerate(members):
            if correct[at] and partial:
                for k, count in _wins(group, first, places, total, partial).items():
                    wins[k] += count
    values |= {k: count / comb(total, k) for k, count in wins.items()}
    return {k: values[k] for k in sizes}


def most_common(groups: Sequence[int | None]) -> int | None:
    """The first place of the most common class; of equally common ones the first seen.

    >>> most_common([2, 1, None, 1, 2]), most_common([None])
    (0, None)
    """
    votes = Counter(group for group in groups if group is not None)
    return groups.index(max(votes, key=lambda group: votes[group])) if votes else None


def _wins(
    group: int, first: int, places: dict[int, list[int]], total: int, sizes: Sequence[int]
) -> dict[int, int]:
    """How many subsets of each size `group` wins, with `first` as the first of its members in it.

    With m votes it wins where every other class has fewer, or as many and all of them later.
    """
    members = places[group]
    begins, later = members[first], len(members) - first - 1
    others = [other for name, other in places.items() if name != group]
    largest = max(sizes)
    wins = dict.fromkeys(sizes, 0)
    for votes in range(1, min(largest, later + 1) + 1):
        # A class that cannot reach `votes` is free to be chosen from at will, as what is no vote.
        strong = [other for other in others if len(other) >= votes]
        free = total - len(members) - sum(map(len, strong))
        ways = [comb(free, size) for size in range(min(free, largest - votes) + 1)]
        for other in strong:
            after = sum(at > begins for at in other)
            factor = [comb(len(other), size) for size in range(votes)] + [comb(after, votes)]
            ways = _product(ways, factor, largest - votes)
        chosen = comb(later, votes - 1)
        for k in sizes:
            if votes <= k < votes + len(ways):
                wins[k] += chosen * ways[k - votes]
    return wins


def _product(ways: Sequence[int], factor: Sequence[int], degree: int) -> list[int]:
    """The product of two polynomials, up to a degree."""
    product = [0] * min(len(ways) + len(factor) - 1, degree + 1)
    for power, times in enumerate(factor[: len(product)]):
        for at, count in enumerate(ways[: len(product) - power]):
            product[at + power] += times * count
    return product


def _check(samples: int, k: int) -> None:
    if not 1 <= k <= samples:
        raise ValueError(f"k must be from 1 to the number of samples, {samples}, not {k}")


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of a figure over problems, with its normal 95 % interval, kept within 0 and 1.

    >>> [round(one, 3) for one in mean_interval([0, 1, 1, 1])]
    [0.75, 0.26, 1.0]
    """
    count = len(values)
    if not count:
        return 0.0, 0.0, 1.0
    mean = sum(values) / count
    if count == 1:
        return mean, 0.0, 1.0
    spread = sum((value - mean) ** 2 for value in values) / (count - 1)
    reach = Z95 * sqrt(spread / count)
    return mean, max(0.0, mean - reach), min(1.0, mean + reach)


def powers(largest: int) -> list[int]:
    """The k to report: powers of two, and the largest.

    >>> powers(12)
    [1, 2, 4, 8, 12]
    """
    sizes = [1 << bit for bit in range(largest.bit_length()) if 1 << bit <= largest]
    return sizes if not sizes or sizes[-1] == largest else [*sizes, largest]
