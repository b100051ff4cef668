"""The result of a solution: an answer, one for each part, or a proof, as the problem asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from mathcli.problems import ProblemForm
from mathcli.solving.answering import answer_in, answer_of_parts, answers_to_parts, proof_in
from mathcli.solving.evidence import Same, computed, computed_parts
from mathcli.solving.progress import Progress
from mathcli.solving.transcript import AnswerInfo


@dataclass(frozen=True)
class ResultReader:
    """Reads the result of a solution, finished or not.

    Args:
        form: what the problem asks for.
        method: the one that the solution was begun with.
        convention: how the family writes answers.
        progress: the solution.

    `ended` says whether the solution came to its end.
    """

    form: ProblemForm
    method: str
    convention: str
    progress: Progress
    _known: dict[tuple[bool, int, bool], AnswerInfo | None] = field(default_factory=dict)

    def answer(self, *, ended: bool, guess: bool = True) -> AnswerInfo | None:
        """The answer, or the joined answers to all parts; see `answer_in`. Cached."""
        known = ended, len(self.progress.segments), guess
        if known not in self._known:
            self._known[known] = self._answer(ended=ended, guess=guess)
        return self._known[known]

    def _answer(self, *, ended: bool, guess: bool) -> AnswerInfo | None:
        if self.form.kind == "proof":
            return None
        if self.form.kind == "parts":
            return answer_of_parts(self.parts(ended=ended, guess=guess), self.form.labels)
        return answer_in(
            self.progress.segments, self.progress.executions,
            method=self.method, ended=ended, convention=self.convention, guess=guess,
        )  # fmt: skip

    def parts(self, *, ended: bool, guess: bool = True) -> dict[str, AnswerInfo]:
        """The answers to the problem's parts, as far as they are given."""
        return answers_to_parts(
            self.progress.segments, self.progress.executions, self.form.labels,
            ended=ended, convention=self.convention, guess=guess,
        )  # fmt: skip

    def proof(self) -> str | None:
        """The proof, if one was requested and the solution has ended."""
        if self.form.kind != "proof":
            return None
        return proof_in(self.progress.segments) or None

    def is_computed(self, answer: AnswerInfo, same: Same) -> bool:
        """Did the programs of an ended solution compute its answer, or each part's answer?

        Args:
            same: whether two values are equal.
        """
        executions = self.progress.executions
        if self.form.kind == "parts":
            parts = [one.text for one in self.parts(ended=True).values()]
            return computed_parts(parts, executions, same)
        return computed(answer.text, executions, same)
