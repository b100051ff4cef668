"""The answer of a solution: stated in its text, or printed by its programs."""

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
    """The answer stated in the model's text; without one, the last program's output.

    A solution that was cut off has an answer only if it states one: its last number or output
    may belong to any intermediate step. With a single program (`pal`) its output is the answer.

    Args:
        ended: whether the solution came to its end.
        convention: how the family writes answers.
        guess: whether the last number of the text is taken if there is nothing else.
    """
    ran = list(executions)
    words = "\n".join(segment.text for segment in segments if segment.kind == "text")
    outputs = [one.stdout or one.value or "" for one in ran if one.status == "ok"]
    if method == "pal" and ran:
        words = ""
    answer = extract_answer(
        words,
        outputs=outputs if ended else (),
        convention=convention,
        guess=guess,
        ended=ended,
    )
    return None if answer is None else _info(answer)


def answers_to_parts(
    segments: Iterable[Segment],
    executions: Iterable[Execution],
    labels: Sequence[str],
    *,
    ended: bool,
    convention: str,
    guess: bool = True,
) -> dict[str, AnswerInfo]:
    """The answers that a solution gives to the parts with these labels."""
    words = "\n".join(segment.text for segment in segments if segment.kind == "text")
    outputs = [one.stdout or one.value or "" for one in executions if one.status == "ok"]
    answers = part_answers(
        words, labels, outputs=outputs if ended else (), convention=convention, guess=guess,
        ended=ended,
    )  # fmt: skip
    return {label: _info(answer) for label, answer in answers.items()}


def answer_of_parts(answers: Mapping[str, AnswerInfo], labels: Sequence[str]) -> AnswerInfo | None:
    """The answers to all parts joined into one; `None` if no part has an answer."""
    if not answers:
        return None
    if len(labels) == 1:
        return answers[labels[0]]
    text = joined_parts({name: answers[name].text if name in answers else "" for name in labels})
    latex = r",\quad ".join(
        rf"\text{{({name}) }} {answers[name].latex or latex_of(answers[name].text)}"
        for name in labels
        if name in answers
    )
    return AnswerInfo(text, latex)


def proof_in(segments: Iterable[Segment]) -> str:
    """The text of a solution, read as a proof."""
    return "\n".join(segment.text for segment in segments if segment.kind == "text").strip()


def _info(answer: Answer) -> AnswerInfo:
    return AnswerInfo(answer.text, answer.latex, answer.value)
