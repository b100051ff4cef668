"""Formulas in a terminal: a MathML tree drawn with Unicode, on one line or on several.

On one line a fraction is `(a + b)/2` and a power `xⁿ⁺¹`, with brackets wherever the line would
otherwise read differently from the formula. On several lines fractions are stacked, matrices
are tables and sums carry their limits above and below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mathcli.rendering.boxes import Box, above, beside, box, delimiter, fraction, grid
from mathcli.rendering.mathml import mathml
from mathcli.rendering.parts import (
    CLOSING,
    OPENING,
    Kind,
    Part,
    gap,
    inside,
    is_fenced,
    kind_of,
    paired_bars,
    touches,
    unfenced,
)
from mathcli.rendering.scripts import accented, lowered, plain, raised

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BIN = frozenset("+-±∓×÷·*∘∪∩∖⊕⊗∧∨⊖⊙∔")
_REL = re.compile(r"[=<>~⟂≠≈≡≅≃∼~∝⊂⊆⊃⊇∈∉∋≤≥≪≫→←↔↦⇒⇐⇔⊢⊨⊥∥|∤≜≝≟≺≻⊄⊊∴∵⟶≮≯≰≱⇌]|:=")
_BIG = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂∐⋁⋀")
_LIMITS = re.compile(r"^(lim|max|min|sup|inf|arg ?max|arg ?min|lim (sup|inf)|det|gcd|Pr)$")
_WIDE = {"1em": "  ", "2em": "    ", "0.333em": " "}
# What may follow a slash without brackets: dx, and a function's value.
_TIGHT = re.compile(r"^([d∂]\w[²³]?|[A-Zfgh]\([^()]*\))$")
_ONE_TERM = re.compile(r"[A-Za-z]+|[0-9.]+|.")
_PLAIN_NUMBERS = re.compile(r"-?\d+(\.\d+)?(, -?\d+(\.\d+)?)*|[A-Za-z]", re.ASCII)
_FUNCTION = re.compile(r"^[A-Za-z][A-Za-z ]+$")


@lru_cache(maxsize=256)
def formula(latex: str, *, display: bool = False, width: int = 80) -> tuple[str, ...] | None:
    """The lines that show a formula, or `None` where it cannot be read.

    Args:
        latex: a formula without its dollars.
        display: it stands on lines of its own, of which it may take several.
        width: columns that it may take; a wider drawing becomes one line.

    >>> formula(r"\\frac{a+b}{2}")
    ('(a + b)/2',)
    >>> formula(r"\\frac{a+b}{2}", display=True)
    ('a + b', '─────', '  2')
    """
    if _PLAIN_NUMBERS.fullmatch(latex):  # the most common answers: not worth loading a parser
        return (latex,)
    tree = mathml(latex, display=display)
    try:
        return _lines(tree, width, display=display) if tree is not None else None
    except (ValueError, IndexError, TypeError, RecursionError):
        return None  # half a formula is a tree that lacks parts


def _lines(tree: Element, width: int, *, display: bool) -> tuple[str, ...] | None:
    if display or _has_rows(tree):
        drawn = _Drawing(flat=False).row(list(tree)).box
        if 0 < drawn.width <= width:
            return tuple(line.rstrip() for line in drawn.lines)
    line = _Drawing(flat=True).row(list(tree)).text.strip()
    return (line,) if line else None


def _has_rows(tree: Element) -> bool:
    return any(len(table) > 1 for table in tree.iter("mtable"))


class _Drawing:
    """Draws elements; `flat` keeps everything on one line."""

    def __init__(self, *, flat: bool) -> None:
        self._flat = flat

    def row(self, elements: Sequence[Element]) -> Part:
        """Elements beside each other, with the spacing of their kinds."""
        parts = [part for part in self._parts(elements) if part.box.width]
        if len(parts) == 1:
            return parts[0]
        parts = paired_bars(parts)
        tallest = max((part.box for part in parts), key=lambda one: one.height, default=box(""))
        boxes: list[Box] = []
        for at, part in enumerate(parts):
            before = parts[at - 1] if at else None
            after = parts[at + 1] if at + 1 < len(parts) else None
            drawn = part.box
            if part.kind in ("open", "close") and part.flat and tallest.height > 1:
                drawn = delimiter(part.text, inside(parts, at) or tallest)
            elif part.kind == "over" and self._flat and touches(before, after):
                drawn = box(f"({part.text})")
            boxes += [box(gap(before, part, after, parts[at - 2] if at > 1 else None)), drawn]
        return Part(beside(boxes), kind_of(parts))

    def _parts(self, elements: Sequence[Element]) -> list[Part]:
        """The elements' parts, rows within rows taken apart."""
        parts: list[Part] = []
        for element in elements:
            if element.tag in ("mstyle", "mpadded") or (
                element.tag == "mrow" and len(element) == 1
            ):
                parts += self._parts(list(element))
            elif element.tag == "mfrac" and element.get("linethickness") == "0" and self._flat:
                parts.append(self._binomial(element))
            else:
                parts.append(self.part(element))
        return _without_binomial_brackets(parts) if self._flat else parts

    def _fenced(self, elements: list[Element]) -> Box:
        """`\\left( … \\right)`: brackets as tall as what they hold."""
        ends = elements[0], elements[-1]
        marks = [plain(end.text or "") if end.get("fence") else None for end in ends]
        inner = elements[1 if marks[0] is not None else 0 :]
        inner = inner[: len(inner) - 1] if marks[1] is not None and len(elements) > 1 else inner
        middle = self.row(inner).box
        left, right = (delimiter(mark, middle) if mark else box("") for mark in marks)
        space = box(" ") if marks[0] == "{" and not marks[1] and middle.height > 1 else box("")
        return beside([left, space, middle, right])

    def part(self, element: Element) -> Part:
        """One element."""
        draw = getattr(self, f"_{element.tag}", None)
        drawn: Part = draw(element) if draw else self.row(list(element))
        return drawn

    def _mrow(self, element: Element) -> Part:
        if any(child.get("fence") and child.get("form") for child in element):
            return Part(self._fenced(list(element)))
        return self.row(list(element))

    def _mi(self, element: Element) -> Part:
        text = plain(element.text or "")
        if text in OPENING or text in CLOSING:
            return Part(box(text), "open" if text in OPENING else "close")
        return Part(box(text), "func" if _FUNCTION.match(text) else "ord")

    def _mn(self, element: Element) -> Part:
        return Part(box(element.text or ""), "number")

    def _mtext(self, element: Element) -> Part:
        return Part(box(plain(element.text or "")), "text")

    def _mspace(self, element: Element) -> Part:
        if element.get("linebreak"):
            return Part(box("; "), "space")
        width = element.get("width", "")
        return Part(box("" if width.startswith("-") else _WIDE.get(width, " ")), "space")

    def _mo(self, element: Element) -> Part:
        source = element.text or ""
        text = plain(source)
        if element.get("form") == "prefix" or text in OPENING:
            return Part(box(text), "open")
        if element.get("form") == "postfix" or text in CLOSING:
            return Part(box(text), "close")
        if source in ("|", "‖"):
            return Part(box(text), "bar")
        if text in _BIN or text == "mod":
            return Part(box(text), "bin")
        if text in _BIG:
            return Part(box(text), "big")
        if text in {",", ";", ":", "，", "；"}:
            return Part(box(text), "punct")
        if _REL.fullmatch(text):
            return Part(box(text), "rel")
        return Part(box(text), "func" if _FUNCTION.match(text) else "ord")

    def _mphantom(self, element: Element) -> Part:
        return Part(box(""), "space")

    def _mfrac(self, element: Element) -> Part:
        upper, lower = (self.part(child) for child in element)
        if element.get("linethickness") == "0":
            wide = max(upper.box.width, lower.box.width)
            return Part(above([upper.box, box(" " * wide), lower.box], upper.box.height))
        if not self._flat:
            return Part(fraction(upper.box, lower.box), "over")
        loose = upper.kind in ("sum", "over") or " " in unfenced(upper.text)
        top = f"({upper.text})" if loose else upper.text
        tight = lower.kind in ("ord", "number") or _TIGHT.match(lower.text)
        bottom = lower.text if tight else f"({lower.text})"
        return Part(box(f"{top}/{bottom}"), "over")

    def _binomial(self, element: Element) -> Part:
        upper, lower = (self.part(child) for child in element)
        return Part(box(f"C({upper.text}, {lower.text})"), "table")

    def _msqrt(self, element: Element) -> Part:
        return self._root(_Drawing(flat=True).row(list(element)), "")

    def _mroot(self, element: Element) -> Part:
        inner, index = (_Drawing(flat=True).part(child) for child in element)
        return self._root(inner, index.text)

    def _root(self, inner: Part, index: str) -> Part:
        sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(index) or f"{raised(index) or index}√"
        simple = inner.kind in ("ord", "number") and not inner.text.startswith("√")
        fenced = is_fenced(inner.text)
        return Part(box(sign + (inner.text if simple or fenced else f"({inner.text})")))

    def _msup(self, element: Element) -> Part:
        return self._scripts(element[0], None, element[1])

    def _msub(self, element: Element) -> Part:
        return self._scripts(element[0], element[1], None)

    def _msubsup(self, element: Element) -> Part:
        return self._scripts(*element)

    def _munderover(self, element: Element) -> Part:
        children = [*element, None, None][:3]
        return self._scripts(children[0], children[1], children[2])

    def _munder(self, element: Element) -> Part:
        return self._accent(element, below=True)

    def _mover(self, element: Element) -> Part:
        return self._accent(element, below=False)

    def _accent(self, element: Element, *, below: bool) -> Part:
        base, mark = self.part(element[0]), self.part(element[1])
        if mark.text in "⏞⏟⎴⎵":
            return base
        if (mark.text, base.text) == ("?", "="):
            return Part(box("≟"), "rel")
        text = accented(base.text, mark.text) if base.flat and mark.flat else None
        if text is not None:
            return Part(box(text))
        return self._scripts(*((element[0], element[1], None) if below else
                               (element[0], None, element[1])))  # fmt: skip

    def _scripts(
        self, base_of: Element | None, lower: Element | None, upper: Element | None
    ) -> Part:
        base = self.part(base_of) if base_of is not None else Part(box(""))
        limits = (base.kind == "big" and base.text not in "∫∬∭∮") or bool(_LIMITS.match(base.text))
        marks = [None if one is None else _compact(_Drawing(flat=True).part(one))
                 for one in (lower, upper)]  # fmt: skip
        if limits and not self._flat:
            top, bottom = (box(mark.text) if mark else box("") for mark in reversed(marks))
            rows = [one for one in (top, base.box, bottom) if one.width]
            return Part(above(rows, 1 if top.width else 0), base.kind)
        drawn = base.box
        if base.kind in ("sum", "product", "over") and base.flat and not is_fenced(base.text):
            drawn = box(f"({base.text})")
        low = _script(marks[0], "_")
        high = _script(marks[1], "^")
        if drawn.height > 1 and (low or high):
            return Part(_corner(drawn, low, high.removeprefix("^")), base.kind)
        kind: Kind = base.kind if base.kind in ("big", "func", "rel", "number") else "ord"
        kind = "ord" if kind == "number" else kind
        return Part(beside([drawn, box(low + high)]), kind)

    def _menclose(self, element: Element) -> Part:
        return self.row(list(element))

    def _mtable(self, element: Element) -> Part:
        rows = [[self.row(list(cell)) for cell in row] for row in element]
        if self._flat:
            glue = " " if element.get("displaystyle") else "  "
            texts = (glue.join(cell.text for cell in row if cell.text) for row in rows)
            return Part(box("; ".join(texts)), "table")
        aligns = [[cell.get("columnalign", "center") for cell in row] for row in element]
        equations = element.get("displaystyle") == "true"
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return Part(box(""))
        gaps = [0, *((1 if equations and at % 2 else 2) for at in range(1, columns))]
        return Part(grid([[c.box for c in row] for row in rows], aligns, gaps), "table")


