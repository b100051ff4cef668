"""Splits a sentence into tokens, and finds the runs of tokens that are values.

Numbers, formulas, operators, single letters beside them and units after them form a value; values

joined by `and`, `or` or a comma are one run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<formula>\ue000\d+\ue001)
      | (?P<bold>\*\*|__)
      | (?P<tex>\\(?:[A-Za-z]+|.)
          (?:\s?\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,80}\}){0,80}\}){0,120}\}){0,3})
      | (?P<number>\d(?:[\d,]*\d)?(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+|[π∞½¼¾⅓⅔])
      | (?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)
      | (?P<sign>[-+*/=^×÷·±√<>≤≥≠≈≅~°%$€£¥(){}\[\]!_−–²³:|])
      | (?P<joint>[,;，、；&])
      | (?P<other>\S)""",
    re.X,
)
_JOINTS = frozenset(["and", "or", "by", "和", "或", "或者", "与", "&"])
_ABOUT = frozenset(str.split(
    "about approximately approx roughly around nearly circa 约 约为 大约"))  # fmt: skip
_FILLERS = _ABOUT | frozenset(str.split(
    "exactly only just simply equal to a an the total of either both precisely now also"
))  # fmt: skip
_VERBS = frozenset(str.split(
    "is are was were be equals equal gives get gets got has have had makes make made becomes "
    "earns earned needs needed need takes take took costs cost pays paid pay spends spent sold "
    "sells bought ate saved saves contains equaling yields obtain obtained find total totals "
    "left remain remains lasts weighs receives collected received owes gained read baked"
))  # fmt: skip
_SHORTEST_UNIT = 4  # letters: shorter names of units are also words, but for these
_UNITS = frozenset(str.split(
    "cm m km mm kg g mg l ml s h min hr hrs day ft mph rad "
    "square cubic per dozen hundred thousand million billion trillion am pm o'clock"))  # fmt: skip
_HEADINGS = frozenset(str.split(
    "step steps part case problem question method example equation figure table line chapter"
))  # fmt: skip
_PLACES = frozenset(["ago", "later", "earlier", "old", "before", "after"])
_NOT_VARIABLES = frozenset("aAI")
RELATION = re.compile(r"[<>≤≥∈]|\\(?:l|g)eq?(?![A-Za-z])|\\in(?![A-Za-z])")
MEMBER = re.compile(r"∈|\\in(?![A-Za-z])")
_RELATES = re.compile(rf"=|≈|\\approx|{RELATION.pattern}")
_LETTER_ALONE = re.compile(r"[A-Za-z](?:_\{?\w{1,3}\}?)?|\\[a-z]{2,8}")
_OPENS = frozenset("-−+±√([{$€£¥")
_TRAILING = frozenset("+-−*/=^×÷·±√<>≤≥≠≈$€£¥([{:|_~–")


@dataclass(frozen=True)
class Token:
    """A token: its kind (a group of `_TOKEN`, or `letter`), its place, whether it is bold, and
    whether it relates two sides (`=`, `<`)."""

    kind: str
    text: str
    start: int
    end: int
    bold: bool
    relates: bool

    @property
    def valued(self) -> bool:
        """A value by itself."""
        return self.kind in ("formula", "number") or (
            self.kind == "tex"
            and not re.match(r"\\(?:text|mathrm|quad|qquad|[,;: ()\[\]])", self.text)
        )


def tokens_of(sentence: str, contents: Sequence[str]) -> list[Token]:
    """The tokens of a sentence whose formulas are masked.

    Args:
        contents: what the masked formulas are.
    """
    tokens: list[Token] = []
    bold = False
    for match in _TOKEN.finditer(sentence):
        kind = match.lastgroup or "other"
        if kind == "bold":
            bold = not bold
            continue
        for text, start in _pieces(kind, match):
            inside = unmasked(text, contents) if kind == "formula" else text
            if kind == "formula" and _LETTER_ALONE.fullmatch(inside):
                kind = "letter"
            relates = kind in ("formula", "sign") and bool(_RELATES.search(inside))
            tokens.append(Token(kind, text, start, start + len(text), bold, relates))
    return tokens


def _pieces(kind: str, match: re.Match[str]) -> list[tuple[str, int]]:
    """Chinese is written without spaces: each of its characters is a word."""
    if kind == "word" and "\u4e00" <= match[0][0] <= "\u9fff":
        return [(char, match.start() + at) for at, char in enumerate(match[0])]
    return [(match[0], match.start())]


