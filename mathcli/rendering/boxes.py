"""Rectangles of text with a baseline, put beside and above each other (as in Knuth's TeX)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

_TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "|": "│││",
    "‖": "‖‖‖",
    "⌊": "⎢⎢⎣",
    "⌋": "⎥⎥⎦",
    "⌈": "⎡⎢⎢",
    "⌉": "⎤⎥⎥",
}
_BRACES = {"{": "⎧⎪⎨⎩", "}": "⎫⎪⎬⎭"}


@dataclass(frozen=True)
class Box:
    """Lines of equal width; `baseline` is the line that neighbours stand on."""

    lines: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        """Columns of a terminal."""
        return cell_len(self.lines[0])

    @property
    def height(self) -> int:
        """Lines."""
        return len(self.lines)


def box(text: str) -> Box:
    """One line of text."""
    return Box((text,))


def beside(boxes: Iterable[Box]) -> Box:
    """Boxes in a row, their baselines on one line.

    >>> beside([box("x = "), above([box("1"), box("─"), box("2")], 1)]).lines
    ('    1', 'x = ─', '    2')
    """
    row = [part for part in boxes if part.width]
    if not row:
        return box("")
    top = max(part.baseline for part in row)
    below = max(part.height - part.baseline for part in row)
    lines = [""] * (top + below)
    for part in row:
        blank = " " * part.width
        for at in range(len(lines)):
            inside = at - top + part.baseline
            lines[at] += part.lines[inside] if 0 <= inside < part.height else blank
    return Box(tuple(lines), top)


def above(boxes: Sequence[Box], baseline: int, align: str = "center") -> Box:
    """Boxes on top of each other; `baseline` counts the lines of the whole."""
    width = max(one.width for one in boxes)
    lines = [padded(line, width, align) for one in boxes for line in one.lines]
    return Box(tuple(lines), baseline)


def padded(line: str, width: int, align: str) -> str:
    """`line` with spaces up to `width` columns."""
    spare = width - cell_len(line)
    left = {"left": 0, "right": spare}.get(align, spare // 2)
    return " " * left + line + " " * (spare - left)


def delimiter(mark: str, inner: Box) -> Box:
    """A bracket as tall as what it holds."""
    if inner.height == 1 or mark not in _TALL | _BRACES:
        return box(mark)
    height = inner.height
    if mark in _BRACES and height == 2:
        return Box(tuple("⎰⎱" if mark == "{" else "⎱⎰"), inner.baseline)
    if mark in _BRACES:
        top, side, middle, bottom = tuple(_BRACES[mark])
        at = min(max(1, inner.baseline), height - 2)
        column = [top, *side * (height - 2), bottom]
        column[at] = middle
        return Box(tuple(column), inner.baseline)
    top, side, bottom = tuple(_TALL[mark])
    return Box((top, *side * (height - 2), bottom), inner.baseline)


def fraction(upper: Box, lower: Box) -> Box:
    """One above the other, with a bar."""
    wider = 2 if max(upper.height, lower.height) > 1 else 0
    bar = box("─" * (max(upper.width, lower.width) + wider))
    return above([upper, bar, lower], upper.height)


def grid(
    rows: Sequence[Sequence[Box]], aligns: Sequence[Sequence[str]], gaps: Sequence[int]
) -> Box:
    """A table: cells aligned in columns, `gaps[i]` spaces before column i."""
    columns = range(max(map(len, rows)))
    widths = [max((row[at].width for row in rows if at < len(row)), default=0) for at in columns]
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = []
        for at, width in enumerate(widths):
            cell = row[at] if at < len(row) else box("")
            align = aligns[number][at] if at < len(row) else "left"
            wide = Box(tuple(padded(line, width, align) for line in cell.lines), cell.baseline)
            cells += [box(" " * gaps[at]), wide]
        if number and any(cell.height > 1 for cell in cells):
            lines.append(" " * (sum(widths) + sum(gaps)))
        lines += beside(cells).lines
    return Box(tuple(lines), (len(lines) - 1) // 2)
