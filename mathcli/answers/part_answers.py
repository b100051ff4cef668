"""Extracts the answer to each part of a problem from a model's text.

A model gives one box a part, with or without labels, a sentence a part, or one list at the end.
A value that may belong to several parts is no answer to any of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mathcli.answers.boxes import Box, boxes
from mathcli.answers.extraction import MAX_TEXT, Answer, extract_answer
from mathcli.answers.multipart import split_parts

_LEAD = (
    r"(?:(?:the\s+)?(?:answer|result)s?\s+(?:to|of|for)\s+)?"
    r"(?:part|question|problem|teil(?:aufgabe)?|aufgabe|parte|partie|apartado|第)?\s?"
)
_WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\s?\{([^{}]*)\}")
_SPACES = re.compile(r"\\[ ,;:!]|\\q?quad(?![A-Za-z])|~")
_VALUE = re.compile(r"\d|\\|[π∞√∅]|\b(?:yes|no|true|false|none)\b", re.I)
_SPLIT = re.compile(r"\\\\|\\q?quad|\s*[;；]\s*|\s*,\s+|\s*,(?!\d{3})|\s+(?:and|und|y|et)\s+|\n|和")


def part_answers(
    text: str,
    labels: Sequence[str],
    *,
    outputs: Sequence[str] = (),
    convention: str | None = None,
    guess: bool = True,
    ended: bool = True,
) -> dict[str, Answer]:
    """The answers that `text` gives to the parts with these labels, as far as it gives them.

    Args:
        text: what a model wrote.
        labels: of the parts, in their order (`a`, `2`, `iii`).
        outputs: what the programs in it printed, oldest first; they count where the text
            states nothing.
        convention: how the model was trained to state answers.
        guess: whether the value that a part's sentences conclude with is taken if none is stated.
        ended: whether the text is complete.

    >>> found = part_answers(r"(a) It is \\boxed{3}. (b) So \\boxed{5}.", ["a", "b"])
    >>> {label: answer.text for label, answer in found.items()}
    {'a': '3', 'b': '5'}
    >>> {label: one.text for label, one in part_answers(r"\\boxed{3}", ["a", "b"]).items()}
    {}
    """
    text = text[-MAX_TEXT:]
    held = [box for box in boxes(text) if not box.empty]
    answers = _labelled_boxes(held, labels)
    stated = _in_sections(text, labels, convention, ended=ended, guess=False)
    answers = {**stated, **answers}
    if len(answers) == len(labels):
        return _ordered(answers, labels)
    in_order = _boxes_in_order(text, held, labels)
    if in_order:
        return {**in_order, **answers}
    if len(answers) < len(labels) and ended and guess:
        concluded = _in_sections(text, labels, convention, ended=ended, guess=True)
        answers = {**concluded, **answers}
    if not answers and ended:
        answers = _in_list(text, labels, convention) or _in_outputs(outputs, labels)
        if held and answers and not _is_last(held[-1], answers[labels[-1]]):
            answers = {}  # the words say something else than the programs
    return _ordered(answers, labels)


def _ordered(found: dict[str, Answer], labels: Sequence[str]) -> dict[str, Answer]:
    return {label: found[label] for label in labels if label in found}


def _plain(content: str) -> str:
    """Without LaTeX's words, dollars and spaces around labels."""
    return _SPACES.sub(" ", re.sub(r"[$*]", "", _WORDS.sub(r"\1", content))).strip()


def _labelled_boxes(held: Sequence[Box], labels: Sequence[str]) -> dict[str, Answer]:
    r"""`\boxed{(a) 3}`, `\boxed{\text{(a) } 3, \text{(b) } 5}`; the last box counts."""
    answers: dict[str, Answer] = {}
    for box in held:
        plain = _plain(box.content)
        several = split_parts(plain)
        if several is not None and {*several} <= {*labels}:
            for label, content in several.items():
                _keep(answers, label, content)
            continue
        for label, start, end in _marks(plain, labels):
            rest = plain[end:]
            if start == 0 and rest.strip() and not _marks(rest, labels):
                _keep(answers, label, rest.lstrip(" :=").rstrip(" ,;"))
            break
    return answers


def _keep(found: dict[str, Answer], label: str, said: str) -> None:
    answer = extract_answer(rf"\boxed{{{said.strip(' ,;')}}}")
    if answer is not None:
        found[label] = answer