def runs_of(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where the values stand: first token, and the one after the last."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(tokens):
        end = _item(tokens, at)
        if end is None:
            at += 1
            continue
        start = at
        while (following := _joined(tokens, end)) is not None:
            end = following
        runs.append((start, end))
        at = end
    return runs


def _item(tokens: Sequence[Token], at: int) -> int | None:
    """The end of a value that begins at `at`; `None` if there is none."""
    end, valued = at, False
    while end < len(tokens) and (valued or end - at < 40):
        token = tokens[end]
        if token.valued:
            if valued and token.kind == "formula" and tokens[end - 1].kind != "sign":
                break
            valued = True
        elif token.kind == "word":
            if valued and _is_unit(token.text.lower()) and _separate(tokens, end):
                end += 1
                continue
            if not _is_variable(tokens, end):
                break
        elif token.kind == "joint":
            if not _within_brackets(tokens, at, end):
                break
        elif token.kind not in ("sign", "tex") or (end == at and token.text not in _OPENS):
            break
        end += 1
    while end > at and tokens[end - 1].kind == "sign" and tokens[end - 1].text in _TRAILING:
        end -= 1
    opened = sum(token.text in "([{" for token in tokens[at:end] if token.kind == "sign")
    closed = sum(token.text in ")]}" for token in tokens[at:end] if token.kind == "sign")
    while end > at and closed > opened and tokens[end - 1].text in (")", "]", "}"):
        end, closed = end - 1, closed - 1
    if not any(token.valued for token in tokens[at:end]):
        return None
    return end


def _is_unit(word: str) -> bool:
    """Does a word in lower case name a unit, or belong to one (`square`, `per`)?"""
    if word in _UNITS or len(word) < _SHORTEST_UNIT:
        return word in _UNITS
    from mathcli.answers.unit_table import units  # with fractions, which most texts do not need

    return word in units()


def _separate(tokens: Sequence[Token], at: int) -> bool:
    """A unit of one letter is one only where no operator follows: `3 m`, not `3 m + 1`; `3 years
    ago` is a point in time, asked for in years."""
    if at + 1 == len(tokens):
        return True
    if len(tokens[at].text) > 1:
        return tokens[at + 1].text.lower() not in _PLACES
    return tokens[at + 1].text not in ("=", "+", "-", "−", "*", "/", "^")


def _is_variable(tokens: Sequence[Token], at: int) -> bool:
    """A letter beside a number or an operator: `x = 4`, `3x`; not `a` in a sentence."""
    word = tokens[at].text
    if not word.isascii() and not "α" <= word <= "ω":
        return False
    if len(word) > 2 and not re.fullmatch(r"(?:sqrt|sin|cos|tan|log|ln|exp|pi)", word):
        return False
    beside = [tokens[next_] for next_ in (at - 1, at + 1) if 0 <= next_ < len(tokens)]
    touching = [one for one in beside if one.end == tokens[at].start or one.start == tokens[at].end]
    if word in _NOT_VARIABLES or len(word) == 2:
        return any(one.kind in ("sign", "number") and one.text not in "%:|$" for one in touching)
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is not None and following.kind == "sign" and following.text in "=<>≤≥≈+-−*/^(":
        return True
    return any(
        one.kind in ("sign", "number", "formula") and one.text not in "%:|" for one in touching
    ) or (at > 0 and tokens[at - 1].kind == "sign" and tokens[at - 1].text in "+-−*/=^<>≤≥(")


def _within_brackets(tokens: Sequence[Token], start: int, at: int) -> bool:
    before = [token.text for token in tokens[start:at] if token.kind == "sign"]
    return sum(one in "([{" for one in before) > sum(one in ")]}" for one in before)


def _joined(tokens: Sequence[Token], at: int) -> int | None:
    """The end of a further value that a joint at `at` adds; `None` if none does."""
    start = at
    while start < min(len(tokens), at + 4) and _joins(tokens[start], first=start == at):
        start += 1
    if start == at or start == len(tokens):
        return None
    if tokens[at].text == "(" and not any(map(_approximates, tokens[at:start])):
        return None
    return _item(tokens, start)


def _joins(token: Token, *, first: bool) -> bool:
    """Can the token stand between two values, as their first joint or a later one?"""
    if token.kind == "joint" or token.text.lower() in _JOINTS or token.text == "(":
        return True
    return not first and _approximates(token)


def _approximates(token: Token) -> bool:
    return token.text.lower() in _ABOUT or token.text == "≈"


def numbers_a_heading(tokens: Sequence[Token], at: int) -> bool:
    """`Step 3`, `Problem 12`."""
    return at > 0 and tokens[at - 1].text.lower() in _HEADINGS


def follows_verb(tokens: Sequence[Token], at: int) -> bool:
    """Does a verb stand before the token, with nothing but fillers between?"""
    before = at - 1
    while before >= 0 and at - before < 6 and (
        tokens[before].text.lower() in _FILLERS or tokens[before].text == ":"
    ):  # fmt: skip
        before -= 1
    return before >= 0 and (
        tokens[before].text.lower() in _VERBS
        or tokens[before].text in ("是", "为", "有", "剩", "得")
    )


def unmasked(text: str, contents: Sequence[str]) -> str:
    """`text` with its formulas in their places."""
    return re.sub(r"\ue000(\d+)\ue001", lambda mark: contents[int(mark[1])], text)
