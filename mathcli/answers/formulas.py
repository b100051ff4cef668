"""Formulas in running text: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, `align`, found in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = re.compile(
    r"\\\$|\$\$|\$|\\\[|\\\]|\\\(|\\\)|\n"
    r"|\\(?:begin|end)(?=\{(?:align|equation|gather|eqnarray|multline)\*?\})\{\w{1,12}\*?\}"
)
_CLOSES = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "\\begin": "\\end"}
_MONEY = re.compile(r"\s?\d[\d,.]*\*{0,2}[,.;:]?\s+[A-Za-z]{2,}(?:\s+[A-Za-z(]|[,.]\s)")


@dataclass(frozen=True)
class Formula:
    """A formula: where it stands with its marks, and what is between them."""

    start: int
    end: int
    content: str


def formulas(text: str) -> Iterator[Formula]:
    """The formulas of `text`, in order. An amount of money opens none: `$5 and $6`.

    >>> [one.content for one in formulas(r"costs $12 an hour, so $x=4$ or \\[ y \\]")]
    ['x=4', 'y']
    """
    opened: tuple[str, int, int] | None = None  # the mark, its start, its end
    for mark in _MARKS.finditer(text):
        kind = mark[0].partition("{")[0]
        if kind == "\\$":
            continue
        if opened is None:
            opened = _opening(mark)
            continue
        content = text[opened[2] : mark.start()]
        if opened[0] == "$" and kind == "\n":
            opened = None
        elif opened[0] == "$" and kind == "$":
            money = text[mark.end() : mark.end() + 1].isdigit() or _MONEY.match(content)
            if money or not content.strip():
                opened = _opening(mark)
            else:
                yield Formula(opened[1], mark.end(), content.strip())
                opened = None
        elif kind == _CLOSES.get(opened[0]):
            if content.strip():
                yield Formula(opened[1], mark.end(), content.strip())
            opened = None
        elif kind in _CLOSES and (opened[0] != "$" or kind != "$$"):
            opened = _opening(mark)  # what was opened before was never closed


def _opening(mark: re.Match[str]) -> tuple[str, int, int] | None:
    kind = mark[0].partition("{")[0]
    return (kind, mark.start(), mark.end()) if kind == "$" or kind in _CLOSES else None
