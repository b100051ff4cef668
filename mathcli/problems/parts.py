"""The parts of a problem: (a), (b), (c); 1), 2); i., ii.; Teil a), Teil b).

Labels count up from the first one, each before a task. Choices to pick from, `f(a)`, intervals and
enumerated facts are not parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mathcli.part_labels import LABELS, PATTERN
from mathcli.problems.asking import asks_for_value, is_instruction, sentences
from mathcli.problems.proofs import asks_for_proof

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"
_NAMED = (
    r"(?:sub)?part|task|exercise|question|problem|q|teil(?:aufgabe)?|aufgabe|frage|parte|inciso|"
    r"apartado|ejercicio|pregunta|partie|exercice|第"
)
_MARK = re.compile(
    rf"(?:^|(?<=[\s.,;:!?。，；：！？*#]))[*#_]{{0,4}}[ \t]{{0,3}}(?:"
    rf"(?P<name>{_NAMED})[ \t]{{0,2}}[(（]?{PATTERN.format('named')}(?![A-Za-z\d])[)）]?"
    r"[ \t]?[.:)：、）小题问]{0,2}"
    rf"|[(（]{PATTERN.format('closed')}[)）]\.?:?"
    rf"|{PATTERN.format('half')}[)）](?=[\s*$\\(]|[^\x00-\x7f])"
    rf"|{PATTERN.format('dotted')}[.:](?=[\s*])"
    rf"|(?P<circled>[{_CIRCLED}])"
    r")[*_]{0,4}",
    re.I | re.M,
)
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?;:。！？；：)\n$])[*_]{0,2}\s*$")
_CHOICES = re.compile(
    r"\b(?:which\s+(?:of|one|is|are|answer|statement|option|choice|expression)|choose|select|pick|"
    r"multiple[-\s]choice|options?|choices|true\s+or\s+false\s*:|"
    r"correct\s+answer|welche[rs]?\s+(?:der|von|aussage)|wähle|kreuze|cuál\s+de|elige|"
    r"laquelle|lequel|choisi\w*)\b|下列|选择|选出|以下",
    re.I,
)
_SYSTEM = re.compile(
    r"\b(?:system|simultaneous(?:ly)?|gleichungssystem|sistema|système)\b|方程组|方程組", re.I
)
_OPEN = re.compile(
    r"\b(?:following|each|all|of|for|when|if|with|the|values?|expressions?|equations?|numbers?|"
    r"folgende[nrs]?|jeweils|von|für|siguientes?|cada|de|para|suivante?s?|chaque|pour)"
    r"(?:\s+(?:in|of|to)?\s*(?:the\s+)?[\w-]+){0,3}\s*[:：]?\s*$|[:：]\s*$",
    re.I,
)
_PLAIN_VALUE = re.compile(r"[\s$({\[\\]*-?[\d.,/ ]+\s*[%°]?[\w²³]{0,6}[)}\]$.\s,;]*")
_EXPRESSION = re.compile(r"[+*/^=<>≤≥√∫·×÷!²³-]|\\[a-z]|\b(?:sin|cos|tan|log|ln|sqrt)\b|\w\(", re.I)
_SPECIAL = re.compile(r"[\d$\\=^√π]|\b(?:[b-hj-z]|\w+est|right|correct|true)\b", re.I)
_INSTRUCTS = re.compile(r"\W*(?:(?:prove|show)\b|求|计算|解|化简|证明)", re.I)
_DANGLING = re.compile(  # an instruction that lacks what it is to be done to
    r"\b(?:following|each|of|for|when|folgende\w*|jeweils|von|siguientes?|de|suivante?s?)\W*$", re.I
)
_JOINT_END = re.compile(r"[\s,;，；]*(?:\b(?:and|und|y|et)\b)?[\s,;，；]*$", re.I)


@dataclass(frozen=True)
class Part:
    """A part: its label without marks (`a`, `2`, `iii`), its text, and whether it asks for a
    proof."""

    label: str
    text: str
    proof: bool = False


@dataclass(frozen=True)
class Parts:
    """The parts of a problem, and what stands before them."""

    stem: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Label:
    label: str
    form: str
    start: int
    end: int
    upper: bool


def parts_of(text: str) -> Parts | None:
    """The parts of a problem; `None` for a problem without parts.

    >>> [part.label for part in parts_of("(a) Find x. (b) Find y.").parts]
    ['a', 'b']
    >>> parts_of("What is 2+3? (a) 4 (b) 5 (c) 6"), parts_of("Find f(a) on (a, b).")
    (None, None)
    """
    for run in _runs(text):
        parts = _parts(text, run)
        if parts is not None:
            return parts
    return None


def _labels(text: str) -> list[_Label]:
    labels = []
    for mark in _MARK.finditer(text):
        form = str(mark.lastgroup)
        raw = mark[form]
        label = str(_CIRCLED.index(raw) + 1) if form == "circled" else raw.lower()
        if form in ("half", "dotted") and not _may_stand(text, mark.start(), form, label):
            continue
        labels.append(_Label(label, form, mark.start(), mark.end(), raw.isupper()))
    return labels


def _may_stand(text: str, at: int, form: str, label: str) -> bool:
    """Can a label stand here? Without an opening bracket it must be at the start of a line or
    sentence; with the closing bracket alone, a comma or blank before it is enough."""
    before = text[max(0, at - 40) : at]
    if _SENTENCE_ENDS.search(before):
        return True
    return (
        form == "half"
        and before[-1:] in " \t,，"
        and label != "i"
        and before.count("(") <= before.count(")")
    )


def _runs(text: str) -> Iterator[list[_Label]]:
    """Sequences of labels of one form that count up from the first one."""
    labels = _labels(text)
    for form in ("named", "closed", "half", "dotted", "circled"):
        for row in LABELS:
            run: list[_Label] = []
            for label in labels:
                if label.form == form and len(run) < len(row) and label.label == row[len(run)]:
                    run.append(label)
            if len(run) > 1:
                yield run


def _parts(text: str, run: Sequence[_Label]) -> Parts | None:
    ends = [two.start for _, two in pairwise(run)] + [len(text)]
    items = [
        _JOINT_END.sub("", text[one.end : end]).strip() for one, end in zip(run, ends, strict=True)
    ]
    stem = text[: run[0].start].strip()
    if not all(items) or _are_choices(stem, items, run) or _is_system(stem, items):
        return None
    if not (_all_ask(items) or _is_open(stem, items)):
        return None
    given = _instruction(stem)
    proofs = [asks_for_proof(f"{given} {item}" if given else item) for item in items]
    parts = (
        Part(one.label, item, proof) for one, item, proof in zip(run, items, proofs, strict=True)
    )
    return Parts(stem, tuple(parts))


def _are_choices(stem: str, items: Sequence[str], run: Sequence[_Label]) -> bool:
    if _CHOICES.search(stem[-300:]) and not _all_ask(items):
        return True
    return run[0].upper and run[0].form != "named" and not _all_ask(items)


def _is_system(stem: str, items: Sequence[str]) -> bool:
    """Are the items equations that hold together?"""
    if _all_ask(items):
        return False
    if _SYSTEM.search(stem):
        return True
    if not all("=" in item for item in items):
        return False
    names = [set(re.findall(r"(?<![A-Za-z\\])[a-zA-Z](?![A-Za-z])", item)) for item in items]
    return any(len(one) > 1 for one in names) and all(one & two for one, two in pairwise(names))


def _all_ask(items: Sequence[str]) -> bool:
    return all(_asks(item) for item in items)


def _asks(item: str) -> bool:
    return asks_for_proof(item) or any(asks_for_value(one) for one in sentences(item))


def _is_open(stem: str, items: Sequence[str]) -> bool:
    """Is the stem an instruction that the items complete: "Compute: (a) …", "Find (a) the area"?

    Bare numbers after a whole instruction are choices of an answer.
    """
    values = all(_PLAIN_VALUE.fullmatch(item) for item in items)
    if not stem:
        return not values and all(_EXPRESSION.search(item) for item in items)
    last = _instruction(stem)
    if not last or re.search(r"[?？]\s*$", stem):
        return False
    if values and _SPECIAL.search(last) and not _DANGLING.search(last):
        return False
    short = len(re.findall(r"\w+", last)) <= 2
    about_nothing_else = re.search(r"[:：]\s*$", stem) and not _SPECIAL.search(stem)
    return bool(short or about_nothing_else or (_OPEN.search(last) and not values)
                or _DANGLING.search(last))  # fmt: skip


def _instruction(stem: str) -> str:
    """The last sentence of the stem, if it is an instruction."""
    parts = sentences(stem)
    last = parts[-1].strip() if parts else ""
    clause = re.split(r"[.;]\s", last)[-1]
    for part in (clause, re.split(r"[,，]\s*", clause)[-1]):
        if is_instruction(part) or _INSTRUCTS.match(part):
            return part
    return ""
