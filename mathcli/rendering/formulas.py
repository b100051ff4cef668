"""Finds the formulas in a text, complete or as it is streamed.

Text is held back only if it may be a formula, and only until the closing delimiter arrives or it
is clear that it is none: `$5 and …` is money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mathcli.answers.pythonic import latex_of_python

_LONGEST = 4000  # characters of a formula
_LONGEST_OPENER = 200  # and of its opening delimiter, with the spaces in it
_ENVIRONMENTS = (
    "align|aligned|alignat|alignedat|array|bmatrix|Bmatrix|cases|dcases|eqnarray|equation|flalign|"
    "gather|gathered|matrix|multline|pmatrix|smallmatrix|split|vmatrix|Vmatrix"
)
# Macros that models also write without any delimiter: with so many arguments, and without.
_ARGUMENTS = {"frac": 2, "dfrac": 2, "tfrac": 2, "cfrac": 2, "binom": 2, "sqrt": 1, "text": 1,
              "overline": 1, "mathbb": 1, "mathrm": 1, "vec": 1}  # fmt: skip
_SIGNS = (
    "times|cdot|div|pm|leq?|geq?|neq?|approx|equiv|infty|pi|alpha|beta|gamma|theta|lambda|Delta|"
    "angle|triangle|degree|in|cup|cap|to|rightarrow|Rightarrow|implies|iff|therefore|"
    "ldots|cdots|dots"
)
_OPENER = re.compile(
    rf"\\\$|\$\$|\$|\\\(|\\\[|\\boxed\s*\{{|\\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}}"
    rf"|\\(?:(?P<macro>{'|'.join(_ARGUMENTS)})|(?P<sign>{_SIGNS}))(?![A-Za-z])"
)
# The beginning of an opener at the end of what has come so far.
_BEGUN = re.compile(r"(?:\$|\\[A-Za-z]{0,10}|\\boxed\s+|\\begin\{[A-Za-z]*\*?)$")
_CLOSERS = {"$": r"(?<!\\)\$", "$$": r"\$\$", r"\(": r"\\\)", r"\[": r"\\\]"}
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_INDEX = re.compile(r"\s*\[[^\]\n]{0,20}\]?")
_SPACES = re.compile(r"\s*")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_IN_WORDS = re.compile(r"\\(?:text|mathrm|operatorname\*?|mbox)[a-z]*\s*\{[^{}]*\}?|\\[A-Za-z]+")


@dataclass(frozen=True)
class Formula:
    """A formula in a text.

    Args:
        source: as it was written, with its delimiters.
        latex: without them.
        display: it stands on lines of its own.
        boxed: it is a `\\boxed` answer.
    """

    source: str
    latex: str
    display: bool = False
    boxed: bool = False


class FormulaReader:
    """Splits a stream of text into words and formulas."""

    def __init__(self) -> None:
        self._held = ""
        self._needs = ""  # what has to come before there is anything to read

    def feed(self, text: str) -> Iterator[str | Formula]:
        """The words and formulas that are complete after this piece of text."""
        self._held += text
        if self._needs and self._needs not in text and len(self._held) <= _LONGEST:
            return iter(())
        return iter(self._read(final=False))

    def finish(self) -> Iterator[str | Formula]:
        """The text that was held back, at the end of the stream."""
        return iter(self._read(final=True))

    def _read(self, *, final: bool) -> list[str | Formula]:
        text, at = self._held, 0
        marks = _Marks(text)
        pieces: list[str | Formula] = []
        needs = ""
        end = len(text) if final else _complete(text, 0)
        while at < len(text):
            opener = _OPENER.search(text, at)
            if opener is None or opener.start() >= end:
                if end > at:
                    pieces.append(text[at:end])
                    at = end
                break
            if opener.start() > at:
                pieces.append(text[at : opener.start()])
                at = opener.start()
            marks.lacks = ""
            piece = _formula(marks, opener)
            if isinstance(piece, Formula):
                pieces.append(piece)
                at += len(piece.source)
            elif piece and not final:
                needs = marks.lacks
                break  # wait for more
            else:
                taken = opener.group()
                pieces.append(taken.removeprefix("\\") if taken == "\\$" else taken)
                at = opener.end()
            if at > end:
                end = _complete(text, at)
        self._held, self._needs = text[at:], needs
        return pieces


def _complete(text: str, at: int) -> int:
    """Where an opener may have begun at the end of what has come so far."""
    begun = _BEGUN.search(text, max(at, len(text) - _LONGEST_OPENER))
    return begun.start() if begun is not None else len(text)


class _Marks:
    """Where the delimiters of a text close. Each part of the text is searched only a few times,
    however many delimiters there are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lacks = ""  # a mark that has not come yet
        self._braces: dict[int, int] | None = None
        # By closer: no other one stands from the first place to the match, or to the last place.
        self._seen: dict[str, tuple[int, int, re.Match[str] | None]] = {}

    def closer(self, pattern: str, at: int) -> re.Match[str] | None:
        """The first match from `at`, not further away than a formula is long."""
        since, until, found = self._seen.get(pattern, (at, at, None))
        if not since <= at <= until:
            since = until = at
            found = None
        if found is None or found.start() < at:
            start = max(at, until - _LONGEST_OPENER) if since < until else at
            until = min(len(self.text), at + _LONGEST)
            found = re.compile(pattern).search(self.text, start, until)
            self._seen[pattern] = (since, found.start() if found else until, found)
        return found

    def brace(self, at: int) -> int | None:
        """Where the brace that opens before `at` closes, not further away than that."""
        if self._braces is None:
            self._braces = _braces(self.text)
        end = self._braces.get(at - 1)
        self.lacks = "}" if end is None else self.lacks
        return end if end is not None and end - at <= _LONGEST else None