def _marks(text: str, labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """Where labels of these parts stand as headings: `(a)`, `**b)**`, `Part 2:`, `iii.`"""
    names = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    pattern = re.compile(
        rf"(?:^|(?<=[\s.,;:!?*#{{\[$。，；：]))[*#_ \t]{{0,6}}(?:"
        rf"{_LEAD}[(（](?P<closed>{names})[)）]"
        rf"|(?:part|question|problem|teil(?:aufgabe)?|aufgabe|parte|partie|apartado|第)\s?"
        rf"(?P<named>{names})(?![A-Za-z\d])[).]?"
        rf"|(?P<half>{names})[)）](?!\w)"
        rf"|(?:(?<=\n)|^)(?P<dotted>{names})[.:](?=\s))[:：]?[*_]{{0,3}}[:：]?\s?",
        re.I | re.M,
    )
    return [
        (str(mark[str(mark.lastgroup)]).lower(), mark.start(), mark.end())
        for mark in pattern.finditer(text)
    ]


def _in_sections(
    text: str, labels: Sequence[str], convention: str | None, *, ended: bool, guess: bool
) -> dict[str, Answer]:
    """The answers in the sections between the parts' headings; the last section of a part that has
    an answer counts."""
    marks = _marks(text, labels)
    if not marks:
        return {}
    ends = [start for _, start, _ in marks[1:]] + [len(text)]
    answers: dict[str, Answer] = {}
    for number, ((label, _, start), end) in enumerate(zip(marks, ends, strict=True)):
        last = number == len(marks) - 1
        section = text[start:end]
        answer = extract_answer(
            section, convention=None if guess else convention, guess=guess, ended=ended or not last
        )
        if answer is not None and (not guess or _VALUE.search(answer.text)):
            answers[label] = answer
    return answers


def _boxes_in_order(text: str, held: Sequence[Box], labels: Sequence[str]) -> dict[str, Answer]:
    """One box a part; or all of them, and all of them again at the end."""
    contents = [box.content for box in held]
    count = len(labels)
    if len(contents) > count and len(contents) % count == 0:
        rounds = [contents[at : at + count] for at in range(0, len(contents), count)]
        if all(one == rounds[0] for one in rounds):
            contents = rounds[0]
    if len(contents) != count:
        return {}
    answers = [extract_answer(rf"\boxed{{{content}}}") for content in contents]
    if not all(answers):
        return {}
    return {label: one for label, one in zip(labels, answers, strict=True) if one is not None}


def _in_list(text: str, labels: Sequence[str], convention: str | None) -> dict[str, Answer]:
    """One answer that is a list with as many members as there are parts."""
    whole = extract_answer(text, convention=convention, guess=False)
    if whole is None:
        return {}
    plain = _WORDS.sub(r" \1 ", whole.text).strip("[]() ")
    pieces = [piece for piece in _SPLIT.split(plain) if piece.strip()]
    closed = all(piece.count("{") == piece.count("}") for piece in pieces)
    if len(pieces) != len(labels) or not closed:
        return {}
    answers: dict[str, Answer] = {}
    for label, piece in zip(labels, pieces, strict=True):
        _keep(answers, label, piece)
    return answers if len(answers) == len(labels) else {}


def _is_last(box: Box, answer: Answer) -> bool:
    """Does a box hold the answer to the last part, or end with it?"""
    said = extract_answer(rf"\boxed{{{box.content}}}")
    if said is None or said.text.rstrip("])} ").endswith(answer.text):
        return said is not None
    try:
        return float(said.value or "") == float(answer.value or "")
    except ValueError:
        return False


def _in_outputs(outputs: Sequence[str], labels: Sequence[str]) -> dict[str, Answer]:
    """The last output, where it has a line for each part, or all outputs, one for each."""
    lines = [line for line in (outputs[-1] if outputs else "").splitlines() if line.strip()]
    if len(lines) != len(labels):
        lines = [output.strip() for output in outputs if output.strip()]
    if len(lines) != len(labels):
        return {}
    answers: dict[str, Answer] = {}
    for label, line in zip(labels, lines, strict=True):
        marks = _marks(line, labels)
        value = line[marks[0][2] :] if marks and marks[0][1] == 0 else line
        answer = extract_answer("", outputs=[value])
        if answer is not None:
            answers[label] = answer
    return answers if len(answers) == len(labels) else {}
