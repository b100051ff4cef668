"""How good probabilities are: their calibration, and how well they separate right from wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

Pair = tuple[float, bool]
"""A probability that an answer is right, and whether it was."""

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers with similar trust: their mean trust, and the share of them that is right."""

    low: float
    high: float
    count: int
    trust: float
    right: float


@dataclass(frozen=True)
class Point:
    """The share of right answers among the most trusted `coverage` of all problems; `trust` is the
    lowest trust among them."""

    coverage: float
    right: float
    trust: float


@dataclass(frozen=True)
class Reliability:
    """The measures of trust of one evaluation.

    Args:
        answers: how many had a trust; problems without an answer have none.
        brier: mean squared error of the probabilities (Brier 1950).
        calibration_error: mean distance between trust and accuracy, in bins of equal width,
            weighed by their answers (Naeini et al. 2015).
        auc: the probability that a right answer has more trust than a wrong one; `None` where all
            were right, or none.
        bins: the reliability diagram.
        curve: accuracy by coverage, of all problems.
    """

    answers: int
    brier: float
    calibration_error: float
    auc: float | None
    bins: tuple[Bin, ...]
    curve: tuple[Point, ...]

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)


def reliability(pairs: Sequence[Pair], problems: int) -> Reliability | None:
    """The measures of the answers to that many problems; `None` where there are no answers."""
    if not pairs:
        return None
    return Reliability(
        answers=len(pairs),
        brier=brier(pairs),
        calibration_error=calibration_error(pairs),
        auc=auc(pairs),
        bins=tuple(bins(pairs)),
        curve=tuple(coverage_curve(pairs, problems)),
    )


def brier(pairs: Sequence[Pair]) -> float:
    """The mean squared error.

    >>> brier([(1.0, True), (0.5, False)])
    0.125
    """
    return fmean((trust - right) ** 2 for trust, right in pairs)


def bins(pairs: Iterable[Pair], count: int = BINS) -> list[Bin]:
    """The answers by their trust; empty bins are left out."""
    sorted_in: list[list[Pair]] = [[] for _ in range(count)]
    for trust, right in pairs:
        sorted_in[min(count - 1, int(trust * count))].append((trust, right))
    return [
        Bin(
            at / count,
            (at + 1) / count,
            len(held),
            fmean(trust for trust, _ in held),
            fmean(right for _, right in held),
        )
        for at, held in enumerate(sorted_in)
        if held
    ]


def calibration_error(pairs: Sequence[Pair], count: int = BINS) -> float:
    """The mean distance of trust from accuracy over the bins, by their sizes.

    >>> calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])
    0.0
    """
    filled = bins(pairs, count)
    return sum(one.count * abs(one.trust - one.right) for one in filled) / len(pairs)


def auc(pairs: Sequence[Pair]) -> float | None:
    """The share of pairs of a right and a wrong answer in which the right one has more trust;
    equal trust counts half. By ranks (Mann and Whitney 1947).

    >>> auc([(0.9, True), (0.2, False), (0.4, True)]), auc([(0.5, True), (0.5, False)])
    (1.0, 0.5)
    """
    rights = sum(right for _, right in pairs)
    wrongs = len(pairs) - rights
    if not rights or not wrongs:
        return None
    ordered = sorted(pairs, key=lambda pair: pair[0])
    total, begin = 0.0, 0
    while begin < len(ordered):
        end = begin
        while end < len(ordered) and ordered[end][0] == ordered[begin][0]:
            end += 1
        rank = (begin + 1 + end) / 2
        total += rank * sum(right for _, right in ordered[begin:end])
        begin = end
    return (total - rights * (rights + 1) / 2) / (rights * wrongs)


def coverage_curve(pairs: Iterable[Pair], problems: int) -> list[Point]:
    """Accuracy among the most trusted answers, by their share of all problems (El-Yaniv and Wiener
    2010): how often they are right if a human decides all others."""
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    steps = sorted({round(len(ordered) * part / 20) for part in range(1, 21)} - {0})
    return [
        Point(
            take / max(problems, 1),
            fmean(right for _, right in ordered[:take]),
            ordered[take - 1][0],
        )
        for take in steps
    ]
