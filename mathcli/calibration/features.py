"""Features of a problem's text, as numbers with names that a person understands.

Counts are logarithms of one more than the count, so that the tenth number weighs less than the
second; families of problems are recognized by the words that people use for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import log1p, log10

_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_LARGEST = 15.0  # decimal digits: what is longer is no harder
_LETTER = re.compile(r"(?<![A-Za-z\\'’])[A-Za-z](?![A-Za-z'’])")
_WORDS_OF_ONE_LETTER = frozenset("aAI")


@dataclass(frozen=True)
class Feature:
    """A measurable property of a problem's text."""

    name: str
    measure: Callable[[str], float]


def _count(name: str, pattern: str) -> Feature:
    compiled = re.compile(pattern, re.I)
    return Feature(name, lambda problem: log1p(len(compiled.findall(problem))))


def _has(name: str, pattern: str) -> Feature:
    compiled = re.compile(pattern, re.I)
    return Feature(name, lambda problem: float(compiled.search(problem) is not None))


def _largest(problem: str) -> float:
    """Decimal digits of the largest number."""
    values = [float(number.replace(",", "")) for number in _NUMBER.findall(problem)]
    return min(_LARGEST, log10(1 + max(values, default=0.0)))


def _numbers(problem: str) -> float:
    return log1p(len(_NUMBER.findall(problem)))


def _unknowns(problem: str) -> float:
    """The number of different letters that stand alone or by a number, as unknowns do."""
    return log1p(len(set(_LETTER.findall(problem)) - _WORDS_OF_ONE_LETTER))


FEATURES: tuple[Feature, ...] = (
    _count("words", r"[^\W\d_]{2,}"),
    _count("sentences", r"[.?!](?:\s|$)"),
    Feature("numbers", _numbers),
    Feature("digits of the largest number", _largest),
    _count("round numbers", r"(?<![\d.])[1-9]\d*0(?![\d.]*\d)"),
    _count("decimals", r"\d\.\d"),
    _count("fractions", r"\d\s*/\s*\d|\\[dt]?frac"),
    _has("percent", r"%|per\s?cent"),
    _has("money", r"[$€£]\s?\d|\b(?:dollars?|cents?|euros?|pounds?|price|costs?)\b"),
    _count("LaTeX commands", r"\\[a-z]+"),
    _count("equation signs", r"="),
    Feature("unknown letters", _unknowns),
    _count("operators", r"[-+*/×÷·−]|\\(?:times|cdot|div)\b"),
    _count("products", r"[*×÷·]|\\(?:times|cdot|div)\b|\b(?:times|divided|product)\b"),
    _count("powers", r"\^|\*\*|[²³]|\b(?:squared|cubed|power)\b"),
    _count("roots", r"√|\\sqrt|sqrt|\broots? of\b"),
    _count("brackets", r"[(\[]"),
    _has("functions", r"\b(?:sin|cos|tan|log|ln|exp)\b|\\(?:sin|cos|tan|log|ln|exp)"),
    _has("a question", r"\?"),
    _has("family: equations", r"\b(?:solve|solutions?|satisf\w+|unknown)\b"),
    _has("family: derivatives", r"deriv|differentiat|\bd\s?/\s?d[a-z]|\\frac\{d\}|\w'\s?\("),
    _has("family: integrals", r"integra|antideriv|\\int|∫"),
    _has("family: limits", r"\blimits?\b|\\lim|\b(?:approaches|tends)\b"),
    _has("family: algebra", r"simplif|expand|factor(?!ial)|multiply out|common denominator"),
    _has("family: divisors", r"prime|divis(?:or|ible)|\bgcd\b|\blcm\b|remainder|\bmod\b|multiple"),
    _has("family: counting", r"\bways\b|arrang|permut|combination|choos|\bbinom|factorial|\d!"),
    _has("family: sequences", r"sequence|series|progression|\bterms?\b|next number"),
    _has(
        "family: geometry",
        r"\barea|perimeter|volume|radius|diameter|triang|rectang|circle|angle|hypoten|sphere"
        r"|\bcube\b|cylind|polygon",
    ),
    _has("family: probability", r"probab|\bchance\b|\bdice\b|\bcoins?\b|at random"),
    _has("family: averages", r"\b(?:average|mean|median)\b"),
    _has("family: matrices", r"matri|determinant|vector|eigen"),
    _has("family: proofs", r"\b(?:prove|show that|proof)\b"),
    _count("story: each, every, per", r"\b(?:each|every|per|apiece)\b"),
    _count("story: more, fewer, than", r"\b(?:more|less|fewer|than|older|younger|taller)\b"),
    _count("story: half, twice", r"\b(?:half|third|quarter|twice|double|triple|times as)\b"),
    _count(
        "story: gains and losses",
        r"\b(?:gave|gives?|b(?:uys?|ought)|s(?:ells?|old)|lost|loses|left|remain\w*|spen[dt]s?|ate"
        r"|eats?|gets?|got|receive[sd]?|adds?|take[ns]?|took)\b",
    ),
    _has("story: time", r"\b(?:hours?|minutes?|seconds?|days?|weeks?|months?|years?)\b"),
)  # fmt: skip


def measured(problem: str) -> list[float]:
    """All features of a problem, in the order of `FEATURES`.

    >>> values = measured("Solve 2x + 3 = 999")
    >>> values = dict(zip((one.name for one in FEATURES), values, strict=True))
    >>> values["digits of the largest number"], values["family: equations"], values["percent"]
    (3.0, 1.0, 0.0)
    """
    return [feature.measure(problem) for feature in FEATURES]
