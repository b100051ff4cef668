"""Formulas in a terminal: a MathML tree drawn with Unicode, on one line or on several.

On one line a fraction is `(a + b)/2` and a power `xⁿ⁺¹`, with brackets wherever the line would
otherwise read differently from the formula. On several lines fractions are stacked, matrices
are tables and sums carry their limits above and below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from mathcli.rendering.boxes import Box, above, beside, box, delimiter, fraction, grid
from mathcli.rendering.mathml import mathml
from mathcli.rendering.scripts import accented, lowered, plain, raised

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Kind = Literal[
    "ord", "number", "sum", "product", "over", "bin", "rel", "punct", "open", "close", "bar",
    "big", "func", "text", "space", "table",
]  # fmt: skip

_BIN = frozenset("+-±∓×÷·*∘∪∩∖⊕⊗∧∨⊖⊙∔")
_REL = re.compile(r"[=<>~⟂≠≈≡≅≃∼~∝⊂⊆⊃⊇∈∉∋≤≥≪≫→←↔↦⇒⇐⇔⊢⊨⊥∥|∤≜≝≟≺≻⊄⊊∴∵⟶≮≯≰≱⇌]|:=")
_BIG = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂∐⋁⋀")
_OPEN, _CLOSE = frozenset("([{⌊⌈⟨"), frozenset(")]}⌋⌉⟩")
_LIMITS = re.compile(r"^(lim|max|min|sup|inf|arg ?max|arg ?min|lim (sup|inf)|det|gcd|Pr)$")
_BEFORE_A_SIGN = frozenset(("open", "rel", "bin", "punct", "big", "func", "space"))
_WIDE = {"1em": "  ", "2em": "    ", "0.333em": " "}
# What may follow a slash without brackets: dx, and a function's value.
_TIGHT = re.compile(r"^([d∂]\w[²³]?|[A-Zfgh]\([^()]*\))$")
_ONE_TERM = re.compile(r"[A-Za-z]+|[0-9.]+|.")
_PLAIN_NUMBERS = re.compile(r"-?\d+(\.\d+)?(, -?\d+(\.\d+)?)*|[A-Za-z]", re.ASCII)
_FUNCTION = re.compile(r"^[A-Za-z][A-Za-z ]+$")


@dataclass(frozen=True)
class _Part:
    """A drawn piece of a formula, and what it is to its neighbours."""

    box: Box
    kind: Kind = "ord"

    @property
    def text(self) -> str:
        return self.box.lines[self.box.baseline]

    @property
    def flat(self) -> bool:
        return self.box.height == 1


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
    if tree is None:
        return None
    if display or _has_rows(tree):
        drawn = _Drawing(flat=False).row(list(tree)).box
        if drawn.width <= width:
            return tuple(line.rstrip() for line in drawn.lines)
    return (_Drawing(flat=True).row(list(tree)).text.strip(),)


def _has_rows(tree: Element) -> bool:
    return any(len(table) > 1 for table in tree.iter("mtable"))


class _Drawing:
    """Draws elements; `flat` keeps everything on one line."""

    def __init__(self, *, flat: bool) -> None:
        self._flat = flat

    def row(self, elements: Sequence[Element]) -> _Part:
        """Elements beside each other, spaced as their kinds ask."""
        parts = [part for part in self._parts(elements) if part.box.width]
        if len(parts) == 1:
            return parts[0]
        parts = _paired_bars(parts)
        tallest = max((part.box for part in parts), key=lambda one: one.height, default=box(""))
        boxes: list[Box] = []
        for at, part in enumerate(parts):
            before = parts[at - 1] if at else None
            after = parts[at + 1] if at + 1 < len(parts) else None
            drawn = part.box
            if part.kind in ("open", "close") and part.flat:
                drawn = delimiter(part.text, _inside(parts, at) or tallest)
            elif part.kind == "over" and self._flat and _touches(before, after):
                drawn = box(f"({part.text})")
            boxes += [box(_gap(before, part, after, parts[at - 2] if at > 1 else None)), drawn]
        return _Part(beside(boxes), _kind_of(parts))

    def _parts(self, elements: Sequence[Element]) -> list[_Part]:
        """The elements' parts, rows within rows taken apart."""
        found: list[_Part] = []
        for element in elements:
            if element.tag in ("mstyle", "mpadded") or (
                element.tag == "mrow" and len(element) == 1
            ):
                found += self._parts(list(element))
            elif element.tag == "mfrac" and element.get("linethickness") == "0" and self._flat:
                found.append(self._binomial(element))
            else:
                found.append(self.part(element))
        return _without_binomial_brackets(found) if self._flat else found

    def _fenced(self, elements: list[Element]) -> Box:
        """`\\left( … \\right)`: brackets as tall as what they hold."""
        ends = elements[0], elements[-1]
        marks = [plain(end.text or "") if end.get("fence") else None for end in ends]
        inner = elements[1 if marks[0] is not None else 0 :]
        inner = inner[: len(inner) - 1] if marks[1] is not None and len(elements) > 1 else inner
        middle = self.row(inner).box
        left, right = (delimiter(mark, middle) if mark else box("") for mark in marks)
        gap = box(" ") if marks[0] == "{" and not marks[1] and middle.height > 1 else box("")
        return beside([left, gap, middle, right])

    def part(self, element: Element) -> _Part:
        """One element."""
        draw = getattr(self, f"_{element.tag}", None)
        drawn: _Part = draw(element) if draw else self.row(list(element))
        return drawn

    def _mrow(self, element: Element) -> _Part:
        if any(child.get("fence") and child.get("form") for child in element):
            return _Part(self._fenced(list(element)))
        return self.row(list(element))

    def _mi(self, element: Element) -> _Part:
        text = plain(element.text or "")
        if text in _OPEN or text in _CLOSE:
            return _Part(box(text), "open" if text in _OPEN else "close")
        return _Part(box(text), "func" if _FUNCTION.match(text) else "ord")

    def _mn(self, element: Element) -> _Part:
        return _Part(box(element.text or ""), "number")

    def _mtext(self, element: Element) -> _Part:
        return _Part(box(plain(element.text or "")), "text")

    def _mspace(self, element: Element) -> _Part:
        if element.get("linebreak"):
            return _Part(box("; "), "space")
        width = element.get("width", "")
        return _Part(box("" if width.startswith("-") else _WIDE.get(width, " ")), "space")

    def _mo(self, element: Element) -> _Part:
        source = element.text or ""
        text = plain(source)
        if element.get("form") == "prefix" or text in _OPEN:
            return _Part(box(text), "open")
        if element.get("form") == "postfix" or text in _CLOSE:
            return _Part(box(text), "close")
        if source in ("|", "‖"):
            return _Part(box(text), "bar")
        if text in _BIN or text == "mod":
            return _Part(box(text), "bin")
        if text in _BIG:
            return _Part(box(text), "big")
        if text in {",", ";", ":", "，", "；"}:
            return _Part(box(text), "punct")
        if _REL.fullmatch(text):
            return _Part(box(text), "rel")
        return _Part(box(text), "func" if _FUNCTION.match(text) else "ord")

    def _mphantom(self, element: Element) -> _Part:
        return _Part(box(""), "space")

    def _mfrac(self, element: Element) -> _Part:
        upper, lower = (self.part(child) for child in element)
        if element.get("linethickness") == "0":
            gap = max(upper.box.width, lower.box.width)
            return _Part(above([upper.box, box(" " * gap), lower.box], upper.box.height))
        if not self._flat:
            return _Part(fraction(upper.box, lower.box), "over")
        loose = upper.kind in ("sum", "over") or " " in _unfenced(upper.text)
        top = f"({upper.text})" if loose else upper.text
        tight = lower.kind in ("ord", "number") or _TIGHT.match(lower.text)
        bottom = lower.text if tight else f"({lower.text})"
        return _Part(box(f"{top}/{bottom}"), "over")

    def _binomial(self, element: Element) -> _Part:
        upper, lower = (self.part(child) for child in element)
        return _Part(box(f"C({upper.text}, {lower.text})"), "table")

    def _msqrt(self, element: Element) -> _Part:
        return self._root(_Drawing(flat=True).row(list(element)), "")

    def _mroot(self, element: Element) -> _Part:
        inner, index = (_Drawing(flat=True).part(child) for child in element)
        return self._root(inner, index.text)

    def _root(self, inner: _Part, index: str) -> _Part:
        sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(index) or f"{raised(index) or index}√"
        simple = inner.kind in ("ord", "number") and not inner.text.startswith("√")
        fenced = _is_fenced(inner.text)
        return _Part(box(sign + (inner.text if simple or fenced else f"({inner.text})")))

    def _msup(self, element: Element) -> _Part:
        return self._scripts(element[0], None, element[1])

    def _msub(self, element: Element) -> _Part:
        return self._scripts(element[0], element[1], None)

    def _msubsup(self, element: Element) -> _Part:
        return self._scripts(*element)

    def _munderover(self, element: Element) -> _Part:
        children = [*element, None, None][:3]
        return self._scripts(children[0], children[1], children[2])

    def _munder(self, element: Element) -> _Part:
        return self._accent(element, below=True)

    def _mover(self, element: Element) -> _Part:
        return self._accent(element, below=False)

    def _accent(self, element: Element, *, below: bool) -> _Part:
        base, mark = self.part(element[0]), self.part(element[1])
        if mark.text in "⏞⏟⎴⎵":
            return base
        if (mark.text, base.text) == ("?", "="):
            return _Part(box("≟"), "rel")
        text = accented(base.text, mark.text) if base.flat and mark.flat else None
        if text is not None:
            return _Part(box(text))
        return self._scripts(*((element[0], element[1], None) if below else
                               (element[0], None, element[1])))  # fmt: skip

    def _scripts(
        self, base_of: Element | None, lower: Element | None, upper: Element | None
    ) -> _Part:
        base = self.part(base_of) if base_of is not None else _Part(box(""))
        limits = (base.kind == "big" and base.text not in "∫∬∭∮") or bool(_LIMITS.match(base.text))
        marks = [None if one is None else _compact(_Drawing(flat=True).part(one))
                 for one in (lower, upper)]  # fmt: skip
        if limits and not self._flat:
            top, bottom = (box(mark.text) if mark else box("") for mark in reversed(marks))
            rows = [one for one in (top, base.box, bottom) if one.width]
            return _Part(above(rows, 1 if top.width else 0), base.kind)
        drawn = base.box
        if base.kind in ("sum", "product", "over") and base.flat and not _is_fenced(base.text):
            drawn = box(f"({base.text})")
        low = _script(marks[0], "_")
        high = _script(marks[1], "^")
        if drawn.height > 1 and (low or high):
            return _Part(_corner(drawn, low, high.removeprefix("^")), base.kind)
        kind: Kind = base.kind if base.kind in ("big", "func", "rel", "number") else "ord"
        kind = "ord" if kind == "number" else kind
        return _Part(beside([drawn, box(low + high)]), kind)

    def _menclose(self, element: Element) -> _Part:
        return self.row(list(element))

    def _mtable(self, element: Element) -> _Part:
        rows = [[self.row(list(cell)) for cell in row] for row in element]
        if self._flat:
            glue = " " if element.get("displaystyle") else "  "
            texts = (glue.join(cell.text for cell in row if cell.text) for row in rows)
            return _Part(box("; ".join(texts)), "table")
        aligns = [[cell.get("columnalign", "center") for cell in row] for row in element]
        equations = element.get("displaystyle") == "true"
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return _Part(box(""))
        gaps = [0, *((1 if equations and at % 2 else 2) for at in range(1, columns))]
        return _Part(grid([[c.box for c in row] for row in rows], aligns, gaps), "table")


