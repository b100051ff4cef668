"""The answer of a solution: what its words state, or what its programs printed."""

from __future__ import annotations

from collections.abc import Iterable

from mathcli.answers import extract_answer
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
    if found is None:
        return None
    return AnswerInfo(found.text, found.latex, found.value)
