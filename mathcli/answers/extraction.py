"""Extracts the answer from a model's or a student's text.

Every solve runs this, so it uses string patterns only: no SymPy, no parsing of mathematics. Its
time is proportional to the length of the text, of which at most `MAX_TEXT` characters are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mathcli.answers import stated
from mathcli.answers.boxes import boxes, opened
from mathcli.answers.conclusions import concluded
from mathcli.answers.printed import without_words
from mathcli.answers.typesetting import latex_of, value_of

CONVENTIONS = ("boxed", "the answer is", "final answer", "####", "answer tag", "last number")
MAX_TEXT = 200_000
"""Characters; only the end of a longer text is read, because the answer is there."""
_SHORT = 80

_EMPTY_BOX = re.compile(r"[$\s]{0,4}\\(?:boxed|fbox)\s{0,4}\{[\s$]{0,4}\}[$\s.]{0,4}")
_REASONING = re.compile(r"<think>|</think>")
_TRACEBACK = re.compile(
    r"^[ \t]{0,20}Traceback \(most recent call last\):[^\n]*(?:\n[ \t][^\n]*|\n(?=\n?[ \t]+File ))*"
    r"(?:\n[\w.]{1,80}(?::[^\n]*)?(?=\n|\Z))?",
    re.M,
)
_ERROR_LINE = re.compile(
    r"^[ \t]{0,20}(?:[\w.]{0,60}(?:Error|Exception|Interrupt|Warning)\b[^\n]*"
    r"|File \"[^\"\n]{0,300}\", line \d+[^\n]*|Timeout\b[^\n]*)$",
    re.M,
)
_FENCE = re.compile(r"^[ \t]{0,20}```[ \t]{0,9}([\w+-]{0,20})[^\n]*$", re.M)
_PROGRAMS = frozenset(
    ["python", "py", "python3", "sympy", "tool_code", "javascript", "js", "c", "cpp"]
)
_FAILED = re.compile(r"(?:[A-Za-z_.]{0,80}(?:Error|Exception|Interrupt)|Timeout|Traceback)\b")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？\n]")
_MATH_WORDS = frozenset(
    str.split(
        "or and pi ln oo le ge ne in pm lt gt mp dx cm mm km kg mathbb mathrm frac dfrac "
        "tfrac sqrt sin cos tan cot sec csc log exp left right text cup cap infty leq geq neq "
        "cdot times circ Matrix Interval Union open FiniteSet begin end pmatrix"
    )
)


@dataclass(frozen=True)
class Answer:
    """An answer found in a text.

    Args:
        text: as written, without the decoration around it.
        latex: the same for typesetting, without dollar signs.
        value: a plain number or a value in SymPy's notation where one is cheap to get.
    """

    text: str
    latex: str
    value: str | None = None


def extract_answer(
    text: str,
    *,
    outputs: Sequence[str] = (),
    convention: str | None = None,
    guess: bool = True,
    ended: bool = True,
) -> Answer | None:
    """The answer that `text` states, or `None`.

    Args:
        text: what a model wrote, or a student.
        outputs: what the programs in it printed, oldest first; the last one is the answer
            where the text states none.
        convention: how the model was trained to state its answer (one of `CONVENTIONS`);
            it is tried first, then the others. `None` tries all, the most explicit first.
        guess: whether the value that the text concludes with is taken if no answer is stated.
        ended: whether the text is complete. In a text that was cut off, only a completely stated
            answer counts.

    >>> extract_answer(r"so we get $\\boxed{\\frac{1}{2}}$.").text
    '\\\\frac{1}{2}'
    >>> extract_answer("The answer is 42.").value
    '42'
    >>> extract_answer("The answer is 4", ended=False)
    """
    given = text[-MAX_TEXT:]
    text = _without_errors(given)
    visible = _without_reasoning(text)
    order = list(_FINDERS)
    wanted = (convention or "").strip().lower()
    if wanted in order:
        order.remove(wanted)
        order.insert(0, wanted)
    for source in (visible, text) if visible is not text else (text,):
        if not ended and opened(source):
            return None  # in the middle of stating it
        for name in order:
            answer = _FINDERS[name](source if ended or name == "boxed" else _finished(source))
            if answer and not _is_empty(answer):
                return _answer(answer)
    for output in reversed(outputs):
        if (printed := _printed(output)) is not None:
            return _answer(without_words(printed))
    for source in (visible, text) if guess and ended else ():
        answer = _concluded(source, words=text == given)
        # A student may answer in a word or a sentence; a model that does has not answered.
        if (
            answer
            and not _is_empty(answer)
            and (convention is None or answer != source.strip().rstrip("."))
        ):
            return _answer(answer)
    return None


def _is_empty(found: str) -> bool:
    """A sentence that ends in an empty box states nothing: "the solution is \\boxed{}"."""
    return _EMPTY_BOX.fullmatch(found.strip()) is not None


_FINDERS: dict[str, Callable[[str], str | None]] = {
    "boxed": stated.boxed,
    "answer tag": stated.tagged,
    "####": stated.hashes,
    "json": stated.in_json,
    "final answer": stated.final,
    "the answer is": stated.stated,
}


def _without_reasoning(text: str) -> str:
    """`text` without what stands between `<think>` and `</think>`."""
    if "<think>" not in text:
        return text
    kept, place, inside = [], 0, False
    for mark in _REASONING.finditer(text):
        opens = mark[0] == "<think>"
        if opens and not inside:
            kept.append(text[place : mark.start()])
        if not opens or not inside:
            place = mark.end()
        inside = opens
    return "".join(kept) + ("" if inside else text[place:])


def _without_errors(text: str) -> str:
    """`text` without the tracebacks and errors of programs, which contain line numbers."""
    if "Traceback (" in text:
        text = _TRACEBACK.sub("", text)
    return _ERROR_LINE.sub("", text)


def _finished(text: str) -> str:
    """A text that was cut off, up to the end of its last whole sentence or line."""
    ends = list(_SENTENCE_END.finditer(text, max(0, len(text) - 5_000)))
    return text[: ends[-1].end()] if ends else ""


def _printed(output: str) -> str | None:
    """The answer in a program's output: its last line, or a whole matrix; none after an error."""
    printed = output[-MAX_TEXT:].strip()
    last = printed.rsplit("\n", 1)[-1].strip()
    if not printed or _FAILED.match(last) or "Traceback (most recent call last)" in printed:
        return None
    return printed if last.count("[") != last.count("]") else last


