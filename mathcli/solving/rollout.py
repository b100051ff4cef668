"""A solution on its way: the model writes, its program runs, the output goes back.

The loop of ToRA (Gou et al. 2024): rationale, program, output, and again until an answer; an
error is fed back like any output, so that the model can mend its program. What differs between
families is in their cards. With `pal` (Gao et al. 2023) one program's output is the answer.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mathcli.engines import Completion, Counts, TextSequence, Token
from mathcli.errors import ContextFull
from mathcli.models import CodeFormat
from mathcli.sandbox import Execution, feedback
from mathcli.solving.answering import answer_in
from mathcli.solving.doubt import least_probability, words_cue
from mathcli.solving.evidence import says
from mathcli.solving.fences import fenced_program
from mathcli.solving.methods import AUTO, PROGRAMS, WORDS, program_method
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.programs import framed, source
from mathcli.solving.running import ProgramRunner
from mathcli.solving.transcript import AnswerInfo, Evidence, Finish, Sample, Segment
from mathcli.solving.turn import Turn

if TYPE_CHECKING:
    from mathcli.solving.solver import Solver

_NO_PROGRAM = "SyntaxError: there is no program before this output"
_STEP_ENDS = "\n\n"


class Rollout:
    """One sequence from its prompt to its end, and what has become of it so far.

    `finish` is `None` while it can go on. A `step` is words up to a blank line, or a program
    with its output. `score` is what a strategy thinks of it, if it says so; `pruned` says that
    its answer did not count. Of one that is `watched` it is known how probable its tokens were.
    """

    def __init__(
        self,
        solver: Solver,
        sequence: TextSequence,
        method: str,
        options: SolveOptions,
        listener: Listener,
        *,
        seed: int,
        problem: str | None = None,
        watched: bool = False,
    ) -> None:
        self.sequence = sequence
        self.method = method
        self.seed = seed
        self.problem = problem  # where it is not the task's own
        self.finish: Finish | None = None
        self.score: float | None = None
        self.pruned = False
        self._watched = watched
        self._drawn: list[Token] = []
        self.segments: list[Segment] = []
        self.executions: list[Execution] = []
        self.first_token_ms = 0.0
        self.decode_ms = 0.0  # after the first token of each generation: without prompts
        self.decoded = 0
        self.ran = 0  # programs, without those from before a fork
        self._card = solver.card
        self._runner = ProgramRunner(solver.executor, solver.card)
        self._rounds = options.rounds if options.rounds is not None else solver.card.rounds
        self._turns_left = solver.card.generations or 2 * self._rounds + 2
        self._max_tokens = options.max_tokens or solver.card.max_tokens
        self._listener = listener
        self._turn: Turn | None = None
        self._inherited = Counts(0, 0, 0, 0)

    @property
    def counts(self) -> Counts:
        """The tokens of this rollout alone: without those of the one that it was forked from."""
        now, then = self.sequence.counts, self._inherited
        return replace(
            now, prompt=now.prompt - then.prompt, generated=now.generated - then.generated
        )

    @property
    def written(self) -> int:
        """Tokens generated since the prompt, in this rollout and those before its fork."""
        return self.sequence.counts.generated

    @property
    def least_probability(self) -> float | None:
        """Of the tokens of a solution in words; `None` for programs, and if nobody watches."""
        if self.used != WORDS:
            return None
        cue = words_cue(self._card) if self.method == AUTO else ""
        return least_probability(self._drawn, cue)

    @property
    def used(self) -> str:
        """The method; where that was left to the model, what it chose: words if there is no
        program."""
        if self.method != AUTO:
            return self.method
        wrote = any(segment.kind == "code" for segment in self.segments)
        return (program_method(self._card) if wrote else None) or WORDS

    async def go(self, until: Callable[[Rollout], bool] | None = None) -> None:
        """Write and run until the model is done or may not go on.

        Args:
            until: asked after every program; says whether to stop here.
        """
        while self.finish is None:
            await self._advance(())
            if self.finish is None and until is not None and until(self):
                self.finish = "stopped"

    async def step(self) -> None:
        """Write and run until the next blank line or output, or the end."""
        if self.finish is None:
            await self._advance((_STEP_ENDS,))

    async def fork(self, n: int, *, seed: int) -> list[Rollout]:
        """`n` rollouts that go on from here; the i-th of them samples with `seed` + i."""
        twins = []
        for index, sequence in enumerate(await self.sequence.fork(n, seed=seed)):
            twin = copy.copy(self)
            twin.sequence, twin.seed = sequence, seed + index
            twin.segments, twin.executions = list(self.segments), list(self.executions)
            twin._drawn = list(self._drawn)
            twin._turn = self._turn.copy() if self._turn else None
            twin._inherited = self.sequence.counts
            twin.first_token_ms = twin.decode_ms = 0.0
            twin.decoded = twin.ran = 0
            twins.append(twin)
        return twins

    async def close(self) -> None:
        """Give back its place in the engine."""
        await self.sequence.close()

    def sample(self) -> Sample:
        """This rollout as one of several in a transcript."""
        answer = self.answer()
        return Sample(
            method=self.used,
            seed=self.seed,
            segments=tuple(self.segments),
            answer=answer,
            evidence=self.evidence(answer) if answer else None,
            finish=self.ended(answer),
            generated_tokens=self.written,
            score=self.score,
            least_probability=self.least_probability,
            pruned=self.pruned or None,
            problem=self.problem,
        )

    def ended(self, answer: AnswerInfo | None) -> Finish:
        """How it ended; one that never did was cut off by a limit on the whole."""
        finish = self.finish or "timeout"
        return "no_answer" if finish == "answer" and answer is None else finish

    async def _advance(self, pauses: tuple[str, ...]) -> None:
        """One turn of the model, or what is left of it up to a pause; then its program."""
        if self._turn is None:
            if self._turns_left == 0:
                self.finish = "max_rounds"
                return
            self._turns_left -= 1
            self._turn = Turn(self._code, self._card.stops, self._listener)
        turn = self._turn
        try:
            completion = await self._write(turn, pauses)
        except ContextFull:
            self.finish = "context"
            return
        if completion.stop in pauses and completion.finish == "stop":
            return
        self._turn = None
        self.finish = await self._after(turn, completion)

    async def _after(self, turn: Turn, completion: Completion) -> Finish | None:
        """What a turn's end means: another turn, a program to run, or the end of it all."""
        if completion.finish in ("max_tokens", "context"):
            return "context" if completion.finish == "context" else "max_tokens"
        if not self._in_another_fence(turn):
            if self._writes_on(turn, completion):
                return None
            if not self._wants_to_run(turn, completion):
                return "answer"
        if len(self.executions) >= self._rounds:
            return "max_rounds"
        await self._run(turn)
        return "answer" if self.method == "pal" else None

    def answer(self, *, guess: bool = True) -> AnswerInfo | None:
        """What the solution says so far; see `answer_in`."""
        return answer_in(
            self.segments,
            self.executions,
            method=self.method,
            ended=self.finish == "answer",
            convention=self._card.answer,
            guess=guess,
        )

    def evidence(self, answer: AnswerInfo) -> Evidence:
        """`computed` when a program that ran to its end printed this very answer."""
        outputs = [e.stdout + (e.value or "") for e in self.executions if e.status == "ok"]
        return "computed" if any(says(output, answer.text) for output in outputs) else "reasoned"

    async def _write(self, turn: Turn, pauses: tuple[str, ...]) -> Completion:
        """Generate up to the turn's end, or to a pause outside of programs."""
        card = self._card
        while True:
            before = self.sequence.counts.generated
            try:
                completion = await self.sequence.generate(
                    stop=(*card.code.stops, *card.stops, *pauses),
                    max_tokens=max(1, self._max_tokens - turn.tokens),
                    on_text=turn.take,
                    probabilities=self._watched,
                )
            except BaseException:  # what a timeout cuts off is kept too
                self.segments += turn.finish(self.sequence.counts.generated - before)
                raise
            self._time(completion)
            self._drawn += completion.drawn
            tokens = self.sequence.counts.generated - before
            if completion.stop not in pauses or completion.finish != "stop":
                self.segments += turn.finish(tokens)
                return completion
            if turn.in_words:
                self.segments += turn.segments(tokens)
                return completion
            turn.tokens += tokens

    def _time(self, completion: Completion) -> None:
        if self.first_token_ms == 0.0:
            self.first_token_ms = completion.first_token_ms
        self.decode_ms += completion.milliseconds - completion.first_token_ms
        self.decoded += max(0, completion.tokens - 1)

    @property
    def _code(self) -> CodeFormat:
        """The markers of the coming generation: only a first program is begun by the prompt."""
        card = self._card
        primed = (card.code.primed and self.method != "cot") or card.methods[self.method].primed
        return replace(card.code, primed=primed and not self.segments)

    def _writes_on(self, turn: Turn, completion: Completion) -> bool:
        """Did the model only end a block of words, or in words anything that would be a program?"""
        ends = turn.stream.ends_with_program and self.method != WORDS
        return completion.stop in self._card.code.continues and not ends

    def _wants_to_run(self, turn: Turn, completion: Completion) -> bool:
        """Did the model stop for an output, or end right after a program without an answer?"""
        stream, code = turn.stream, self._card.code
        if self.method == "cot":
            return False
        if stream.programs and source(stream.programs[-1], code) is None:
            self._amend(kind="text")
            return False
        if code.unless and code.unless in turn.text:
            return False
        if completion.stop in code.stops:
            return True
        return stream.ends_with_program and "\\boxed" not in turn.text

    def _in_another_fence(self, turn: Turn) -> bool:
        """Has the model, without an answer, ended a program in a fence that the card does not name?

        Blocks may lie across turns, so this reads the whole text, up to the first program.
        """
        asks = self.method in PROGRAMS and "```python" in self._card.code.open
        text = self.sequence.text
        if not asks or turn.stream.programs or self.executions or "\\boxed" in text:
            return False
        found = fenced_program(text)
        if found is None:
            return False
        turn.stream.programs.append(found.program)
        whole = replace(self.segments[0], tokens=sum(one.tokens for one in self.segments))
        words = [replace(whole, text=found.before, tokens=0)] if found.before.strip() else []
        self.segments[:] = [*words, replace(whole, kind="code", text=found.program)]
        return True

    def _amend(self, **changes: Any) -> None:
        """Record the last program as what it turned out to be."""
        code = [at for at, segment in enumerate(self.segments) if segment.kind == "code"]
        if code:
            self.segments[code[-1]] = replace(self.segments[code[-1]], **changes)

    async def _run(self, turn: Turn) -> None:
        """Run the last program and give its output back to the model."""
        began, stream = time.perf_counter(), turn.stream
        program = source(stream.programs[-1], self._card.code) if stream.programs else None
        shown, error, truncated = _NO_PROGRAM, None, False
        if program is not None:
            if program != stream.programs[-1]:
                self._amend(text=program)  # what ran, without the family's wrapping
            execution = await self._runner.run(program, self.executions)
            self.executions.append(execution)
            self.ran += 1
            shown = feedback(execution, self._runner.semantics)
            error = execution.error or execution.stopped_by
            truncated = execution.truncated or len(shown) < len(execution.stdout.strip())
        before = self.sequence.counts.length
        if self.method != "pal":
            await self.sequence.append(framed(shown, self._card.code, stream))
        segment = Segment(
            kind="output",
            text=shown,
            ms=round(1000 * (time.perf_counter() - began), 3),
            tokens=self.sequence.counts.length - before,
            error=error,
            truncated=truncated or None,
        )
        self.segments.append(segment)
        self._listener.segment(segment)
