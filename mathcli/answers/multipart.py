"""An answer to each part of a problem as one text: `a: 3; b: 5`.

Also read are `a=3; b=5`, `(a) 3; (b) 5`, one part a line, and a JSON object. Two such texts are
compared part by part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided
from mathcli.json_text import parse
from mathcli.part_labels import LABELS, PATTERN

_START = re.compile(
    rf"(?:^|[;\n,])\s*(?:[(（]{PATTERN.format('closed')}[)）]\s*[:=]?|{PATTERN.format('half')}[)]|"
    rf"{PATTERN.format('bare')}\s*(?::(?=[\s;]|$)|=))[ \t]*",
    re.I,
)
Compare = Callable[[str, str], Comparison]


def joined_parts(answers: Mapping[str, str]) -> str:
    """The answers as one text, empty ones too; a single one is the answer itself.

    >>> joined_parts({"a": "3", "b": "5"}), joined_parts({"a": "", "b": "5"})
    ('a: 3; b: 5', 'a:; b: 5')
    >>> joined_parts({"b": "8"})
    '8'
    """
    if len(answers) == 1:
        return next(iter(answers.values()))
    return "; ".join(f"{label}: {answer}".rstrip() for label, answer in answers.items())


def split_parts(text: str) -> dict[str, str] | None:
    """The answers by their labels; `None` for a text that is no answer in parts.

    >>> split_parts("a: 2, 3; b: 5"), split_parts("(1) x = 4; (2) 7")
    ({'a': '2, 3', 'b': '5'}, {'1': 'x = 4', '2': '7'})
    >>> split_parts('{"a": 3, "b": "5"}'), split_parts("3; 5"), split_parts("1:2")
    ({'a': '3', 'b': '5'}, None, None)
    """
    text = text.strip()
    if text.startswith("{"):
        return _from_json(text)
    marks = list(_START.finditer(text))
    if not marks or marks[0].start() != 0:
        return None
    hard = [mark for mark in marks if mark[0][:1] != "," or mark.start() == 0]
    for kept in (hard, marks):
        answers = _between(text, kept)
        if answers is not None:
            return answers
    return None


def labelled_parts(value: Mapping[str, Any]) -> dict[str, str] | None:
    """The answers of an object whose names are labels of parts; `None` for any other object."""
    answers = {str(name).strip("() ").lower(): one for name, one in value.items()}
    plain = all(isinstance(one, (str, int, float)) for one in answers.values())
    if not plain or not _are_labels(list(answers)) or len(answers) < len(value):
        return None
    return {name: str(one).strip() for name, one in answers.items()}


def _from_json(text: str) -> dict[str, str] | None:
    try:
        value = parse(text)
    except ValueError:
        return None
    return labelled_parts(value) if isinstance(value, dict) else None


def _between(text: str, marks: list[re.Match[str]]) -> dict[str, str] | None:
    labels = [str(mark[str(mark.lastgroup)]).lower() for mark in marks]
    if not _are_labels(labels):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    answers = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    return dict(zip(labels, answers, strict=True))


def _are_labels(labels: list[str]) -> bool:
    several = len(labels) > 1 and len(set(labels)) == len(labels)
    return several and any(set(labels) <= set(row) for row in LABELS)


def compare_parts(first: str, second: str, compare: Compare) -> Comparison | None:
    """The verdict on two answers in parts, part by part; `None` where neither is one.

    If the parts of one side have no labels, or labels of another kind, parts are matched by order.
    """
    parts, other_parts = split_parts(first), split_parts(second)
    if parts is not None and other_parts is None:
        other_parts = _by_place(second, parts)
    elif other_parts is not None and parts is None:
        parts = _by_place(first, other_parts)
    if parts is None or other_parts is None:
        return None
    if (
        len(parts) == len(other_parts) and not parts.keys() & other_parts.keys()
    ):  # a, b against 1, 2
        other_parts = dict(zip(parts, other_parts.values(), strict=True))
    missing = sorted(
        {*parts, *other_parts}
        - {label for label in {*parts, *other_parts} if parts.get(label) and other_parts.get(label)}
    )
    doubts: list[str] = []
    for label in parts:
        if label in missing:
            continue
        comparison = compare(parts[label], other_parts[label])
        if comparison.verdict is Verdict.INCORRECT:
            return incorrect(f"part {label}: {comparison.reason}")
        if comparison.verdict is Verdict.UNDECIDED:
            doubts.append(f"part {label}: {comparison.reason}")
    if missing:
        return incorrect(f"one side has no answer for {_named(missing)}")
    if doubts:
        return undecided("; ".join(doubts))
    return correct(f"all {len(parts)} parts are equal")


def _by_place(text: str, labels: Mapping[str, str]) -> dict[str, str] | None:
    pieces = by_place(text, len(labels))
    return dict(zip(labels, pieces, strict=True)) if pieces else None


def by_place(text: str, count: int) -> list[str]:
    """The members of a list with as many of them as there are parts; empty for any other text.

    >>> by_place("3; 5", 2), by_place("3, 5", 2), by_place("(3, 5)", 2)
    (['3', '5'], ['3', '5'], [])
    """
    for separator in (r"[;\n]", r",\s"):
        pieces = [piece.strip() for piece in re.split(separator, text)]
        whole = all(piece and _is_closed(piece) for piece in pieces)
        if len(pieces) == count > 1 and whole:
            return pieces
    return []


def _is_closed(piece: str) -> bool:
    return sum(map(piece.count, "([{")) == sum(map(piece.count, ")]}"))


def _named(labels: list[str]) -> str:
    return ", ".join(f"({label})" for label in labels)