def _concluded(text: str, *, words: bool) -> str | None:
    """The answer of a text that states none: the whole text if it is a short formula, else the
    value in the last sentence that has one, else, if allowed, a few words."""
    prose = _without_programs(text)
    marks = boxes(prose)
    if marks and marks[-1].empty:
        prose = prose[marks[-1].end :]  # an empty box says that there is no answer
        if not re.search(r"\d", prose):
            return None
    whole = prose.strip()
    if not whole or "\n" in whole or len(whole) > _SHORT:
        return concluded(prose)
    if not set(re.findall(r"[^\W\d_]{2,}", whole)) - _MATH_WORDS:
        return whole
    return concluded(prose) or (whole.rstrip(".") if words else None)


def _without_programs(text: str) -> str:
    """`text` without its programs; what they printed stays."""
    if "```" not in text:
        return text
    kept, place, program = [], 0, False
    for fence in _FENCE.finditer(text):
        if program:
            place, program = fence.end(), False
        else:
            kept.append(text[place : fence.start()])
            place, program = fence.end(), fence[1].lower() in _PROGRAMS
    return "\n".join(kept) + ("" if program else "\n" + text[place:])


def _answer(found: str) -> Answer:
    text = found.strip()
    dollars = len(re.findall(r"(?<!\\)\$", text))
    if dollars and dollars % 2 == 0:
        text = re.sub(r"(?<!\\)\$", "", text)
    elif text.endswith("$") or (text.startswith("$") and not re.match(r"\$\s?[\d.]", text)):
        text = text.strip("$")
    text = re.sub(r"^\*\*([^*]*)\*\*", r"\1", text.strip()).strip("*_ ")
    if re.match(r"\\[(\[]", text) and re.search(r"\\[)\]]\Z", text):
        text = text[2:-2].strip()
    text = re.sub(r"^(?:option|choice)\s{1,3}(?=\W?[A-J]\b)", "", text, flags=re.I)
    text = re.sub(r"(?<=[^.])[.．]$", "", text).strip() or found.strip()
    return Answer(text=text, latex=latex_of(text), value=value_of(text))
