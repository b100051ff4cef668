"""The answer in a cell of a sheet: the cell itself, unless it holds a whole solution."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mathcli.answers.conclusions import said
from mathcli.answers.extraction import extract_answer
from mathcli.answers.formulas import formulas

_STATES = re.compile(
    r"\\boxed|\\fbox|^[ \t]{0,9}####|<answer>|\"answer\"|"
    r"\banswers?\b\s{0,3}\*{0,3}\s?(?:is\b|are\b|:|=)|\bfinal\s{1,3}answer\b|答案|```",
    re.I | re.M,
)
_FAILED = re.compile(r"^[ \t]{0,9}Traceback \(most recent call last\)", re.M)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}|[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[.!?](?=\s|$)|[。！？]|\n")
_EQUATION = re.compile(r"\s{0,20}([A-Za-z]\w{0,3})?[^=\n]{0,200}?(?<![<>!:])=[^=\n]")
_LONG = 25
_SENTENCES, _WORDS = 2, 8
_HOPE = re.compile(r"\.?\s{1,5}I hope (?:it|this) is correct\.?\s{0,5}\Z")


def answer_in_cell(value: Any) -> tuple[str, bool]:
    """A cell's answer, and whether it was found in a longer text.

    A short answer is never cut. From a list of samples the majority's answer is taken, from a
    record of an answer its text.

    >>> answer_in_cell("5 feet 10 inches"), answer_in_cell("Two steps.\\nThe answer is 7.")
    (('5 feet 10 inches', False), ('7', True))
    """
    text = as_text(value)
    if not is_solution(text):
        return _HOPE.sub("", text), False
    answer = extract_answer(text)
    if answer is None:
        return ("", True) if _FAILED.search(text) else (text, False)
    return answer.text, answer.text != text


def is_solution(text: str) -> bool:
    """Is this text a solution that leads to an answer, and not the answer itself?

    It is if it marks its answer (a box, "the answer is"), or if it is several sentences with words
    in them, one long sentence, lines of a calculation, or the output of a failed program.

    >>> is_solution("x = 3\\ny = 2"), is_solution("2x = 8\\nx + 1 = 5\\nx = 4")
    (False, True)
    """
    if _STATES.search(text) or _FAILED.search(text):
        return True
    prose = text
    for formula in reversed(list(formulas(text))):
        prose = prose[: formula.start] + " " + prose[formula.end :]
    words = len(_WORD.findall(prose[:20_000]))
    sentences = sum(bool(_WORD.search(part)) for part in _SENTENCE.split(prose[:20_000]))
    return words >= _LONG or (sentences >= _SENTENCES and words >= _WORDS) or _is_calculation(text)


def _is_calculation(text: str) -> bool:
    """Lines of equations, some of which are about the same letter, or about none."""
    lines = [line for line in text[:20_000].split("\n") if line.strip()]
    equations = [found for line in lines if (found := _EQUATION.match(line))]
    if len(equations) < 2 or len(equations) < len(lines) - 1:
        return False
    labels = [found[1] for found in equations]
    return len(set(labels)) < len(labels) or None in labels


def sentence_value(text: str) -> str | None:
    """The value in a short sentence that states one value and nothing more about it."""
    return said(text) if len(text) <= 200 and "\n" not in text else None


def as_text(value: Any) -> str:
    """A field as text: a record's text, or the text of the majority of several samples."""
    if isinstance(value, Mapping):
        names = ("text", "answer", "latex", "value")
        value = next((value[name] for name in names if value.get(name)), "")
    if isinstance(value, list) and all(isinstance(one, str) or one is None for one in value):
        value = _most_common([one for one in value if one])
    if value is None or value == []:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _most_common(samples: Sequence[str]) -> str:
    """The most common of several samples as written; of equally common ones the first."""
    return Counter(samples).most_common(1)[0][0] if samples else ""
