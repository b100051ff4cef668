"""From two texts to a verdict: all readings of one against all of the other."""

from __future__ import annotations

from mathcli.answers.cleaning import clean, normalized
from mathcli.answers.reader import readings
from mathcli.answers.rules import Rules
from mathcli.answers.scalars import NeedsWorker, Scalars
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided

MAX_TEXT = 20_000


class Equivalence:
    """Compares texts.

    Args:
        tolerance: largest relative difference where a decimal takes part.
        percent: whether `75%` may be written as 0.75.
        algebra: whether numeric evaluation and libraries may be used; without it, what needs
            them raises `NeedsWorker`.
    """

    def __init__(self, *, tolerance: float, percent: bool, algebra: bool) -> None:
        self.algebra = algebra
        self.rules = Rules(Scalars(tolerance, algebra=algebra), percent=percent)

    def compare(self, first: str, second: str) -> Comparison:
        """The verdict on two texts; the same in either order.

        Raises:
            NeedsWorker: without `algebra`, where exact arithmetic is not enough.
        """
        if max(len(first), len(second)) > MAX_TEXT:
            return _same_text(first, second)
        if not clean(first) or not clean(second):
            if not clean(first) and not clean(second):
                return undecided("neither side gives an answer")
            return incorrect("one side gives no answer")
        if normalized(first) == normalized(second):
            return correct("the same text")
        first, second = sorted((first, second), key=lambda text: (len(text), text))
        found = readings(first), readings(second)
        if not found[0] or not found[1]:
            return self._unread(first, second)
        verdicts = [self.rules.compare(one, other) for one in found[0] for other in found[1]]
        for wanted in (Verdict.CORRECT,):
            for comparison in verdicts:
                if comparison.verdict is wanted:
                    return comparison
        if any(comparison.verdict is Verdict.INCORRECT for comparison in verdicts[:1]):
            return verdicts[0]
        return verdicts[0]

    def _unread(self, first: str, second: str) -> Comparison:
        if not self.algebra:
            raise NeedsWorker
        from mathcli.answers.library import compare_with_library

        return compare_with_library(clean(first), clean(second))


def _same_text(first: str, second: str) -> Comparison:
    if first.strip() == second.strip():
        return correct("the same text")
    return undecided("a text too long to be an answer")
