"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number with its noun in the singular or plural.

    >>> counted(1, "problem"), counted(1200, "problem")
    ('1 problem', '1,200 problems')
    """
    return f"{count:,} {numbered(count, noun)}"


def numbered(count: int, noun: str) -> str:
    """The noun for such a number of things.

    >>> numbered(1, "problem"), numbered(0, "problem")
    ('problem', 'problems')
    """
    return noun if count == 1 else f"{noun}s"
