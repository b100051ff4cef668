"""What the pieces of a formula are to each other: the spaces, bars and brackets between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mathcli.rendering.boxes import Box

Kind = Literal[
    "ord", "number", "sum", "product", "over", "bin", "rel", "punct", "open", "close", "bar",
    "big", "func", "text", "space", "table",
]  # fmt: skip

OPENING, CLOSING = frozenset("([{⌊⌈⟨"), frozenset(")]}⌋⌉⟩")
_BEFORE_A_SIGN = frozenset(("open", "rel", "bin", "punct", "big", "func", "space"))


@dataclass(frozen=True)
class Part:
    """A drawn piece of a formula, and what it is to its neighbours."""

    box: Box
    kind: Kind = "ord"

    @property
    def text(self) -> str:
        return self.box.lines[self.box.baseline]

    @property
    def flat(self) -> bool:
        return self.box.height == 1


def paired_bars(parts: list[Part]) -> list[Part]:
    """Bars open and close in turn; one that is left alone divides or relates."""
    places = [at for at, part in enumerate(parts) if part.kind == "bar"]
    if len(places) % 2:
        return [Part(p.box, "rel") if p.kind == "bar" else p for p in parts]
    paired = list(parts)
    for turn, at in enumerate(places):
        paired[at] = Part(parts[at].box, "close" if turn % 2 else "open")
    return paired


def inside(parts: Sequence[Part], at: int) -> Box | None:
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


def touches(before: Part | None, after: Part | None) -> bool:
    """Would a fraction on one line run into a factor?"""
    factors = ("ord", "number", "open", "over", "func", "big")
    left = before is not None and before.kind in ("ord", "close", "over")
    return left or (after is not None and after.kind in factors)


def gap(before: Part | None, part: Part, after: Part | None, earlier: Part | None) -> str:
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


def _gap_at_text(before: Part, part: Part) -> str:
    """Words have their own spaces, and Chinese has none."""
    together = before.kind == part.kind or before.kind == "open" or part.kind in ("close", "punct")
    spaced = before.text.endswith(" ") or part.text.startswith((" ", ",", "."))
    return "" if together or spaced or not (before.text[-1:] + part.text[:1]).isascii() else " "


def _is_sign(earlier: Part | None) -> bool:
    """Is an operator after `earlier` a sign and not between two terms?"""
    return earlier is None or earlier.kind in _BEFORE_A_SIGN


def _groups(mark: Part, digits: Part) -> bool:
    """Do a comma and these digits go on with a number (12,345), or colons with a ratio (3:4)?"""
    return mark.text == ":" or len(digits.text.split(".")[0]) == 3


def _is_numeric(text: str) -> bool:
    return re.fullmatch(r"[\d/]+", text) is not None


def unfenced(text: str) -> str:
    """`text` without what stands in brackets."""
    before = None
    while before != text:
        before, text = text, re.sub(r"[(\[{⌊⌈⟨][^()\[\]{}⌊⌋⌈⌉⟨⟩]*[)\]}⌋⌉⟩]", "", text)
    return text


def is_fenced(text: str) -> bool:
    """Do the first and last characters hold all of `text` between them?"""
    if len(text) < 2 or text[0] not in OPENING or text[-1] not in CLOSING:
        return False
    depth = 0
    for at, mark in enumerate(text):
        depth += (mark in OPENING) - (mark in CLOSING)
        if depth == 0 and at < len(text) - 1:
            return False
    return True


def kind_of(parts: Sequence[Part]) -> Kind:
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
