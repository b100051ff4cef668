"""Verdicts on answers: compares them with each accepted answer and gives them points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers import Comparison, Match, Verdict
from mathcli.answers.cells import sentence_value
from mathcli.answers.commas import comma_read_as_point, with_point
from mathcli.answers.keys import told_match
from mathcli.grading.partial import share_right
from mathcli.grading.points import shown

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.grading.joining import Item
    from mathcli.grading.points import Right


@dataclass(frozen=True)
class Marked:
    """An answer with its verdict.

    Args:
        item: the answer.
        comparison: its verdict, and the reason in words.
        points: what it earned; `None` while it is undecided.
    """

    item: Item
    comparison: Comparison
    points: Fraction | None

    @property
    def verdict(self) -> Verdict:
        """Correct, incorrect or undecided."""
        return self.comparison.verdict

    @property
    def in_part(self) -> bool:
        """Did it earn some of the points, and not all?"""
        return self.points is not None and 0 < self.points < self.item.out_of


def marked(items: Sequence[Item], grader: Grader, *, partial: bool = False) -> Iterator[Marked]:
    """A verdict for each item, in their order; an item without a right answer is undecided.

    Args:
        partial: an answer that is wrong as a whole earns a share of the points for its right parts.
    """
    pairs = [(item.predicted, item.right.accepted[0]) for item in items if item.right is not None]
    first = grader.compare_many(dict.fromkeys(pairs))  # students give few different answers
    compared: dict[tuple[str, str], Comparison] = {}
    verdicts: dict[tuple[str, Right, str], tuple[Comparison, Fraction | None]] = {}
    for item in items:
        if item.right is None:
            reason = f"the key has no answer for this {'question' if item.question else 'id'}"
            yield Marked(item, Comparison(Verdict.UNDECIDED, reason), None)
            continue
        pair = item.predicted, item.right.accepted[0]
        if pair not in compared:
            compared[pair] = next(first)
        same = item.predicted, item.right, item.doubt
        if same not in verdicts:
            one = _marked(item, item.right, compared[pair], grader, partial=partial)
            verdicts[same] = one.comparison, one.points
        yield Marked(item, *verdicts[same])


def _marked(
    item: Item, right: Right, first: Comparison, grader: Grader, *, partial: bool
) -> Marked:
    match = _verdict(item.predicted, right, first, grader)
    comparison = match.comparison
    if comparison.verdict is Verdict.CORRECT:
        return _earned(item, right, match, several=len(right.accepted) > 1)
    if doubt := _doubt(item, right):
        return Marked(item, Comparison(Verdict.UNDECIDED, doubt), None)
    if comparison.verdict is Verdict.UNDECIDED:
        return Marked(item, comparison, None)
    share = share_right(item.predicted, right, grader) if partial else None
    if share is None or not share.parts_right:
        return Marked(item, comparison, Fraction(0))
    reason = f"{share.parts_right} of {share.parts} parts right; {comparison.reason}"
    return Marked(item, Comparison(Verdict.INCORRECT, reason), share.points)


def _earned(item: Item, right: Right, found: Match, *, several: bool) -> Marked:
    """A correct answer with its points; of several accepted ones the reason says which."""
    points = right.out_of
    comparison = told_match(found) if several else found.comparison
    if right.worth is not None and found.accepted in right.accepted:
        points = right.worth[right.accepted.index(found.accepted)]
        if points < right.out_of:
            reason = f"{comparison.reason}, for {shown(points)} of {shown(right.out_of)} points"
            comparison = Comparison(Verdict.CORRECT, reason)
    return Marked(item, comparison, points)


def _doubt(item: Item, right: Right) -> str:
    """Why an answer that is not equal to the key cannot be called wrong; "" where it can."""
    if item.doubt and item.doubt == right.doubt and item.predicted:
        return ""  # both are dates
    if item.doubt:
        return f"{item.doubt}: {item.predicted}" if item.predicted else item.doubt
    return f"in the key, {right.doubt}" if right.doubt and item.predicted else ""


def _verdict(answer: str, right: Right, first: Comparison, grader: Grader) -> Match:
    """The verdict on an answer whose comparison with the first accepted one is known.

    An answer that is not correct as it stands is also tried with a decimal comma; an undecided one
    is tried as a sentence with one value in it.
    """
    match = _best(answer, right, first, grader)
    if match.comparison.verdict is Verdict.UNDECIDED and (value := sentence_value(answer)):
        again = _best(value, right, None, grader)
        if again.comparison.verdict is not Verdict.UNDECIDED:
            reason = f"{again.comparison.reason}; the sentence says {value}"
            return Match(Comparison(again.comparison.verdict, reason), again.accepted)
    return match


def _best(answer: str, right: Right, first: Comparison | None, grader: Grader) -> Match:
    """The match with the accepted answer that is worth most; of equals the first."""
    order = sorted(
        range(len(right.accepted)), key=lambda at: -right.worth[at] if right.worth else 0
    )
    accepted = [right.accepted[at] for at in order]
    if first is not None and order[0] == 0 and (
        first.verdict is Verdict.CORRECT or len(accepted) == 1
    ):  # fmt: skip
        match = Match(first, accepted[0] if first.verdict is Verdict.CORRECT else None)
    else:
        match = grader.compare_any(answer, accepted)
    if match.accepted is None and not grader.policy.decimal_comma:
        match = _with_comma(answer, accepted, grader) or match
    return match


def _with_comma(answer: str, accepted: Sequence[str], grader: Grader) -> Match | None:
    """The accepted answer that equals `answer` read with a decimal comma."""
    for candidate in accepted:
        if (read := with_point(answer, candidate)) is None:
            continue
        again = grader.compare(read, candidate)
        if again.verdict is Verdict.CORRECT:
            return Match(comma_read_as_point(again), candidate)
    return None
