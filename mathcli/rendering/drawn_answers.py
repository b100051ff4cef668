"""Answers as people write them: `-x**2*cos(x)` as `-x² cos(x)`, `oo` as `∞`.

Only for display: records, `-q` and files keep an answer as it was written.
"""

from __future__ import annotations

import re
import sys

from mathcli.answers.multipart import joined_parts, split_parts
from mathcli.answers.pythonic import latex_of_python
from mathcli.answers.typesetting import with_braces
from mathcli.rendering.unicode import formula
from mathcli.text_safety import one_line, safe

_EMPTY = frozenset(["[]", "EmptySet", "set()", "{}"])  # as programs print it
NONE = "none (∅)"
"""An empty list or set, for people."""
_LATEX = re.compile(r"[\\^_{}]")


def answer_lines(text: str, width: int = 100) -> tuple[str, ...]:
    """An answer on one line, or on several where it has rows; as typed where it cannot be read.

    Args:
        width: columns that it may take.

    >>> answer_lines("sqrt(3)/2"), answer_lines("Interval.open(0, oo)"), answer_lines("5 apples")
    (('√3/2',), ('(0, ∞)',), ('5 apples',))
    """
    text = safe(text)
    if is_empty(text):
        return (NONE,)
    latex = latex_of_python(text)
    if latex is None and not _LATEX.search(text):
        return (text,)
    return formula(latex or (text if "\\" in text else with_braces(text)), width=width) or (text,)


def answer_line(text: str, encoding: str | None = None) -> str:
    """An answer on one line: as typed where it has rows, or characters that `encoding` lacks.

    Args:
        encoding: of where it will be shown; by default that of standard output.

    >>> answer_line("a: x**2; b: 1/2", "utf-8")
    'a: x²; b: 1/2'
    """
    parts = split_parts(text)
    if parts is not None and joined_parts(parts) == text.strip():
        return "; ".join(f"{label}: {answer_line(one, encoding)}" for label, one in parts.items())
    drawn = answer_lines(one_line(text))
    if len(drawn) != 1 or not encodes(drawn[0], encoding or sys.stdout.encoding):
        return one_line(text)
    return drawn[0]


def is_empty(text: str) -> bool:
    """Is an answer an empty list or set, as a program prints it?"""
    return text.strip() in _EMPTY


def encodes(text: str, encoding: str | None) -> bool:
    """Does an encoding have all characters of a text?"""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
