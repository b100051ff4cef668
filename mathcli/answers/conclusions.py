"""The value that a sentence of a solution comes to: `so she has 5 apples left` is about 5.

A sentence is read as tokens, of which those of a value stand together: numbers, formulas,
operators, single letters beside them, units after them. Values joined by `and`, `or` or a comma
are one answer; one that only approximates the one before is written after `≈`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mathcli.answers.formulas import formulas

MAX_SENTENCE = 1_000
"""Characters; of a longer sentence the end is read."""

MAX_VALUE = 300
"""Characters of a value."""

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
_UNITS = frozenset(str.split(
    "cm m km mm kg g mg l ml s h min hr hrs hour hours minute minutes second seconds day days "
    "week weeks month months year years dollar dollars cent cents euro euros pound pounds foot "
    "feet ft inch inches mile miles yard yards gallon gallons liter liters litre litres degree "
    "degrees percent meter meters metre metres centimeter centimeters centimetre centimetres "
    "kilometer kilometers kilometre kilometres kilogram kilograms gram grams ounce ounces mph "
    "square cubic units unit per radians rad dozen hundred thousand million billion trillion "
    "am pm o'clock"))  # fmt: skip
_HEADINGS = frozenset(str.split(
    "step steps part case problem question method example equation figure table line chapter"
))  # fmt: skip
_PLACES = frozenset(["ago", "later", "earlier", "old", "before", "after"])
_NOT_VARIABLES = frozenset("aAI")
_QUALIFIES = re.compile(
    r"\b(?:not|no|never|cannot|without|except|if|unless|than|times|less|more|fewer|at least|"
    r"at most|over|under|between|minus|plus|of|off|short|per|by|or so|maybe|perhaps|"
    r"either)\b|n't\b|\?|不",
    re.I,
)
_CIRCUMSTANCES = frozenset(str.split(
    "when at if for where with since because given let as assuming whenever once until from"
))  # fmt: skip
_EQUALS = re.compile(r"(?<![<>!\\:])=(?!=)")
_LABEL = re.compile(r"[\s({]*(?:[A-Za-z](?:_\{?\w{1,4}\}?)?|[A-Za-z]\([A-Za-z0-9, -]{1,9}\))\s*")
_RELATION = re.compile(r"[<>≤≥∈]|\\(?:l|g)eq?(?![A-Za-z])|\\in(?![A-Za-z])")
_RELATES = re.compile(rf"=|≈|\\approx|{_RELATION.pattern}")
_LETTER_ALONE = re.compile(r"[A-Za-z](?:_\{?\w{1,3}\}?)?|\\[a-z]{2,8}")
_BETWEEN = re.compile(r"(\s*(?:,(?!\d{3})|[;，、；&]|\b(?:and|or)\b|[和或与])\s*)")
_OPENS = frozenset("-−+±√([{$€£¥")
_TRAILING = frozenset("+-−*/=^×÷·±√<>≤≥≠≈$€£¥([{:|_~–")
_APPROXIMATES = re.compile(
    r"(?P<exact>[^,;(]+?)\s*[,;(]?\s*(?:or\s+|which\s+is\s+|that\s+is,?\s+|i\.e\.,?\s+)?"
    r"(?:\b(?:about|approximately|approx\.?|roughly|around|nearly)\s+|≈\s*|≅\s*|\\approx\s*)"
    r"(?P<about>[^,;()]{1,60}?)\s*\)?",
    re.I,
)
_BOLD_WORD = re.compile(
    r"\*\*\s?(yes|no|true|false|\(?[A-J]\)?|none|no solutions?|undefined|does not exist|"
    r"infinitely many)\s?\.?\*\*",
    re.I,
)
_ENDS = re.compile(r"[.!?](?=[\s*_\"”)]|$)|[。；．！？]|\n")
_ABBREVIATED = re.compile(
    r"(?:\b(?:i\.e|e\.g|approx|cf|eq|no|vs|resp|sq|ft|in|min|hr|p\.m|a\.m))\Z", re.I
)


@dataclass(frozen=True)
class _Token:
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


def concluded(text: str) -> str | None:
    """The value that the last sentence with one comes to; `None` if no sentence has any.

    >>> concluded("She had 5 apples. Now she has 2 apples left after giving 3 away.")
    '2'
    >>> concluded("So $x=4$ or $x=-2$.")
    'x=4 or x=-2'
    """
    masked, contents = _masked(text)
    for sentence in reversed(_sentences(masked)):
        if word := _BOLD_WORD.search(sentence[-MAX_SENTENCE:]):
            return word[1]
        if found := _value(sentence[-MAX_SENTENCE:], contents):
            return found
    return None


def value_in(clause: str) -> str | None:
    """The value that one sentence comes to, as `concluded` finds it."""
    return _value(*_masked(clause))


def said(sentence: str) -> str | None:
    """The value of "there are 15 apples left"; `None` where the sentence has no value after a
    verb, has another, or says more of it than a few plain words.

    >>> said("So there are 15 apples left."), said("It is 5 less than x"), said("It is not 5")
    ('15', None, None)
    """
    masked, contents = _masked(sentence.strip().rstrip(".!"))
    tokens = _tokens(masked, contents)
    runs = _runs(tokens)
    if len(runs) != 1 or _QUALIFIES.search(sentence):
        return None
    after = tokens[runs[0][1] :]
    plain = len(after) <= 4 and all(token.kind == "word" for token in after)
    return _value(masked, contents) if plain and _follows_verb(tokens, runs[0][0]) else None


def _masked(text: str) -> tuple[str, list[str]]:
    """`text` with a mark for each formula, and what the formulas are."""
    parts: list[str] = []
    contents: list[str] = []
    place = 0
    for one in formulas(text):
        parts += [text[place : one.start], f"\ue000{len(contents)}\ue001"]
        contents.append(one.content)
        place = one.end
    return "".join([*parts, text[place:]]), contents


def approximated(clause: str) -> str:
    """`5/36, or about 13.9 %` as `5/36 ≈ 13.9 %`; anything else as it is."""
    if len(clause) > 200:
        return clause
    found = _APPROXIMATES.fullmatch(clause.strip())
    if found and re.search(r"[\dπ\ue000]", found["exact"]) and re.search(r"\d", found["about"]):
        return f"{found['exact'].strip()} ≈ {found['about'].strip()}"
    return clause


def _sentences(masked: str) -> list[str]:
    """The sentences of a text whose formulas are masked; each line is at least one."""
    found, start = [], 0
    for end in _ENDS.finditer(masked):
        if end[0] == "." and _ABBREVIATED.search(masked, max(0, end.start() - 7), end.start()):
            continue
        found.append(masked[start : end.start()])
        start = end.end()
    return [one for one in [*found, masked[start:]] if one.strip()]


def _value(sentence: str, contents: Sequence[str]) -> str | None:
    row = sentence.strip().strip("|").split("|")
    if len(row) > 1 and sentence.lstrip().startswith("|"):  # of a table
        sentence = row[-1]
    tokens = _tokens(sentence, contents)
    runs = [run for run in _runs(tokens) if not _numbers_a_heading(tokens, run[0])]
    if not runs:
        return None
    bold = [run for run in runs if any(tokens[at].bold for at in range(*run))]
    stated = [run for run in runs if _is_stated(tokens, run)]
    start, end = (bold or stated or runs)[-1]
    written = sentence[tokens[start].start : tokens[end - 1].end]
    pieces = _BETWEEN.split(written)
    items = [_unmasked(item, contents) for item in pieces[::2]]
    if _are_steps([_shape(item) for item in items if item]):
        found = last_side(items[-1])
    else:
        pieces[::2] = map(last_side, items)
        found = "".join(pieces)
    found = re.sub(r"\*\*|__", "", found).strip().rstrip(",;")
    found = re.sub(r"(?<![\\\w])\$\s?(?=[\d.])", "", found)
    return approximated(found) if 0 < len(found) <= MAX_VALUE else None


def _is_stated(tokens: Sequence[_Token], run: tuple[int, int]) -> bool:
    """Does the sentence say that something is this value? `= 5`, `x = 5`, `has 5`; not the
    circumstances of it: `at x = 5`."""
    before = tokens[run[0] - 1].text.lower() if run[0] else ""
    if before in _CIRCUMSTANCES and tokens[run[0]].kind != "number":
        return False
    if before in ("=", "≈") or any(token.relates for token in tokens[slice(*run)]):
        return True
    return _follows_verb(tokens, run[0])


def _shape(item: str) -> str:
    """What kind of statement an item is: `value`, `label` (x = 5), `relation`, `equation`, or
    `calculation` (3 + 4 = 7)."""
    sides = _EQUALS.split(item)
    if len(sides) == 1:
        return "relation" if _RELATION.search(item) else "value"
    if _LABEL.fullmatch(sides[0]):
        return "label"
    return "calculation" if _is_calculation(sides[0]) else "equation"


def _are_steps(shapes: Sequence[str]) -> bool:
    """Are these steps to the last, and not the parts of one answer? `3x = 6 and x = 2` are."""
    mixed = len(set(shapes)) > 1
    return (mixed and ("equation" in shapes or shapes[-1] == "calculation")) or (
        shapes.count("relation") > 1
    )


def _is_calculation(side: str) -> bool:
    """Are there numbers on this side of an equation, with units at most, and no variables?"""
    bare = re.sub(r"\\(?:text|mathrm)\{[^{}]*\}|\\?[A-Za-z]{2,}", "", side)
    bare = re.sub(r"(?<=[\d)])\s?[xX]\s?(?=[\d(])", "", bare)  # 20x8
    return bool(re.search(r"\d", bare)) and not re.search(r"[A-Za-z]", bare)


def _tokens(sentence: str, contents: Sequence[str]) -> list[_Token]:
    found: list[_Token] = []
    bold = False
    for match in _TOKEN.finditer(sentence):
        kind = match.lastgroup or "other"
        if kind == "bold":
            bold = not bold
            continue
        for text, start in _pieces(kind, match):
            inside = _unmasked(text, contents) if kind == "formula" else text
            if kind == "formula" and _LETTER_ALONE.fullmatch(inside):
                kind = "letter"
            relates = kind in ("formula", "sign") and bool(_RELATES.search(inside))
            found.append(_Token(kind, text, start, start + len(text), bold, relates))
    return found


def _pieces(kind: str, match: re.Match[str]) -> list[tuple[str, int]]:
    """Chinese is written without spaces: each of its characters is a word."""
    if kind == "word" and "\u4e00" <= match[0][0] <= "\u9fff":
        return [(char, match.start() + at) for at, char in enumerate(match[0])]
    return [(match[0], match.start())]


def _runs(tokens: Sequence[_Token]) -> list[tuple[int, int]]:
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


def _item(tokens: Sequence[_Token], at: int) -> int | None:
    """The end of a value that begins at `at`; `None` if there is none."""
    end, valued = at, False
    while end < len(tokens) and (valued or end - at < 40):
        token = tokens[end]
        if token.valued:
            if valued and token.kind == "formula" and tokens[end - 1].kind != "sign":
                break
            valued = True
        elif token.kind == "word":
            if valued and token.text.lower() in _UNITS and _separate(tokens, end):
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


def _separate(tokens: Sequence[_Token], at: int) -> bool:
    """A unit of one letter is one only where no operator follows: `3 m`, not `3 m + 1`; `3 years
    ago` is a point in time, asked for in years."""
    if at + 1 == len(tokens):
        return True
    if len(tokens[at].text) > 1:
        return tokens[at + 1].text.lower() not in _PLACES
    return tokens[at + 1].text not in ("=", "+", "-", "−", "*", "/", "^")


def _is_variable(tokens: Sequence[_Token], at: int) -> bool:
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


def _within_brackets(tokens: Sequence[_Token], start: int, at: int) -> bool:
    before = [token.text for token in tokens[start:at] if token.kind == "sign"]
    return sum(one in "([{" for one in before) > sum(one in ")]}" for one in before)


def _joined(tokens: Sequence[_Token], at: int) -> int | None:
    """The end of a further value that a joint at `at` adds; `None` if none does."""
    start = at
    while start < min(len(tokens), at + 4) and _joins(tokens[start], first=start == at):
        start += 1
    if start == at or start == len(tokens):
        return None
    if tokens[at].text == "(" and not any(map(_approximates, tokens[at:start])):
        return None
    return _item(tokens, start)


def _joins(token: _Token, *, first: bool) -> bool:
    """Can the token stand between two values, as their first joint or a later one?"""
    if token.kind == "joint" or token.text.lower() in _JOINTS or token.text == "(":
        return True
    return not first and _approximates(token)


def _approximates(token: _Token) -> bool:
    return token.text.lower() in _ABOUT or token.text == "≈"


def _numbers_a_heading(tokens: Sequence[_Token], at: int) -> bool:
    """`Step 3`, `Problem 12`."""
    return at > 0 and tokens[at - 1].text.lower() in _HEADINGS


def _follows_verb(tokens: Sequence[_Token], at: int) -> bool:
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


def _unmasked(text: str, contents: Sequence[str]) -> str:
    return re.sub(r"\ue000(\d+)\ue001", lambda mark: contents[int(mark[1])], text)


def last_side(item: str) -> str:
    """Of a chain `a = b = c`, or of a calculation `3 + 4 = 7`, the last side; of an implication
    what follows. `x = 5` and equations stay whole.

    >>> last_side("3 + 4 = 7"), last_side("x = 5"), last_side("x^2 + y^2 = 1")
    ('7', 'x = 5', 'x^2 + y^2 = 1')
    """
    item = re.split(r"\\(?:implies|Rightarrow|Longrightarrow)(?![A-Za-z])|[⇒⟹]", item)[-1].strip()
    sides = _EQUALS.split(item)
    if len(sides) > 2 or (len(sides) == 2 and _is_calculation(sides[0])):
        return re.sub(r"\s{0,9}\\\\\s{0,9}\Z", "", sides[-1].strip(" &\n")).rstrip(".,;")
    return item
