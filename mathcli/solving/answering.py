"""The answer of a solution: what its words state, or what its programs printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mathcli.answers import Answer, extract_answer
from mathcli.answers.multipart import joined_parts
from mathcli.answers.part_answers import part_answers
from mathcli.answers.typesetting import latex_of
from mathcli.sandbox import Execution
from mathcli.solving.transcript import AnswerInfo, Segment


def answer_in(
    segments: Iterable[Segment],
    executions: Iterable[Execution],
    *,
    method: str,
    ended: bool,
    convention: str,
    guess: bool = True,
) -> AnswerInfo | None:
    """The answer in the model's words, or the last output where the words have none.

    A solution that was cut off has an answer only where it states one: its last number or
    output may be any step on the way. The answer of a single program is its output.

    Args:
        ended: whether the solution came to its end.
        convention: in which the family writes answers.
        guess: whether the last number of the words will do where nothing else is there.
    """
    ran = list(executions)
    words = "\n".join(segment.text for segment in segments if segment.kind == "text")
    outputs = [one.stdout or one.value or "" for one in ran if one.status == "ok"]
    if method == "pal" and ran:
        words = ""
    found = extract_answer(
        words,
        outputs=outputs if ended else (),
        convention=convention,
        guess=guess,
        ended=ended,
    )
    return None if found is None else _info(found)


def answers_to_parts(
    segments: Iterable[Segment],
    executions: Iterable[Execution],
    labels: Sequence[str],
    *,
    ended: bool,
    convention: str,
    guess: bool = True,
) -> dict[str, AnswerInfo]:
    """The answers to the parts with these labels, as far as a solution gives them."""
    words = "\n".join(segment.text for segment in segments if segment.kind == "text")
    outputs = [one.stdout or one.value or "" for one in executions if one.status == "ok"]
    found = part_answers(
        words, labels, outputs=outputs if ended else (), convention=convention, guess=guess,
        ended=ended,
    )  # fmt: skip
    return {label: _info(answer) for label, answer in found.items()}


def answer_of_parts(found: Mapping[str, AnswerInfo], labels: Sequence[str]) -> AnswerInfo | None:
    """The answers to all parts as one; `None` where there are none at all."""
    if not found:
        return None
    if len(labels) == 1:
        return found[labels[0]]
    text = joined_parts({name: found[name].text if name in found else "" for name in labels})
    latex = r",\quad ".join(
        rf"\text{{({name}) }} {found[name].latex or latex_of(found[name].text)}"
        for name in labels
        if name in found
    )
    return AnswerInfo(text, latex)


def proof_in(segments: Iterable[Segment]) -> str:
    """The proof that a solution's words are."""
    return "\n".join(segment.text for segment in segments if segment.kind == "text").strip()


def _info(found: Answer) -> AnswerInfo:
    return AnswerInfo(found.text, found.latex, found.value)
