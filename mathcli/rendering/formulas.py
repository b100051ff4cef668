"""Finds the formulas in a text, complete or as it is streamed.

Only what may be a formula is held back, and only until its closing delimiter has come or it has
turned out to be none: `$5 and …` is money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 4000
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

    def feed(self, text: str) -> Iterator[str | Formula]:
        """What is complete, as soon as it is."""
        self._held += text
        yield from self._read(final=False)

    def finish(self) -> Iterator[str | Formula]:
        """What was held back; the text is over."""
        yield from self._read(final=True)
        if self._held:
            yield self._held
        self._held = ""

    def _read(self, *, final: bool) -> Iterator[str | Formula]:
        while self._held:
            opener = _OPENER.search(self._held)
            begun = None if final else _BEGUN.search(self._held)
            if opener is None or (begun is not None and begun.start() <= opener.start()):
                end = begun.start() if begun is not None else len(self._held)
                if end:
                    yield self._take(end)
                return
            if opener.start():
                yield self._take(opener.start())
                continue
            found = _formula(self._held, opener)
            if isinstance(found, Formula):
                self._take(len(found.source))
                yield found
            elif found and not final:
                return  # wait for more
            else:
                taken = self._take(opener.end())
                yield taken.removeprefix("\\") if taken == "\\$" else taken

    def _take(self, count: int) -> str:
        taken, self._held = self._held[:count], self._held[count:]
        return taken


def formulas_in(text: str) -> list[str | Formula]:
    """A whole text as words and formulas.

    >>> [piece if isinstance(piece, str) else piece.latex for piece in formulas_in("a $x$ b")]
    ['a ', 'x', ' b']
    """
    reader = FormulaReader()
    return [*reader.feed(text), *reader.finish()]


def _formula(text: str, opener: re.Match[str]) -> Formula | bool:
    """The formula at the start of `text`; else whether more text may make it one."""
    mark = opener.group().strip()
    if mark == "\\$":
        return False
    if opener["sign"]:
        return Formula(mark, mark)
    if opener["macro"]:
        return _bare(text, opener)
    if mark.startswith("\\boxed"):
        end = _matching_brace(text, opener.end())
        if end is None:
            return len(text) <= _LONGEST
        return Formula(text[: end + 1], text[opener.end() : end], boxed=True)
    if opener["name"]:
        closer = re.compile(rf"\\end\{{{re.escape(opener['name'])}\}}")
    else:
        closer = re.compile(_CLOSERS[mark])
    found = closer.search(text, opener.end())
    inner = text[opener.end() : found.start() if found else len(text)]
    if mark == "$" and ("\n\n" in inner or _is_prose(inner)):
        return False
    if found is None:
        return len(text) <= _LONGEST and (mark == "$$" or "\n\n\n" not in inner)
    if not inner.strip():
        return False
    source = text[: found.end()]
    if opener["name"]:
        return Formula(source, source, display=True)
    return Formula(source, inner.strip(), display=mark in ("$$", "\\["))


def _bare(text: str, opener: re.Match[str]) -> Formula | bool:
    """A macro and its arguments; else whether more text may complete it."""
    at = opener.end()
    if opener["macro"] == "sqrt":
        index = re.compile(r"\s*\[[^\]\n]{0,20}\]?").match(text, at)
        at = index.end() if index else at
    for _ in range(_ARGUMENTS[opener["macro"]]):
        found = re.compile(r"\s*").match(text, at)
        at = found.end() if found else at
        if at >= len(text):
            return True
        if text[at] == "{":
            end = _matching_brace(text, at + 1)
            if end is None:
                return len(text) <= _LONGEST
            at = end + 1
        elif text[at].isascii() and text[at].isalnum() and opener["macro"] != "text":
            at += 1
        else:
            return False
    return Formula(text[:at], text[:at])


def _matching_brace(text: str, at: int) -> int | None:
    depth = 1
    for found in re.finditer(r"\\.|[{}]", text[at:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return at + found.start()
    return None


def _is_prose(inner: str) -> bool:
    """Are these words after an amount of money, rather than a formula?"""
    words = _WORD.findall(_IN_WORDS.sub(" ", inner))
    return len(words) > (0 if re.match(r"\d", inner) else 2)
