"""Rollouts for calibration: every problem with each method, several times, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from mathcli.answers import answer_classes
from mathcli.answers.keys import judged
from mathcli.batches import Problem
from mathcli.calibration.reference import Judged, JudgedRollout
from mathcli.errors import ContextFull, ModelError
from mathcli.models import Card
from mathcli.solving import SolveOptions, Solver
from mathcli.solving.methods import AUTO, WORDS, program_method
from mathcli.solving.options import Silent
from mathcli.solving.rollout import Rollout
from mathcli.solving.strategies.switching import leads_nowhere
from mathcli.solving.task import Task
from mathcli.trust import Known, of_sample, signs

if TYPE_CHECKING:
    from mathcli.answers import Grader


@dataclass(frozen=True)
class RecordedRollout:
    """One rollout: its method and answer, whether a program ran, whether `auto` would try the other
    method after it, the number of its tokens, the probability of the least probable one (if it is
    in words and that is known), and its signs (see `trust.signs`)."""

    used: str
    answer: str | None
    ran: bool
    lost: bool
    tokens: int
    least: float | None = None
    signs: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Explored:
    """A problem with its rollouts, by the method that was asked for; without rollouts if the
    problem is longer than the context."""

    problem: Problem
    rollouts: Mapping[str, tuple[RecordedRollout, ...]]

    @property
    def tokens(self) -> int:
        """The tokens generated in all rollouts together."""
        return sum(one.tokens for some in self.rollouts.values() for one in some)

    def record(self) -> dict[str, Any]:
        """As JSON-ready data, as it is kept in a file."""
        rollouts = {way: [asdict(one) for one in some] for way, some in self.rollouts.items()}
        expected = self.problem.expected
        return {"problem": self.problem.text, "rollouts": rollouts} | (
            {"expected_answer": expected} if expected is not None else {}
        )

    @classmethod
    def from_record(cls, problem: Problem, record: Mapping[str, Any]) -> Explored:
        """The problem with its rollouts that `record()` wrote."""
        return cls(
            problem,
            {
                way: tuple(RecordedRollout(**one) for one in some)
                for way, some in record["rollouts"].items()
            },
        )

    def judged(self, grader: Grader) -> Judged:
        """Right or wrong by the key; without one, by agreement with most of the rollouts."""
        everything = [one for some in self.rollouts.values() for one in some]
        right = self._right([one.answer for one in everything if one.answer], grader)

        def trials(way: str) -> tuple[JudgedRollout, ...]:
            return tuple(
                JudgedRollout(
                    one.used,
                    answered=one.answer is not None,
                    correct=one.answer in right,
                    ran=one.ran,
                    lost=one.lost,
                    least=one.least,
                )
                for one in self.rollouts.get(way, ())
            )

        code = next(way for way in self.rollouts if way not in (WORDS, AUTO))
        known = tuple(
            Known(self.problem.text, one.signs, one.answer in right, 1 / len(everything))
            for one in everything
            if one.answer is not None and one.signs is not None
        )
        return Judged(
            self.problem.text,
            words=trials(WORDS),
            code=trials(code),
            free=trials(AUTO),
            keyed=self.problem.expected is not None,
            known=known,
        )

    def _right(self, answers: list[str], grader: Grader) -> set[str]:
        expected = self.problem.expected
        if expected is not None:
            alike = {one: judged(one, expected, grader).verdict.value for one in set(answers)}
            return {one for one, verdict in alike.items() if verdict == "correct"}
        classes = answer_classes(answers, grader)
        if not classes:
            return set()
        most = max(classes, key=lambda one: one.count)
        return {answers[index] for index in most.indices}


def methods_of(card: Card) -> tuple[str, ...]:
    """The methods to compare: words, programs, and the model's own cue where the card has one.

    Raises:
        ModelError: the card has prompts for only one of words and programs.
    """
    code = program_method(card)
    if code is None or WORDS not in card.methods:
        known = ", ".join(card.methods) or "none, it scores solutions"
        raise ModelError(
            f"{card.title} has only one method: calibrating needs prompts for words and programs",
            f"it has: {known}",
        )
    return (WORDS, code, AUTO) if AUTO in card.methods else (WORDS, code)


class Explorer:
    """Solves each problem `options.samples` times with each method; the i-th rollouts of all
    methods have the same seed.

    Args:
        options: the sampling and the limits of one rollout.
        width: about how many rollouts run at once.
    """

    def __init__(self, solver: Solver, options: SolveOptions, *, width: int) -> None:
        self.methods = methods_of(solver.card)
        self._solver = replace(solver, chooser=None)
        self._options = options
        self._at_once = ceil(width / options.samples)

    async def explored(self, problems: Iterable[Problem]) -> AsyncGenerator[Explored, None]:
        """Problems with their rollouts, as they are finished.

        Raises:
            MathcliError: the engine or the executor failed.
        """
        waiting = iter(problems)
        running: set[asyncio.Task[Explored]] = set()
        try:
            while True:
                for problem in waiting:
                    running.add(asyncio.create_task(self._explore(problem)))
                    if len(running) == self._at_once:
                        break
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _explore(self, problem: Problem) -> Explored:
        try:
            return Explored(problem, {way: await self._tried(problem, way) for way in self.methods})
        except ContextFull:  # this problem is too long; the others are not
            return Explored(problem, {})

    async def _tried(self, problem: Problem, method: str) -> tuple[RecordedRollout, ...]:
        options = self._options
        task = Task(self._solver, problem.text, method, options, Silent())
        try:
            prompt = await task.open(method)
            rollouts = await task.fork(prompt, options.samples, seed=options.sampling.seed)
            await prompt.close()
            await asyncio.gather(*(rollout.go() for rollout in rollouts))
            return tuple(_attempt(rollout, problem.text) for rollout in rollouts)
        finally:
            await task.close()


def _attempt(rollout: Rollout, problem: str) -> RecordedRollout:
    answer = rollout.answer()
    return RecordedRollout(
        used=rollout.used,
        answer=answer.text if answer else None,
        ran=bool(rollout.executions),
        lost=leads_nowhere(rollout),
        tokens=rollout.written,
        least=rollout.least_probability,
        signs=signs(of_sample(rollout.sample(), problem)) if answer else None,
    )
