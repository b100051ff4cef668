"""What right answers are worth: a key's points, and alternatives with fewer of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mathcli.answers.keys import Accepted
from mathcli.errors import UsageError

_WORTH = re.compile(
    r"\s*\[\s*(?P<number>\d+(?:[.,]\d+)?|\d+/\d+)\s*(?P<unit>points?|pts?|p|marks?|punkte?|分|%)\s*\]\Z",
    re.I,
)
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?|\d{1,6}/\d{1,6}")
MOST_POINTS = 100_000


@dataclass(frozen=True)
class Right:
    """The right answers to one question, and their points.

    Args:
        accepted: the right answers, each a whole one.
        worth: the points of each of them; the highest is what the question is worth. `None`: the
            key gives no points.
        doubt: why the key's cell may not hold what was typed; "" without such a doubt.
    """

    accepted: Accepted
    worth: tuple[Fraction, ...] | None = None
    doubt: str = ""

    @property
    def out_of(self) -> Fraction:
        """The question's points: 1 where the key gives none."""
        return max(self.worth) if self.worth else Fraction(1)


def right(accepted: Accepted, points: Any = None, *, where: str) -> Right:
    """A key's answers to a question, with their points.

    An alternative may be worth less: `1/2 || 0.5 [1 point]`, `1/2 || 0.5 [50%]`.

    Args:
        points: the question's points as the key's text; empty where it gives none.
        where: the place in the key, for messages.

    Raises:
        UsageError: the points are no number.

    >>> right(("1/2", "0.5 [1 pt]"), "2", where="Q1").worth
    (Fraction(2, 1), Fraction(1, 1))
    """
    whole = number(points, where)
    marks = [_WORTH.search(one) for one in accepted]
    if whole is None and not any(marks):
        return Right(accepted)
    full = Fraction(1) if whole is None else whole
    texts = tuple(
        text[: one.start()] if one else text for text, one in zip(accepted, marks, strict=True)
    )
    return Right(texts, tuple(full if one is None else _part(one, full, where) for one in marks))


def together(rights: Sequence[Right]) -> Right:
    """Several rows of a key for one question: alternatives, each with its own points."""
    accepted = tuple(text for one in rights for text in one.accepted)
    doubt = next((one.doubt for one in rights if one.doubt), "")
    if all(one.worth is None for one in rights):
        return Right(accepted, None, doubt)
    worth = [one.worth or (Fraction(1),) * len(one.accepted) for one in rights]
    return Right(accepted, tuple(points for one in worth for points in one), doubt)


def number(text: Any, where: str) -> Fraction | None:
    """A number of points; `None` for an empty text.

    Raises:
        UsageError: it is no number, negative, or far too large.

    >>> number("2,5", "Q1"), number("", "Q1")
    (Fraction(5, 2), None)
    """
    written = "" if text is None else str(text).strip()
    if not written:
        return None
    if not _NUMBER.fullmatch(written) or written.endswith("/0"):
        raise UsageError(f"{where}: {written!r} is no number of points", "write 2 or 0.5")
    points = Fraction(written.replace(",", "."))
    if points > MOST_POINTS:
        raise UsageError(f"{where}: {written} points are too many", f"at most {MOST_POINTS:,}")
    return points


def shown(points: Fraction) -> str:
    """Points as people write them: at most two decimals.

    >>> shown(Fraction(5, 2)), shown(Fraction(2, 3)), shown(Fraction(3))
    ('2.5', '0.67', '3')
    """
    return f"{float(points):.2f}".rstrip("0").rstrip(".")


def _part(found: re.Match[str], full: Fraction, where: str) -> Fraction:
    value = number(found["number"], where) or Fraction(0)
    return full * value / 100 if found["unit"] == "%" else value
