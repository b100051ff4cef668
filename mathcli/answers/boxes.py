"""Boxes in a text: `\\boxed{…}`, which ones hold an answer, and which of them belong together.

Every function looks at each place of the text a bounded number of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s{0,20}")
_BRACES = re.compile(r"\\.|[{}]", re.S)
_BARE = re.compile(r"[^\s$,;{}\\]{1,60}?(?=\.?(?:[\s$,;{}\\]|\Z))")
_NOTHING = re.compile(
    r"(?:\s|~|\.{2,}|…|\?|_+|\\_|\\[,;:! ]|\\(?:quad|qquad|ldots|dots|cdots|blacksquare|square|Box)"
    r"(?![A-Za-z])|\\(?:text|mathrm|textbf)\{\s{0,9}\}|\{\s{0,9}\})*"
)
_PLACEHOLDER = re.compile(
    r"(?:\\text\{)?\W{0,3}(?:your |the |final |numerical )*(?:answer|result|q\.?e\.?d)\W{0,3}", re.I
)
_LABEL = re.compile(r"([A-Za-z](?:_\{?\w{1,3}\}?)?)\s?=\s?\$?\s?\Z")

_LINK = r"(?:,|;|&|\band\b|\bor\b|\bas well as\b|\\text\{\s{0,2}(?:and|or)\s{0,2},?\s{0,2}\})"
_MARKS = r"(?:[\s$*]|\\[()\[\]\\]|\\q?quad(?![A-Za-z])|[-•](?=\s))"
_JOINED = re.compile(
    rf"{_MARKS}{{0,40}}\.?{_MARKS}{{0,40}}(?:{_LINK}{_MARKS}{{0,20}}){{0,2}}"
    rf"(?:[A-Za-z](?:_\{{?\w{{1,3}}\}}?)?\s?=\s?{_MARKS}{{0,10}})?"
)
_NAMED_TOO = re.compile(  # … and the length is
    rf"[^\n.:;]{{0,40}}(?:,\s?)?\band\s+(?:[A-Za-z$]{{1,15}}\s+){{1,5}}(?:is|are|=){_MARKS}{{0,20}}"
)
_PART = re.compile(  # the start of a line: (a), b), Part 2, ii.
    r"[\s*#-]{0,12}(?:(?:part|question)\s+\(?([a-h\d])\)?|\(?([a-h]|i{1,3}|iv)\))", re.I
)
_NAME = re.compile(r"[\s*#•-]{0,12}([A-Za-z][A-Za-z ]{0,30}?)\s?(?::|=|\bis\b)[\s*$:]{0,12}\Z")
_LINE_OF_NAME = re.compile(r":[ *]{0,4}\n[\s$]{0,20}\Z")
_AGAIN = re.compile(
    r"\b(?:steps?|answers?|results?|final|finally|total|sum|product|difference|so|thus|hence|therefore|"
    r"then|check\w*|verif\w+|correct\w*|revised|simplified|again|wait|instead|actually|altogether|solution)\b",
    re.I,
)


@dataclass(frozen=True)
class Box:
    """One box: where it stands, and what it holds, without the space around it."""

    start: int
    end: int
    content: str

    @property
    def empty(self) -> bool:
        """Does it hold nothing, dots, a placeholder, or the square that ends a proof?"""
        return bool(_NOTHING.fullmatch(self.content) or _PLACEHOLDER.fullmatch(self.content))


def boxes(text: str) -> list[Box]:
    """The boxes of `text` whose braces close, empty ones too, in the order of their starts."""
    starts = list(_BOX.finditer(text)) if "box" in text else []
    if not starts:
        return []
    closing = _closings(text)
    held = []
    for match in starts:
        opening = match.end()
        if text.startswith("{", opening):
            if opening in closing:
                end = closing[opening]
                held.append(Box(match.start(), end + 1, text[opening + 1 : end].strip()))
        elif bare := _BARE.match(text, opening):
            held.append(Box(match.start(), bare.end(), bare[0]))
    return held


def opened(text: str) -> bool:
    """Does `text` end inside a box that was not closed?"""
    starts = list(_BOX.finditer(text)) if "box" in text else []
    if not starts:
        return False
    opening = starts[-1].end()
    if not text.startswith("{", opening):
        bare = _BARE.match(text, opening)
        return opening >= len(text) or (bare is not None and bare.end() == len(text))
    return opening not in _closings(text)


def last_boxed(text: str) -> str | None:
    """The answer in the last `\\boxed{…}` that holds one; of nested boxes the innermost.

    Boxes are parts of one answer where nothing but `and`, `or`, punctuation, a label (`x =`) or a
    line's end is between them, where the next is named in the same sentence ("and the length is"),
    or where lines name their parts ("(a) …", "Width: …"). Parts with different labels keep them.
    Anywhere else a later box restates the answer, and is taken alone.

    >>> last_boxed(r"\\boxed{1} then \\boxed{\\text{yes: } \\boxed{2}}")
    '2'
    >>> last_boxed(r"$x = \\boxed{2}$ or $x = \\boxed{3}$")
    '2, 3'
    >>> last_boxed("$x = \\\\boxed{2}$\\n$y = \\\\boxed{3}$")
    'x = 2, y = 3'
    """
    group: list[Box] = []
    for box in reversed(boxes(text)):
        if box.empty:
            continue
        if group and not _together(text, box, group[0]):
            break
        group.insert(0, box)
    if len(group) < 2:
        return group[0].content if group else None
    labels = [_LABEL.search(text, max(0, box.start - 12), box.start) for box in group]
    names = [label[1] for label in labels if label]
    contents = list(dict.fromkeys(box.content for box in group))
    if len(set(names)) == len(group):
        return ", ".join(f"{name} = {box.content}" for name, box in zip(names, group, strict=True))
    return ", ".join(contents)


def _together(text: str, first: Box, second: Box) -> bool:
    """Are two boxes, one after the other, parts of one answer?"""
    between = text[first.end : second.start]
    if first.end > second.start or len(between) > 200:
        return False
    if first.content == second.content or _JOINED.fullmatch(between):
        return True
    if _AGAIN.search(between):
        return False
    if _NAMED_TOO.fullmatch(between):
        return True
    if "\n" not in between:
        return False
    ours, theirs = _line_before(text, first.start), _line_before(text, second.start)
    if (our_part := _PART.match(ours)) and (their_part := _PART.match(theirs)):
        return our_part[0] != their_part[0]
    named, too = _NAME.fullmatch(ours), _NAME.fullmatch(theirs)
    return bool(named and too and named[1] != too[1] and between.strip("\n $").count("\n") < 3)


def _line_before(text: str, place: int) -> str:
    """The line up to `place`, or a line that ends in a colon above it; of long ones the end."""
    window = text[max(0, place - 200) : place]
    if _LINE_OF_NAME.search(window):
        window = re.sub(r"[\s$]+\Z", " ", window)
    return window[window.rfind("\n") + 1 :]


def balanced(text: str, start: int) -> str | None:
    """The text inside the braces that open at `start`, or `None` if they do not close.

    >>> balanced("{a{b}c}d", 0)
    'a{b}c'
    """
    if not text.startswith("{", start):
        return None
    depth = 0
    for mark in _BRACES.finditer(text, start):
        depth += (mark[0] == "{") - (mark[0] == "}")
        if depth == 0 and mark[0] == "}":
            return text[start + 1 : mark.start()]
    return None


def _closings(text: str) -> dict[int, int]:
    """For each brace that opens and is closed, where it is closed."""
    closing: dict[int, int] = {}
    open_at: list[int] = []
    for mark in _BRACES.finditer(text):
        if mark[0] == "{":
            open_at.append(mark.start())
        elif mark[0] == "}" and open_at:
            closing[open_at.pop()] = mark.start()
    return closing
