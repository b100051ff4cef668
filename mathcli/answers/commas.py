"""Decimal commas: `3,5` for 3.5, where a right answer says that a decimal is wanted.

A comma also separates the members of a list, and thousands. So it is read as a point only if the
right answer is one decimal and the comma can be nothing else; and only in the answer that is
graded, never when two answers are compared of which either may be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mathcli.answers.verdict import Comparison, correct

_NUMBER = re.compile(r"\d+(?:(?:\{,\}|[.,])\d+)*")
_DECIMAL = re.compile(r"\d+\.\d+")
_WITH_COMMA = re.compile(r"\d+(?:,|\{,\})\d+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,|\{,\})\d{3}")
_BRACKET = re.compile(r"[(\[{]\s*[-+]?\s*$")


def with_point(given: str, expected: str) -> str | None:
    r"""`given` with a point for its decimal comma; `None` if it is not certain to have one.

    >>> with_point("3,5 cm", "3.5 cm"), with_point("3{,}5", "3.50"), with_point("0,125", "0.125")
    ('3.5 cm', '3.5', '0.125')

    It may be a thousand, a pair, or a list; or the right answer is no decimal:

    >>> with_point("1,234", "1.234"), with_point("(3,5)", "3.5"), with_point("3,5,7", "3.5")
    (None, None, None)
    >>> with_point("3, 5", "3.5"), with_point("3,5", "7/2"), with_point("3,5", "3, 5")
    (None, None, None)
    """
    numbers, wanted = list(_NUMBER.finditer(given)), _NUMBER.findall(expected)
    if len(numbers) != 1 or len(wanted) != 1 or not _DECIMAL.fullmatch(wanted[0]):
        return None
    [number] = numbers
    before, after = given[: number.start()], given[number.end() :]
    if not _WITH_COMMA.fullmatch(number[0]) or _THOUSANDS.fullmatch(number[0]):
        return None
    if _BRACKET.search(before) or "," in before + after or before.endswith("."):
        return None
    return before + number[0].replace("{,}", ".").replace(",", ".") + after


def comma_read_as_point(found: Comparison) -> Comparison:
    """The verdict "equal", with the reason that a comma was read as a point."""
    return correct(f"{found.reason}, with its comma read as a decimal point")


def in_doubt(texts: Iterable[str]) -> str | None:
    """The first of some answers that is one number with what may be a decimal comma.

    >>> in_doubt(["x = 4", "3, 5", "1,234", "-3,5"])
    '-3,5'
    """
    for text in texts:
        bare = text.strip().lstrip("+-−")
        if _WITH_COMMA.fullmatch(bare) and not _THOUSANDS.fullmatch(bare):
            return text.strip()
    return None