def _script(mark: _Part | None, sign: str) -> str:
    if mark is None or not mark.text:
        return ""
    moved = raised(mark.text) if sign == "^" else lowered(mark.text)
    if moved is not None:
        return moved
    single = _ONE_TERM.fullmatch(mark.text) or _is_fenced(mark.text)
    return f"{sign}{mark.text}" if single else f"{sign}({mark.text})"


def _compact(part: _Part) -> _Part:
    """A script as it is written small: without spaces around operators."""
    return _Part(box(re.sub(r" ?([-+=<>≤≥≠·×/∈→,|]) ?", r"\1", part.text.strip())), part.kind)


def _corner(base: Box, low: str, high: str) -> Box:
    """Scripts at the right corners of a tall box."""
    width = max(len(low), len(high))
    side = [" " * width] * base.height
    side[0] = high.ljust(width)
    side[-1] = low.ljust(width) if low else side[-1]
    return beside([base, Box(tuple(side), base.baseline)])


def _without_binomial_brackets(parts: list[_Part]) -> list[_Part]:
    """`C(n, k)` brings its own brackets; those that stand around it go."""
    kept = list(parts)
    for at, part in enumerate(parts):
        around = 0 < at < len(parts) - 1 and part.kind == "table" and part.text.startswith("C(")
        if around and (parts[at - 1].text, parts[at + 1].text) == ("(", ")"):
            kept[at - 1] = kept[at + 1] = _Part(box(""), "space")
            kept[at] = _Part(part.box, "ord")
    return kept


