"""The value that a sentence of a solution concludes with: 5 in `so she has 5 apples left`.

A sentence is read as tokens, and adjacent tokens of a value are taken together: numbers, formulas,
operators, single letters beside them, units after them. Values joined by `and`, `or` or a comma
are one answer; a value that only approximates the one before it is written after `≈`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mathcli.answers.formulas import formulas
from mathcli.answers.value_runs import (
    MEMBER,
    RELATION,
    Token,
    follows_verb,
    numbers_a_heading,
    runs_of,
    tokens_of,
    unmasked,
)

MAX_SENTENCE = 1_000
"""Characters; only the end of a longer sentence is read."""

MAX_VALUE = 300
"""Characters of a value."""

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
_BETWEEN = re.compile(r"(\s*(?:,(?!\d{3})|[;，、；&]|\b(?:and|or)\b|[和或与])\s*)")
_APPROXIMATES = re.compile(
    r"(?P<exact>(?:[^,;()]|\([^()]*\))+?)\s*[,;(]?\s*(?:or\s+|which\s+is\s+|that\s+is,?\s+|i\.e\.,?\s+)?"
    r"(?:\b(?:about|approximately|approx\.?|roughly|around|nearly)\s+|≈\s*|≅\s*|\\approx\s*)"
    r"(?P<about>[^,;()]{1,60}?)\s*\)?",
    re.I,
)
_PLAIN_NUMBER = re.compile(
    r"(?:^|[=\s$])(-?\d+(?:\.\d+)?)\s*(?:/\s*(\d+))?\s*(\\?%|percent\b)?[\sA-Za-z.$]*$"
)
_CLOSE = 0.06  # 2/3 is about 0.7
_BOLD_WORD = re.compile(
    r"\*\*\s?(yes|no|true|false|\(?[A-J]\)?|none|no solutions?|undefined|does not exist|"
    r"infinitely many)\s?\.?\*\*",
    re.I,
)
_ENDS = re.compile(r"[.!?](?=[\s*_\"”)]|$)|[。；．！？]|\n")
_ABBREVIATED = re.compile(
    r"(?:\b(?:i\.e|e\.g|approx|cf|eq|no|vs|resp|sq|ft|in|min|hr|p\.m|a\.m))\Z", re.I
)


def concluded(text: str) -> str | None:
    """The value of the last sentence that concludes with one; `None` if no sentence does.

    >>> concluded("She had 5 apples. Now she has 2 apples left after giving 3 away.")
    '2'
    >>> concluded("So $x=4$ or $x=-2$.")
    'x=4 or x=-2'
    """
    masked, contents = _masked(text)
    for sentence in reversed(_sentences(masked)):
        if word := _BOLD_WORD.search(sentence[-MAX_SENTENCE:]):
            return word[1]
        if value := _value(sentence[-MAX_SENTENCE:], contents):
            return value
    return None


def value_in(clause: str) -> str | None:
    """The value that one sentence concludes with, as `concluded` finds it."""
    return _value(*_masked(clause))


def said(sentence: str) -> str | None:
    """The value in "there are 15 apples left"; `None` if the sentence has no value after a verb,
    has another value too, or says more about it than a few plain words.

    >>> said("So there are 15 apples left."), said("It is 5 less than x"), said("It is not 5")
    ('15', None, None)
    """
    masked, contents = _masked(sentence.strip().rstrip(".!"))
    tokens = tokens_of(masked, contents)
    runs = runs_of(tokens)
    if len(runs) != 1 or _QUALIFIES.search(sentence):
        return None
    after = tokens[runs[0][1] :]
    plain = len(after) <= 4 and all(token.kind == "word" for token in after)
    return _value(masked, contents) if plain and follows_verb(tokens, runs[0][0]) else None


def _masked(text: str) -> tuple[str, list[str]]:
    """`text` with a mark for each formula, and what the formulas are."""
    parts: list[str] = []
    contents: list[str] = []
    place = 0
    for formula in formulas(text):
        parts += [text[place : formula.start], f"\ue000{len(contents)}\ue001"]
        contents.append(formula.content)
        place = formula.end
    return "".join([*parts, text[place:]]), contents


def approximated(clause: str) -> str:
    """`5/36, or about 13.9 %` as `5/36 ≈ 13.9 %`; anything else as it is."""
    if len(clause) > 200:
        return clause
    match = _APPROXIMATES.fullmatch(clause.strip())
    if match and re.search(r"[\dπ\ue000]", match["exact"]) and re.search(r"\d", match["about"]):
        return f"{match['exact'].strip()} ≈ {match['about'].strip()}"
    return clause


def agrees(approximation: str) -> bool:
    """Are the two values of `5/36 ≈ 13.9 %` close, as far as they are plain numbers?

    They are within some percent, or half a unit of the second one's last digit.

    >>> agrees("5/36 ≈ 13.9 %"), agrees("x = 2 ≈ 3"), agrees("sqrt(2) ≈ 1.41")
    (True, False, True)
    """
    values = []
    for side in approximation.split("≈"):
        number = _PLAIN_NUMBER.search(side)
        if number is None:
            return True
        value = float(number[1]) / (float(number[2] or 1) or 1)
        last = min(0.1, 10.0 ** -len(number[1].partition(".")[2]))
        values.append(
            [(value / scale, last / scale) for scale in ((1, 100) if number[3] else (1,))]
        )
    return any(
        abs(first - second) <= max(_CLOSE * max(abs(first), abs(second)), last / 2)
        for first, _ in values[0]
        for second, last in values[-1]
    )


def _sentences(masked: str) -> list[str]:
    """The sentences of a text whose formulas are masked; each line is at least one."""
    sentences, start = [], 0
    for end in _ENDS.finditer(masked):
        if end[0] == "." and _ABBREVIATED.search(masked, max(0, end.start() - 7), end.start()):
            continue
        sentences.append(masked[start : end.start()])
        start = end.end()
    return [one for one in [*sentences, masked[start:]] if one.strip()]


def _value(sentence: str, contents: Sequence[str]) -> str | None:
    row = sentence.strip().strip("|").split("|")
    if len(row) > 1 and sentence.lstrip().startswith("|"):  # of a table
        sentence = row[-1]
    tokens = tokens_of(sentence, contents)
    runs = [run for run in runs_of(tokens) if not numbers_a_heading(tokens, run[0])]
    if not runs:
        return None
    bold = [run for run in runs if any(tokens[at].bold for at in range(*run))]
    stated = [run for run in runs if _is_stated(tokens, run)]
    start, end = (bold or stated or runs)[-1]
    written = sentence[tokens[start].start : tokens[end - 1].end]
    pieces = _BETWEEN.split(written)
    items = [unmasked(item, contents) for item in pieces[::2]]
    if _are_steps([_shape(item) for item in items if item]):
        found = last_side(items[-1])
    else:
        pieces[::2] = map(last_side, items)
        found = "".join(pieces)
    found = re.sub(r"\*\*|__", "", found).strip().rstrip(",;")
    found = re.sub(r"(?<![\\\w])\$\s?(?=[\d.])", "", found)
    return approximated(found) if 0 < len(found) <= MAX_VALUE else None


def _is_stated(tokens: Sequence[Token], run: tuple[int, int]) -> bool:
    """Does the sentence state this value, as in `= 5`, `x = 5`, `has 5`, and not only mention a
    condition, as in `at x = 5`?"""
    before = tokens[run[0] - 1].text.lower() if run[0] else ""
    if before in _CIRCUMSTANCES and tokens[run[0]].kind != "number":
        return False
    if before in ("=", "≈") or any(token.relates for token in tokens[slice(*run)]):
        return True
    return follows_verb(tokens, run[0])


def _shape(item: str) -> str:
    """What kind of statement an item is: `value`, `label` (x = 5), `relation` (x < 5),
    `membership` in a set, `equation`, or `calculation` (3 + 4 = 7)."""
    sides = _EQUALS.split(item)
    if len(sides) == 1:
        if not RELATION.search(item):
            return "value"
        return "membership" if MEMBER.search(item) else "relation"
    if _LABEL.fullmatch(sides[0]):
        return "label"
    return "calculation" if _is_calculation(sides[0]) else "equation"


def _are_steps(shapes: Sequence[str]) -> bool:
    """Are these steps towards the last one, not parts of one answer? `3x = 6 and x = 2` are."""
    mixed = len(set(shapes)) > 1
    restated = shapes[-1] == "membership" and "relation" in shapes
    return mixed and ("equation" in shapes or shapes[-1] == "calculation" or restated)


def _is_calculation(side: str) -> bool:
    """Are there numbers on this side of an equation, with units at most, and no variables?"""
    bare = re.sub(r"\\(?:text|mathrm)\{[^{}]*\}|\\?[A-Za-z]{2,}", "", side)
    bare = re.sub(r"(?<=[\d)])\s?[xX]\s?(?=[\d(])", "", bare)  # 20x8
    return bool(re.search(r"\d", bare)) and not re.search(r"[A-Za-z]", bare)


def last_side(item: str) -> str:
    """The last side of a chain `a = b = c` or a calculation `3 + 4 = 7`; the conclusion of an
    implication. `x = 5` and other equations stay whole.

    >>> last_side("3 + 4 = 7"), last_side("x = 5"), last_side("x^2 + y^2 = 1")
    ('7', 'x = 5', 'x^2 + y^2 = 1')
    """
    item = re.split(r"\\(?:implies|Rightarrow|Longrightarrow)(?![A-Za-z])|[⇒⟹]", item)[-1].strip()
    sides = _EQUALS.split(item)
    if len(sides) > 2 or (len(sides) == 2 and _is_calculation(sides[0])):
        return re.sub(r"\s{0,9}\\\\\s{0,9}\Z", "", sides[-1].strip(" &\n")).rstrip(".,;")
    return item
