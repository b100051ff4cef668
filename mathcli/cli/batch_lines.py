"""The results of a batch for people: on a terminal, a line for each problem."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from mathcli.rendering.drawn_answers import answer_line
from mathcli.rendering.marks import STYLES, Marks
from mathcli.rendering.trust_words import COLOURS, often, standing
from mathcli.text_safety import one_line

if TYPE_CHECKING:
    from mathcli.batches import Outcome
    from mathcli.solving.transcript import Transcript

_NUMBER, _OFTEN = 4, 15  # columns
_SHORTEST, _LONGEST = 10, 40  # columns of an answer, of which it takes a quarter of the screen


class BatchLines:
    """Draws results as lines of `width` columns, in characters of standard output's encoding.

    Args:
        width: columns of the terminal.
        keyed: whether problems have right answers, so that a mark stands before each answer.
    """

    def __init__(self, width: int, *, keyed: bool) -> None:
        self._width = width
        self._keyed = keyed
        self._answer = max(_SHORTEST, min(_LONGEST, width // 4))
        self._marks = Marks.of(sys.stdout.encoding)

    def head(self) -> Text:
        """The names of the columns."""
        mark = [("", "", 1)] if self._keyed else []
        return self._line("", *mark, ("answer", "dim", self._answer),
                          ("how often right", "dim", _OFTEN), ("problem", "dim", None))  # fmt: skip

    def line(self, outcome: Outcome, record: Mapping[str, Any]) -> Text:
        """A problem's number, the mark, the answer, how often such answers are right, and the
        problem; below it the reason where it has failed.

        Args:
            record: with the `verdict`, if the problem has a right answer.
        """
        found = outcome.transcript
        verdict = str(record.get("verdict", ""))
        mark = [(self._marks.signs.get(verdict, " "), STYLES.get(verdict, ""), 1)]
        line = self._line(
            str(outcome.problem.index + 1),
            *(mark if self._keyed else []),
            (_answer(outcome), COLOURS[standing(found)] if found else "red", self._answer),
            (_how_often(found), "", _OFTEN),
            (outcome.problem.text, "dim", None),
        )
        if outcome.error is not None:
            line.append(f"\n{'':{_NUMBER}}  {one_line(outcome.error.message)}", style="red")
        return line

    def _line(self, number: str, *cells: tuple[str, str, int | None]) -> Text:
        """The number, and cells: a text, its style, its columns (`None`: all that are left)."""
        line = Text(f"{number:>{_NUMBER}}", no_wrap=True, overflow="ignore")
        left = self._width - _NUMBER
        for text, style, size in cells:
            left -= 2 + (size or 0)
            line.append("  ")
            line.append(
                self._marks.fitted(text, max(0, left) if size is None else size), style=style
            )
        line.rstrip()
        return line


def _answer(outcome: Outcome) -> str:
    if outcome.transcript is not None and outcome.transcript.proof is not None:
        return "(proof)"
    return answer_line(outcome.prediction) if outcome.prediction else "-"


def _how_often(found: Transcript | None) -> str:
    if found is None:
        return "failed"
    if found.answer is None and found.proof is None:
        return "no problem" if found.kind == "none" else "no answer"
    if found.needs_human:
        return "too doubtful"
    if found.trust is None:
        return found.evidence or ""
    return often(found.trust)