def _paired_bars(parts: list[_Part]) -> list[_Part]:
    """Bars open and close in turn; one that is left alone divides or relates."""
    places = [at for at, part in enumerate(parts) if part.kind == "bar"]
    if len(places) % 2:
        return [_Part(p.box, "rel") if p.kind == "bar" else p for p in parts]
    paired = list(parts)
    for turn, at in enumerate(places):
        paired[at] = _Part(parts[at].box, "close" if turn % 2 else "open")
    return paired


def _inside(parts: Sequence[_Part], at: int) -> Box | None:
    """What the bracket at `at` holds: the tallest part up to its partner."""
    step = 1 if parts[at].kind == "open" else -1
    mine, other = ("open", "close") if step == 1 else ("close", "open")
    depth = 0
    held: list[Box] = []
    while 0 <= at < len(parts):
        depth += (parts[at].kind == mine) - (parts[at].kind == other)
        if depth == 0:
            return max(held, key=lambda one: one.height, default=None)
        held.append(parts[at].box)
        at += step
    return None


def _touches(before: _Part | None, after: _Part | None) -> bool:
    """Would a fraction on one line run into a factor?"""
    factors = ("ord", "number", "open", "over", "func", "big")
    left = before is not None and before.kind in ("ord", "close", "over")
    return left or (after is not None and after.kind in factors)


