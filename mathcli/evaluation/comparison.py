"""Two runs over the same problems: which differences are more than noise.

Problems are paired, which is what makes small differences visible: McNemar's exact test
(McNemar 1947) for what is right or wrong, a sign-flip permutation test for what is counted, a
paired bootstrap for intervals, and Holm's correction (Holm 1979) for asking about many parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Any

from mathcli.errors import UsageError
from mathcli.evaluation.results import Result
from mathcli.evaluation.summary import by_number

LEVEL = 0.05
"""Chance of taking noise for a difference, over all comparisons together."""
_FLIPS = 10_000
_RESAMPLES = 10_000
_CELLS = 4_000_000  # random numbers at a time
_EXACT = 12  # of so few differences all signs are tried

Pair = tuple[Result, Result]


@dataclass(frozen=True)
class Difference:
    """One measure on one part of the problems, in both runs.

    Args:
        measure: `accuracy`, `code rate`, `tokens` or `pass@1`.
        kind: `subject` or `level`, where it is of a part of the problems.
        part: which subject or level (`3`); "" for all problems.
        problems: how many there are.
        first: the measure's mean in the first run.
        second: the measure's mean in the second run.
        low: lower end of the 95 % interval of `second - first`.
        high: its upper end.
        p: the probability of getting so large a difference by chance.
        adjusted: `p` after Holm's correction for all comparisons.
    """

    measure: str
    kind: str
    part: str
    problems: int
    first: float
    second: float
    low: float
    high: float
    p: float
    adjusted: float = 1.0

    @property
    def real(self) -> bool:
        """Is it more than noise?"""
        return self.adjusted < LEVEL

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {**vars(self), "difference": self.second - self.first, "more_than_noise": self.real}


@dataclass(frozen=True)
class RunComparison:
    """All differences between two runs, and how many problems only one of them has."""

    differences: tuple[Difference, ...]
    common: int
    only_first: int
    only_second: int

    @property
    def words(self) -> str:
        """Which run is right more often, and whether that may be chance (by the corrected p)."""
        accuracy = self.differences[0]
        more = round((accuracy.second - accuracy.first) * accuracy.problems)
        if not more:
            return f"A and B are right on equally many of the {accuracy.problems} problems."
        better, other = ("B", "A") if more > 0 else ("A", "B")
        chance = "p < 0.0001" if accuracy.adjusted < 1e-4 else f"p = {accuracy.adjusted:.2g}"
        judged = "is more than chance would give" if accuracy.real else "may be chance"
        return (
            f"{better} is right on {abs(more)} more of the {accuracy.problems} problems "
            f"than {other}. That {judged} ({chance})."
        )

    def record(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "schema": 1,
            "words": self.words,
            "common": self.common,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "differences": [one.record() for one in self.differences],
        }


def compare(first: Sequence[Result], second: Sequence[Result], seed: int = 0) -> RunComparison:
    """Compare two runs on the problems that both have.

    Raises:
        UsageError: they have none in common.
    """
    pairs = paired(first, second)
    if not pairs:
        raise UsageError(
            "the two files have no problem in common",
            "compare runs over the same dataset: rows are matched by key, id, or problem",
        )
    differences = list(_differences(pairs, seed))
    adjusted = holm([one.p for one in differences])
    return RunComparison(
        tuple(replace(one, adjusted=p) for one, p in zip(differences, adjusted, strict=True)),
        common=len(pairs),
        only_first=len(first) - len(pairs),
        only_second=len(second) - len(pairs),
    )


def paired(first: Sequence[Result], second: Sequence[Result]) -> list[Pair]:
    """The problems of both: by key, by id, or by text, whichever matches most."""
    ways: tuple[Callable[[Result], str | None], ...] = (
        lambda one: one.key,
        lambda one: one.id,
        lambda one: " ".join(one.problem.split()),
    )
    return max((_joined(first, second, way) for way in ways), key=len)


def _joined(
    first: Sequence[Result], second: Sequence[Result], way: Callable[[Result], str | None]
) -> list[Pair]:
    theirs: dict[str, Result] = {}
    for result in second:
        name = way(result)
        if name:
            theirs.setdefault(name, result)
    return [
        (result, theirs.pop(name)) for result in first if (name := way(result)) and name in theirs
    ]


def _differences(pairs: Sequence[Pair], seed: int) -> Iterator[Difference]:
    yield _binary("accuracy", pairs, lambda one: one.correct, seed)
    if any(len(one.samples) > 1 for pair in pairs for one in pair):
        yield _counted("pass@1", pairs, _pass_at_1, seed)
    yield _binary("code rate", pairs, lambda one: one.ran, seed)
    if all(one.generated is not None for pair in pairs for one in pair):
        yield _counted("tokens", pairs, lambda one: float(one.generated or 0), seed)
    for kind, part in (("subject", _subject), ("level", _level)):
        names = sorted({name for one, _ in pairs if (name := part(one))}, key=by_number)
        for name in names if len(names) > 1 else ():
            chosen = [pair for pair in pairs if part(pair[0]) == name]
            accuracy = _binary("accuracy", chosen, lambda one: one.correct, seed)
            yield replace(accuracy, kind=kind, part=name)


def _subject(one: Result) -> str | None:
    return one.subject


def _level(one: Result) -> str | None:
    return one.level


def _pass_at_1(one: Result) -> float:
    return sum(sample.correct for sample in one.samples) / max(1, len(one.samples))


def _binary(
    measure: str, pairs: Sequence[Pair], value: Callable[[Result], bool], seed: int
) -> Difference:
    import numpy

    both = [(value(one), value(two)) for one, two in pairs]
    lost, gained, total = both.count((True, False)), both.count((False, True)), len(both)
    # To draw problems again is to draw how many are lost, gained, and the same in both.
    shares = [lost / total, gained / total, 1 - (lost + gained) / total]
    drawn = numpy.random.default_rng(seed).multinomial(total, numpy.clip(shares, 0, 1), _RESAMPLES)
    low, high = numpy.percentile((drawn[:, 1] - drawn[:, 0]) / total, [2.5, 97.5])
    one, two = (sum(column) / total for column in zip(*both, strict=True))
    p = mcnemar(lost, gained)
    return Difference(measure, "", "", total, one, two, float(low), float(high), p)


def _counted(
    measure: str, pairs: Sequence[Pair], value: Callable[[Result], float], seed: int
) -> Difference:
    both = [(value(one), value(two)) for one, two in pairs]
    mean, other = (sum(column) / len(both) for column in zip(*both, strict=True))
    changes = [two - one for one, two in both]
    low, high = bootstrap_interval(changes, seed)
    p = sign_flip(changes, seed)
    return Difference(measure, "", "", len(both), mean, other, low, high, p)


def mcnemar(lost: int, gained: int) -> float:
    """The exact two-sided p of McNemar's test: how likely fair coins split at least as unevenly.

    >>> mcnemar(1, 5), mcnemar(0, 0)
    (0.21875, 1.0)
    """
    total, few = lost + gained, min(lost, gained)
    ways = sum(comb(total, count) for count in range(few + 1))
    return min(1.0, float(2 * ways / 2**total))


def sign_flip(changes: Sequence[float], seed: int = 0) -> float:
    """The two-sided p that the changes have the mean 0, by turning their signs at random.

    Up to twelve changes that are not zero are turned in every possible way.

    >>> sign_flip([1.0, 2.0, 3.0])
    0.25
    """
    import numpy

    moved = numpy.array([one for one in changes if one], dtype=float)
    if not len(moved):
        return 1.0
    observed = abs(moved.sum()) * (1 - 1e-12)
    if len(moved) <= _EXACT:
        bits = numpy.arange(2 ** len(moved))[:, None] >> numpy.arange(len(moved)) & 1
        return float(numpy.mean(numpy.abs((2 * bits - 1) @ moved) >= observed))
    random = numpy.random.default_rng(seed)
    hits, left = 0, _FLIPS
    while left:
        count = min(left, max(1, _CELLS // len(moved)))
        signs = random.integers(0, 2, (count, len(moved)), dtype=numpy.int8)
        hits += int(numpy.sum(numpy.abs((2.0 * signs - 1.0) @ moved) >= observed))
        left -= count
    return (1 + hits) / (1 + _FLIPS)


def bootstrap_interval(changes: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean change, by drawing problems again (Efron 1979)."""
    import numpy

    values = numpy.asarray(changes, dtype=float)
    random = numpy.random.default_rng(seed)
    resamples = max(1000, min(_RESAMPLES, 10 * _CELLS // max(1, len(values))))
    rows = max(1, _CELLS // max(1, len(values)))
    means = [
        values[random.integers(0, len(values), (min(rows, resamples - at), len(values)))].mean(1)
        for at in range(0, resamples, rows)
    ]
    low, high = numpy.percentile(numpy.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def holm(chances: Sequence[float]) -> list[float]:
    """Chances after Holm's step-down correction, in their order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [1.0] * len(chances)
    reached = 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=lambda at: chances[at])):
        reached = max(reached, min(1.0, chances[at] * (len(chances) - rank)))
        corrected[at] = reached
    return corrected
