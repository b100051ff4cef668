"""What a solution says: an answer, a proof, answers to parts; and what speaks for them."""

from __future__ import annotations

import asyncio

from mathcli.answers import Verdict
from mathcli.solving.answering import answer_in, answer_of_parts, answers_to_parts, proof_in
from mathcli.solving.evidence import Same, alike, computed, computed_parts
from mathcli.solving.progress import Progress
from mathcli.solving.setting import Setting
from mathcli.solving.transcript import AnswerInfo, Evidence, Finish


class Findings:
    """Reads one solution as it grows. `finish` is how it ended; `None` while it goes on.

    Args:
        setting: what the problem asks for, and by which method it is solved.
        progress: what is written.
    """

    def __init__(self, setting: Setting, progress: Progress) -> None:
        self._request = setting.request
        self._method = setting.method
        self._convention = setting.resources.card.answer
        self._grader = setting.resources.grader
        self._progress = progress
        self._worked_out: bool | None = None  # by its programs; known once it has ended
        self._answers: dict[tuple[Finish | None, int, bool], AnswerInfo | None] = {}

    def answer(self, finish: Finish | None, *, guess: bool = True) -> AnswerInfo | None:
        """What the solution says so far; see `answer_in`. It is asked for several times."""
        known = finish, len(self._progress.segments), guess
        if known not in self._answers:
            self._answers[known] = self._answer(finish, guess=guess)
        return self._answers[known]

    def _answer(self, finish: Finish | None, *, guess: bool) -> AnswerInfo | None:
        if self._request.kind == "proof":
            return None
        if self._request.kind == "parts":
            return answer_of_parts(self.parts(finish, guess=guess), self._request.labels)
        return answer_in(
            self._progress.segments, self._progress.executions,
            method=self._method, ended=finish == "answer",
            convention=self._convention, guess=guess,
        )  # fmt: skip

    def parts(self, finish: Finish | None, *, guess: bool = True) -> dict[str, AnswerInfo]:
        """The answers to the problem's parts, as far as the solution gives them so far."""
        return answers_to_parts(
            self._progress.segments, self._progress.executions, self._request.labels,
            ended=finish == "answer", convention=self._convention, guess=guess,
        )  # fmt: skip

    def proof(self, finish: Finish | None) -> str | None:
        """The proof, where one was asked for and written to its end."""
        if self._request.kind != "proof" or finish != "answer":
            return None
        return proof_in(self._progress.segments) or None

    def evidence(self, finish: Finish | None, answer: AnswerInfo) -> Evidence:
        """What speaks for its answer, or for one that is equal to it.

        `guessed`: the solution was cut off, or states no answer, so that its last value was taken.
        """
        found = self._worked_out
        if found is None:
            found = self._computed(finish, answer, alike)
        if finish == "answer" and found:
            return "computed"
        stated = finish == "answer" and self.answer(finish, guess=False) is not None
        return "reasoned" if stated else "guessed"

    async def weigh(self, finish: Finish | None) -> None:
        """Compare the answer with what the programs said, once."""
        answer, grader = self.answer(finish), self._grader
        if self._worked_out is not None or answer is None:
            return
        self._worked_out = self._computed(finish, answer, alike)
        if not self._worked_out and grader is not None and self._progress.executions:

            def same(said: str, answer: str) -> bool:
                return grader.compare(said, answer).verdict is Verdict.CORRECT

            self._worked_out = await asyncio.to_thread(self._computed, finish, answer, same)

    def _computed(self, finish: Finish | None, answer: AnswerInfo, same: Same) -> bool:
        """Did programs work the answer out, or that to each part?"""
        executions = self._progress.executions
        if self._request.kind == "parts":
            return computed_parts(
                [one.text for one in self.parts(finish).values()], executions, same
            )
        return computed(answer.text, executions, same)