def _gap(before: _Part | None, part: _Part, after: _Part | None, earlier: _Part | None) -> str:
    """The space between a part and the one before it."""
    if before is None or "space" in (before.kind, part.kind):
        return ""
    if part.kind in ("rel", "bin"):
        return "" if before.kind == "open" or before.text.endswith(" ") else " "
    if before.kind in ("rel", "bin"):
        return "" if before.kind == "bin" and _is_sign(earlier) else " " * (part.text[:1] != " ")
    if "text" in (before.kind, part.kind):
        return _gap_at_text(before, part)
    if before.kind == "punct":
        digits = earlier is not None and earlier.kind == part.kind == "number"
        return "" if digits and before.text in (",", ":") and _groups(before, part) else " "
    if before.kind == "number" and part.kind == "over" and part.flat:
        return " " if _is_numeric(part.text) else ""
    if before.kind == "number" and part.kind == "number":
        return " "
    if part.kind in ("func", "big"):
        return "" if before.kind in ("open", "bar") else " "
    if before.kind in ("func", "big"):
        return "" if part.kind in ("open", "close", "punct") else " "
    return ""


def _gap_at_text(before: _Part, part: _Part) -> str:
    """Words have their own spaces, and Chinese has none."""
    together = before.kind == part.kind or before.kind == "open" or part.kind in ("close", "punct")
    spaced = before.text.endswith(" ") or part.text.startswith((" ", ",", "."))
    return "" if together or spaced or not (before.text[-1:] + part.text[:1]).isascii() else " "


def _is_sign(earlier: _Part | None) -> bool:
    """Is an operator after `earlier` a sign and not between two terms?"""
    return earlier is None or earlier.kind in (
        "open",
        "rel",
        "bin",
        "punct",
        "big",
        "func",
        "space",
    )


def _groups(mark: _Part, digits: _Part) -> bool:
    """Do a comma and these digits go on with a number (12,345), or colons with a ratio (3:4)?"""
    return mark.text == ":" or len(digits.text.split(".")[0]) == 3


def _is_numeric(text: str) -> bool:
    return re.fullmatch(r"[\d/]+", text) is not None


def _unfenced(text: str) -> str:
    """`text` without what stands in brackets."""
    before = None
    while before != text:
        before, text = text, re.sub(r"[(\[{⌊⌈⟨][^()\[\]{}⌊⌋⌈⌉⟨⟩]*[)\]}⌋⌉⟩]", "", text)
    return text


def _is_fenced(text: str) -> bool:
    """Do the first and last characters hold all of `text` between them?"""
    if len(text) < 2 or text[0] not in _OPEN or text[-1] not in _CLOSE:
        return False
    depth = 0
    for at, mark in enumerate(text):
        depth += (mark in _OPEN) - (mark in _CLOSE)
        if depth == 0 and at < len(text) - 1:
            return False
    return True


def _kind_of(parts: Sequence[_Part]) -> Kind:
    """What a row of several parts is to its neighbours."""
    if not parts:
        return "ord"
    depth = 0
    kinds = set()
    whole = parts[0].kind == "open" and parts[-1].kind == "close"
    for at, part in enumerate(parts):
        depth += (part.kind == "open") - (part.kind == "close")
        whole = whole and (depth > 0 or at == len(parts) - 1)
        if depth == 0:
            kinds.add(part.kind)
    if whole:
        return "ord"
    if kinds & {"bin", "rel", "punct", "text"}:
        return "sum"
    return "over" if "over" in kinds and len(parts) == 1 else "product"
