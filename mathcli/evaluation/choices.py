"""The choices of a multiple-choice question, in the shapes in which sets are published.

A list of texts (AQuA, MMLU), of texts with letters (AGIEval), of records; an object from letter to
text (Gaokao); two lists in an object (ARC); one text (SAT, MathQA); or one field each (C-Eval).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = ("options", "choices", "candidates", "multiple_choices")
RIGHT = ("correct", "answerkey", "correct_option", "correct_answer", "choice_answer", "label")
"""Fields with the letter of the right choice, besides those of any right answer."""
INDICES = ("answer_index", "gold_index", "correct_index", "answer_idx")
_TEXT = ("text", "value", "content", "option", "choice", "answer")
_NAME = ("label", "letter", "key", "id", "option_id", "identifier")
_LETTER = re.compile(r"\s*[(\[（]?\s?([A-Z])\s*[.):、．\]）]\s*")
_LETTER_ONLY = re.compile(r"\s*[(\[（]?\s*([A-Za-z])\s*[.):、．\]）]?\s*")
_MARK = re.compile(r"(?:(?<=\s)|(?<=,)|(?<=;)|\A)[(\[（]?\s?([A-Ja-j])\s?[.):、．\]）]\s*")
_COLUMNS = ("{}", "option_{}", "option{}", "option {}", "choice_{}", "choice {}")
_LETTERS = "abcdefghij"

Choices = list[tuple[str, str]]


def choices_of(row: Mapping[str, Any]) -> Choices:
    """Letters and texts of a row's choices; empty if it has none that can be read.

    Args:
        row: with lower-case names.

    >>> choices_of({"options": "A) 5  B) 7"}), choices_of({"options": {"A": "5", "B": "7"}})
    ([('A', '5'), ('B', '7')], [('A', '5'), ('B', '7')])
    """
    for name in FIELDS:
        value = row.get(name)
        choices = _of_value(value) if value else []
        if len(choices) > 1:
            return choices
    return _of_columns(row)


def unread_choices(row: Mapping[str, Any]) -> str | None:
    """The field that holds choices which cannot be read; `None` if all can."""
    if choices_of(row):
        return None
    several = (name for name in FIELDS if row.get(name) and not _is_gold_alone(row[name]))
    return next(several, None)


def right_choice(row: Mapping[str, Any], choices: Choices, names: Sequence[str]) -> str | None:
    """The letter of the right choice; what the row says, if that is none of the letters.

    A whole number counts from 0, a text is a letter or one of the choices' texts.
    """
    for name in (*RIGHT, *names, *INDICES):
        value = row.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value in (None, "") or isinstance(value, (list, dict, bool)):
            continue
        return _letter(value, choices)
    return None


def _letter(value: Any, choices: Choices) -> str:
    letters, text = [letter for letter, _ in choices], str(value).strip()
    if isinstance(value, str):
        same = [letter for letter, content in choices if content.strip() == text]
        if len(same) == 1:
            return same[0]
    if text.isdigit() and int(text) < len(letters):
        return letters[int(text)]
    lettered = _LETTER_ONLY.fullmatch(text) or _LETTER.match(text)
    if lettered and lettered[1].upper() in letters:
        return lettered[1].upper()
    return text


def without_its_choices(problem: str, expected: str) -> bool:
    """Is the right answer a letter of choices that the problem does not show?

    >>> without_its_choices("A train is late. How late?", "A")
    True
    >>> without_its_choices("Which is larger, (A) 5 or (B) 7?", "B")
    False
    """
    if not re.fullmatch(r"\(?[A-H]\)?", expected):
        return False
    shown = set(re.findall(r"(?<![A-Za-z])([A-H])(?![A-Za-z])", problem))
    return expected.strip("()") not in shown or len(shown) < 2


def _of_value(value: Any) -> Choices:
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, Mapping):
        return _of_object(value)
    if not isinstance(value, list):
        return []
    if all(isinstance(one, Mapping) for one in value):
        return _of_records(value)
    if any(isinstance(one, (list, Mapping)) for one in value):
        return []
    texts = [str(one).strip() for one in value]
    if all(_LETTER.match(text) for text in texts):
        return [(text.lstrip("([（ ")[0], _LETTER.sub("", text, count=1)) for text in texts]
    return [(chr(ord("A") + at), text) for at, text in enumerate(texts[:26])]


def _of_object(value: Mapping[str, Any]) -> Choices:
    """`{"A": "5"}`, or `{"text": ["5"], "label": ["A"]}`."""
    texts, names = value.get("text"), value.get("label")
    if isinstance(texts, list):
        if isinstance(names, list) and len(names) == len(texts):
            return [(_named(name, at), str(text))
                    for at, (name, text) in enumerate(zip(names, texts, strict=True))]  # fmt: skip
        return _of_value(texts)
    letters = [_LETTER_ONLY.fullmatch(str(name)) for name in value]
    if not all(letters) or any(isinstance(one, (list, Mapping)) for one in value.values()):
        return []
    found_letters = [letter[1].upper() for letter in letters if letter]
    return [
        (letter, _LETTER.sub("", str(text), count=1) if str(text).startswith(letter) else str(text))
        for letter, text in zip(found_letters, value.values(), strict=True)
    ]


def _of_records(value: Sequence[Mapping[str, Any]]) -> Choices:
    choices = []
    for at, record in enumerate(value):
        text = next((record[name] for name in _TEXT if name in record), None)
        if text is None or isinstance(text, (list, Mapping)):
            return []
        choices.append(
            (_named(next((record[name] for name in _NAME if name in record), ""), at), str(text))
        )
    return choices


def _named(name: object, at: int) -> str:
    letter = _LETTER_ONLY.fullmatch(str(name))
    return letter[1].upper() if letter else chr(ord("A") + at)


def _of_text(text: str) -> Choices:
    """`A) 5  B) 7`: letters in order, each with a text."""
    marks: list[re.Match[str]] = []
    for mark in _MARK.finditer(text):
        if mark[1].lower() == _LETTERS[len(marks) : len(marks) + 1]:
            marks.append(mark)
    if len(marks) < 2 or text[: marks[0].start()].strip(" [\n"):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [
        (mark[1].upper(), text[mark.end() : end].strip(" \t\r\n,;'\"]["))
        for mark, end in zip(marks, ends, strict=True)
    ]


def _of_columns(row: Mapping[str, Any]) -> Choices:
    """One field for each choice: `A`, `B`, `C`, `D`, or `option_a` and so on."""
    for pattern in _COLUMNS:
        choices = []
        for letter in _LETTERS:
            value = row.get(pattern.format(letter))
            if value in (None, "") or isinstance(value, (list, dict)):
                break
            choices.append((letter.upper(), str(value).strip()))
        if len(choices) > 1:
            return choices
    return []


def _is_gold_alone(value: Any) -> bool:
    """The right answer in a list of one, as lighteval has it."""
    return isinstance(value, list) and len(value) == 1