def _braces(text: str) -> dict[int, int]:
    """The closing brace of each opening one."""
    closings: dict[int, int] = {}
    opened: list[int] = []
    for mark in _BRACE.finditer(text):
        if mark.group() == "{":
            opened.append(mark.start())
        elif mark.group() == "}" and opened:
            closings[opened.pop()] = mark.start()
    return closings


def formulas_in(text: str) -> list[str | Formula]:
    """A whole text as words and formulas.

    >>> [piece if isinstance(piece, str) else piece.latex for piece in formulas_in("a $x$ b")]
    ['a ', 'x', ' b']
    """
    reader = FormulaReader()
    return [*reader.feed(text), *reader.finish()]


def _formula(marks: _Marks, opener: re.Match[str]) -> Formula | bool:
    """The formula that begins with `opener`; else whether more text may make it one."""
    text, at = marks.text, opener.start()
    may_come = len(text) - at <= _LONGEST
    mark = opener.group().strip()
    if mark == "\\$":
        return False
    if opener["sign"]:
        return Formula(mark, mark)
    if opener["macro"]:
        return _bare(marks, opener, may_come=may_come)
    if mark.startswith("\\boxed"):
        end = marks.brace(opener.end())
        if end is None:
            return may_come
        inner = text[opener.end() : end]
        drawn = latex_of_python(inner) or inner if inner.strip() else r"\varnothing"
        return Formula(text[at : end + 1], drawn, boxed=True)
    closer = rf"\\end\{{{re.escape(opener['name'])}\}}" if opener["name"] else _CLOSERS[mark]
    found = marks.closer(closer, opener.end())
    inner = text[opener.end() : found.start() if found else opener.end() + _LONGEST]
    if mark == "$" and ("\n\n" in inner or _is_prose(inner)):
        return False
    if found is None:
        return may_come and (mark == "$$" or "\n\n\n" not in inner)
    if not inner.strip():
        return False
    source = text[at : found.end()]
    if opener["name"]:
        return Formula(source, source, display=True)
    return Formula(source, inner.strip(), display=mark in ("$$", "\\["))


def _bare(marks: _Marks, opener: re.Match[str], *, may_come: bool) -> Formula | bool:
    """A macro and its arguments; else whether more text may complete it."""
    text, at = marks.text, opener.end()
    if opener["macro"] == "sqrt":
        index = _INDEX.match(text, at)
        at = index.end() if index else at
    for _ in range(_ARGUMENTS[opener["macro"]]):
        spaces = _SPACES.match(text, at)
        at = spaces.end() if spaces else at
        if at >= len(text):
            return may_come
        if text[at] == "{":
            end = marks.brace(at + 1)
            if end is None:
                return may_come
            at = end + 1
        elif text[at].isascii() and text[at].isalnum() and opener["macro"] != "text":
            at += 1
        else:
            return False
    source = text[opener.start() : at]
    return Formula(source, source)


def _is_prose(inner: str) -> bool:
    """Are these words after an amount of money, rather than a formula?"""
    words = _WORD.findall(_IN_WORDS.sub(" ", inner))
    return len(words) > (0 if re.match(r"\d", inner) else 2)