def _script(mark: Part | None, sign: str) -> str:
    if mark is None or not mark.text:
        return ""
    moved = raised(mark.text) if sign == "^" else lowered(mark.text)
    if moved is not None:
        return moved
    single = _ONE_TERM.fullmatch(mark.text) or is_fenced(mark.text)
    return f"{sign}{mark.text}" if single else f"{sign}({mark.text})"


def _compact(part: Part) -> Part:
    """A script as it is written small: without spaces around operators."""
    return Part(box(re.sub(r" ?([-+=<>≤≥≠·×/∈→,|]) ?", r"\1", part.text.strip())), part.kind)


def _corner(base: Box, low: str, high: str) -> Box:
    """Scripts at the right corners of a tall box."""
    width = max(len(low), len(high))
    side = [" " * width] * base.height
    side[0] = high.ljust(width)
    side[-1] = low.ljust(width) if low else side[-1]
    return beside([base, Box(tuple(side), base.baseline)])


def _without_binomial_brackets(parts: list[Part]) -> list[Part]:
    """`C(n, k)` brings its own brackets; those that stand around it go."""
    kept = list(parts)
    for at, part in enumerate(parts):
        around = 0 < at < len(parts) - 1 and part.kind == "table" and part.text.startswith("C(")
        if around and (parts[at - 1].text, parts[at + 1].text) == ("(", ")"):
            kept[at - 1] = kept[at + 1] = Part(box(""), "space")
            kept[at] = Part(part.box, "ord")
    return kept
