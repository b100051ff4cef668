"""Compares two texts: all readings of one with all readings of the other."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from mathcli.answers.cleaning import clean, normalized
from mathcli.answers.exact import Undefined, rational
from mathcli.answers.policy import DEFAULT, Policy
from mathcli.answers.reader import senses
from mathcli.answers.rules import Rules
from mathcli.answers.scalars import NeedsWorker, Scalars
from mathcli.answers.senses import Sense
from mathcli.answers.terms import Quantity, Term
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided
from mathcli.answers.words import unwrapped

MAX_TEXT = 5_000


_NUMBERS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:\s*/\s*\d+)?")


def _lacks(text: str, term: Term) -> bool:
    """Whether `text` is prose without the plain number that `term` is."""
    try:
        value = rational(term.value if isinstance(term, Quantity) else term)
    except Undefined:
        return False
    from mathcli.answers.numerals import number_in_words

    words = re.findall(r"(?<!\\)\b[A-Za-z]{2,}\b", unwrapped(text))
    if value is None or len(words) < 3 or any(map(number_in_words, words)):
        return False
    written = (found.replace(",", "").replace(" ", "") for found in _NUMBERS.findall(text))
    numbers = [Fraction(found) for found in written if not re.search(r"/0+$", found)]
    return abs(value) not in numbers and abs(value) not in _worked_out(numbers)


def _worked_out(numbers: list[Fraction]) -> set[Fraction]:
    """The results of one operation on two neighbouring numbers, as in `3 groups of 4`."""
    values: set[Fraction] = set()
    for one, other in pairwise(numbers):
        values |= {one + other, abs(one - other), one * other}
        values |= {one / other} if other else set()
    return values


class Equivalence:
    """Compares texts.

    Args:
        policy: how strictly they are compared.
        algebra: whether numeric evaluation and libraries may be used; without it, what needs
            them raises `NeedsWorker`.
    """

    def __init__(self, policy: Policy = DEFAULT, *, algebra: bool) -> None:
        self.policy = policy
        self.algebra = algebra
        self.rules = Rules(Scalars(policy, algebra=algebra), policy)

    def compare(self, first: str, second: str) -> Comparison:
        """The verdict on two texts; the same in either order.

        Raises:
            NeedsWorker: without `algebra`, where exact arithmetic is not enough.
        """
        if max(len(first), len(second)) > MAX_TEXT:
            same = first.strip() == second.strip()
            return correct("the same text") if same else undecided("a text too long for an answer")
        first, second = sorted((first, second), key=lambda text: (len(text), text))
        cleaned = clean(first), clean(second)
        if not all(cleaned):
            if not any(cleaned):
                return undecided("neither side gives an answer")
            return incorrect("one side gives no answer")
        if cleaned[0] == cleaned[1] or normalized(first) == normalized(second):
            return correct("the same text")
        senses = self._senses(first), self._senses(second)
        if not senses[0] or not senses[1]:
            return self._unread(cleaned, senses)
        return self._best(senses)

    def _senses(self, text: str) -> tuple[Sense, ...]:
        return senses(text, decimal_comma=self.policy.decimal_comma)

    def _best(self, found: tuple[tuple[Sense, ...], tuple[Sense, ...]]) -> Comparison:
        """Equal if two compatible readings are, else the verdict on the likeliest readings."""
        first: Comparison | None = None
        doubt: Comparison | None = None
        for one in found[0]:
            for other in found[1]:
                if not one.agrees(other):
                    continue
                comparison = self.rules.compare(one.term, other.term)
                if comparison.verdict is Verdict.CORRECT:
                    if one.proves(other):
                        return comparison
                    doubt = undecided("equal only under a doubtful reading")
                first = first or comparison
        return doubt or first or undecided("only readings that contradict each other are equal")

    def _unread(
        self, texts: tuple[str, str], found: tuple[tuple[Sense, ...], tuple[Sense, ...]]
    ) -> Comparison:
        from mathcli.answers.library import compare_with_library, is_for_library, to_latex

        latex = [
            text if not terms else to_latex(terms[0].term)
            for text, terms in zip(texts, found, strict=True)
        ]
        asked = [
            bool(terms) or is_for_library(text) for text, terms in zip(texts, found, strict=True)
        ]
        if latex[0] is not None and latex[1] is not None and all(asked):
            if not self.algebra:
                raise NeedsWorker
            return compare_with_library(latex[0], latex[1])
        for text, terms in zip(texts, reversed(found), strict=True):
            if terms and _lacks(text, terms[0].term):
                return incorrect("a text in which the other side's number does not occur")
        unread = next(text for text, terms in zip(texts, found, strict=True) if not terms)
        shown = unread if len(unread) <= 40 else unread[:37] + "..."
        return undecided(f"{shown!r} could not be read")
