"""An unfinished solution: the model writes, its program runs, the output goes back to the model.

The loop of ToRA (Gou et al. 2024): rationale, program, output, repeated until an answer; an error
is fed back like any output, so that the model can correct its program. The differences between
families are in their cards. With `pal` (Gao et al. 2023) one program's output is the answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mathcli.answers import Verdict
from mathcli.engines import Completion, Counts, TextSequence
from mathcli.errors import ContextFull
from mathcli.models import CodeFormat
from mathcli.sandbox import Execution, feedback
from mathcli.solving.calls import read_call
from mathcli.solving.confidence import Confidence, confidence
from mathcli.solving.doubt import least_probability, words_cue
from mathcli.solving.evidence import alike
from mathcli.solving.fences import fenced_program
from mathcli.solving.methods import AUTO, PROGRAMS, WORDS, program_method
from mathcli.solving.program_output import framed
from mathcli.solving.program_runs import ProgramRunner
from mathcli.solving.progress import Progress, Spent
from mathcli.solving.result_reader import ResultReader
from mathcli.solving.segments import SegmentStream
from mathcli.solving.setting import Setting
from mathcli.solving.thinking import begins_inside
from mathcli.solving.transcript import AnswerInfo, Evidence, Finish, Sample, Segment
from mathcli.solving.turn import Turn
from mathcli.solving.writing import Writer

_NO_PROGRAM = "SyntaxError: there is no program before this output"
_STEP_ENDS = "\n\n"


class Rollout:
    """One sequence from its prompt to its end, and its result so far.

    A `step` is text up to a blank line, or a program with its output; a thought is part of the
    step that follows it. Finish, score and pruning change only through its methods.
    """

    def __init__(
        self,
        setting: Setting,
        sequence: TextSequence,
        progress: Progress,
        *,
        seed: int,
        inherited: Counts | None = None,
        score: float | None = None,
    ) -> None:
        self.sequence = sequence
        self.seed = seed
        self.spent = Spent()
        self._finish: Finish | None = None
        self._score = score
        self._pruned = False
        self._setting = setting
        self._progress = progress
        self._worked_out: bool | None = None  # by its programs; known once the rollout has ended
        self.reading = ResultReader(
            setting.form, setting.method, setting.resources.card.answer, progress
        )
        self._inherited = inherited or Counts(0, 0, 0, 0)
        card, options = setting.resources.card, setting.options
        self._card = card
        self._runner = ProgramRunner(setting.resources.executor, card)
        self._writer = Writer(
            card, sequence, progress, self.spent,
            budget=setting.mode.budget, max_tokens=options.max_tokens or card.max_tokens,
            runs=setting.method != WORDS,
        )  # fmt: skip

    @property
    def finish(self) -> Finish | None:
        """How the rollout ended; `None` while it can go on."""
        return self._finish

    @property
    def score(self) -> float | None:
        """The score that a strategy gave it, from 0 to 1."""
        return self._score

    @property
    def pruned(self) -> bool:
        """Whether the vote ignored its answer."""
        return self._pruned

    def end(self, how: Finish) -> None:
        """End the rollout in this way, unless it has already ended."""
        self._finish = self._finish or how

    def rate(self, score: float) -> None:
        """Set its score, from 0 to 1."""
        self._score = score

    def prune(self) -> None:
        """Mark its answer as ignored by the vote."""
        self._pruned = True

    @property
    def method(self) -> str:
        """The method with which the rollout was begun."""
        return self._setting.method

    @property
    def problem(self) -> str | None:
        """The wording that it solves, if not the task's own."""
        return self._setting.problem

    @property
    def segments(self) -> list[Segment]:
        """The text written so far, and the outputs of its programs."""
        return self._progress.segments

    @property
    def executions(self) -> list[Execution]:
        """Its programs that have run."""
        return self._progress.executions

    @property
    def counts(self) -> Counts:
        """The tokens of this rollout alone, without those before its fork."""
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
        """The probability of the least probable token of a solution in words, if known; `None` for
        programs."""
        if self.used != WORDS:
            return None
        cue = words_cue(self._card) if self.method == AUTO else ""
        return least_probability(self._progress.drawn, cue)

    @property
    def confidence(self) -> Confidence | None:
        """The token probabilities of the solution, summarized; `None` if they are unknown."""
        return confidence(self._progress.drawn)

    @property
    def used(self) -> str:
        """The method used; if the model could choose, its choice: words without any program."""
        if self.method != AUTO:
            return self.method
        wrote = any(segment.kind == "code" for segment in self.segments)
        return (program_method(self._card) if wrote else None) or WORDS

    async def go(self, until: Callable[[Rollout], bool] | None = None) -> None:
        """Write and run programs until the model is done or a limit is reached.

        Args:
            until: called after every program; returns whether to stop.
        """
        while self.finish is None:
            await self._advance(())
            if self.finish is None and until is not None and until(self):
                self.end("stopped")
        await self._weigh()

    async def step(self) -> None:
        """Write and run programs until the next blank line or output, or the end."""
        if self.finish is None:
            await self._advance((_STEP_ENDS,))
        if self.finish is not None:
            await self._weigh()

    async def fork(self, n: int, *, seed: int) -> list[Rollout]:
        """`n` rollouts that go on from here; the i-th of them samples with `seed` + i."""
        return [
            Rollout(
                self._setting, sequence, self._progress.copy(),
                seed=seed + index, inherited=self.sequence.counts, score=self.score,
            )
            for index, sequence in enumerate(await self.sequence.fork(n, seed=seed))
        ]  # fmt: skip

    async def close(self) -> None:
        """Close its sequence, which frees a slot of the engine."""
        await self.sequence.close()

    # -- its result ----------------------------------------------------------------------------

    def sample(self) -> Sample:
        """This rollout as one of several in a transcript."""
        answer, evidence = self.said()
        return Sample(
            method=self.used,
            seed=self.seed,
            segments=tuple(self.segments),
            answer=answer,
            evidence=evidence,
            finish=self.ended(answer),
            generated_tokens=self.written,
            thinking_tokens=self._progress.thinking_tokens or None,
            score=self.score,
            confidence=self.confidence,
            least_probability=self.least_probability,
            pruned=self.pruned or None,
            problem=self.problem,
        )

    def said(self) -> tuple[AnswerInfo | None, Evidence | None]:
        """The answer so far, and the evidence for it."""
        answer = self.answer()
        return answer, self.evidence(answer) if answer else None

    def ended(self, answer: AnswerInfo | None) -> Finish:
        """How the rollout ended; `timeout` if the solve ended before it."""
        finish = self.finish or "timeout"
        if finish == "answer" and self.reading.proof() is not None:
            return "proof"
        return "no_answer" if finish == "answer" and answer is None else finish

    def answer(self, *, guess: bool = True) -> AnswerInfo | None:
        """The answer of the solution so far; see `answer_in`."""
        return self.reading.answer(ended=self.finish == "answer", guess=guess)

    def evidence(self, answer: AnswerInfo) -> Evidence:
        """The evidence for its answer, or for an equal one.

        `guessed`: the solution was cut off or states no answer, so its last value was taken.
        """
        worked_out = self._worked_out
        if worked_out is None:
            worked_out = self.reading.is_computed(answer, alike)
        if self.finish == "answer" and worked_out:
            return "computed"
        stated = self.finish == "answer" and self.answer(guess=False) is not None
        return "reasoned" if stated else "guessed"

    async def _weigh(self) -> None:
        """Compare the answer with the programs' outputs, once."""
        answer, grader = self.answer(), self._setting.resources.grader
        if self._worked_out is not None or answer is None:
            return
        self._worked_out = self.reading.is_computed(answer, alike)
        if not self._worked_out and grader is not None and self.executions:

            def same(said: str, answer: str) -> bool:
                return grader.compare(said, answer).verdict is Verdict.CORRECT

            self._worked_out = await asyncio.to_thread(self.reading.is_computed, answer, same)

    # -- one turn of the model -----------------------------------------------------------------

    async def _advance(self, pauses: tuple[str, ...]) -> None:
        """Write one turn of the model, or the rest of it, up to a pause; then run its program."""
        progress = self._progress
        if progress.turn is None:
            if progress.turns_left == 0:
                self.end("max_rounds")
                return
            progress.turns_left -= 1
            progress.turn, progress.turn_first = self._new_turn(), len(progress.segments)
        turn = progress.turn
        try:
            completion = await self._writer.write(turn, pauses)
        except ContextFull:
            self.end("context")
            return
        if completion.stop in pauses and completion.finish == "stop":
            return
        progress.turn = None
        self._finish = await self._after(turn, completion)

    def _new_turn(self) -> Turn:
        card = self._card
        inside = self._progress.inside
        stream = SegmentStream(self._code, card.stops, card.thinking, inside=inside)
        return Turn(stream, self._setting.listener)

    @property
    def _code(self) -> CodeFormat:
        """The markers of the next generation: the prompt may begin only the first program."""
        card = self._card
        own = self._setting.form.kind != "proof" and card.methods[self.method].primed
        primed = own or (card.code.primed and self.method != "cot")
        return card.code.replace(primed=primed and not self.segments)

    async def _after(self, turn: Turn, completion: Completion) -> Finish | None:
        """Act on a turn's end: run its program if there is one; the finish, or `None` to go on."""
        match completion.finish:
            case "max_tokens" | "context" | "loop" as cut:
                return cut
        if not self._in_another_fence(turn):
            if self._writes_on(turn, completion):
                return None
            if not self._wants_to_run(turn, completion):
                return "answer"
        if len(self.executions) >= self._setting.rounds:
            return "max_rounds"
        call = turn.stream.last_call
        if call is not None and self._runner.fails_again(call.program, self.executions):
            return "loop"
        await self._run(turn)
        return "answer" if self.method == "pal" else None

    def _writes_on(self, turn: Turn, completion: Completion) -> bool:
        """Did the turn end at a marker after which the model goes on writing?"""
        ends = turn.stream.ends_with_program and self.method != WORDS
        return completion.stop in self._card.code.continues and not ends

    def _wants_to_run(self, turn: Turn, completion: Completion) -> bool:
        """Did the model stop for an output, or end right after a program without an answer?"""
        stream, code = turn.stream, self._card.code
        if self.method == "cot":
            return False
        call = stream.last_call
        if call is not None and call.program is None and call.error is None:
            self._amend(kind="text")
            return False
        if code.unless and code.unless in turn.words:
            return False
        if completion.stop in stream.stops:
            return True
        called = code.syntax != "fenced" and not stream.in_fence
        return stream.ends_with_program and (called or "\\boxed" not in turn.words)

    def _in_another_fence(self, turn: Turn) -> bool:
        """Did the turn end without an answer, but with a program in a fence other than the card's?

        Fences may span turns, so the whole text is read, until a first program has been found.
        """
        card, text = self._card, self.sequence.text
        asks = self.method in PROGRAMS and "```python" in card.code.open and card.thinking is None
        if not asks or turn.stream.programs or self.executions or "\\boxed" in text:
            return False
        fenced = fenced_program(text)
        if fenced is None:
            return False
        turn.stream.programs.append(fenced.program)
        turn.stream.calls.append(read_call(fenced.program, card.code))
        whole = replace(self.segments[0], tokens=sum(one.tokens for one in self.segments))
        words = [replace(whole, text=fenced.before, tokens=0)] if fenced.before.strip() else []
        self.segments[:] = [*words, replace(whole, kind="code", text=fenced.program)]
        return True

    def _amend(self, **changes: Any) -> None:
        """Change the segment of the last program."""
        code = [at for at, segment in enumerate(self.segments) if segment.kind == "code"]
        if code:
            self.segments[code[-1]] = replace(self.segments[code[-1]], **changes)

    # -- its program ---------------------------------------------------------------------------

    async def _run(self, turn: Turn) -> None:
        """Run the last program and give its output back to the model."""
        began, stream = time.perf_counter(), turn.stream
        call = stream.last_call
        shown, error, truncated = _NO_PROGRAM, None, False
        if call is not None and call.program is not None:
            if call.program != stream.programs[-1]:
                self._amend(text=call.program)  # as it ran, without the family's wrapping
            execution = await self._runner.run(call.program, self.executions)
            self.executions.append(execution)
            self.spent.ran += 1
            shown = feedback(execution, self._runner.semantics)
            error = execution.error or execution.stopped_by
            truncated = execution.truncated or len(shown) < len(execution.stdout.strip())
        elif call is not None and call.error is not None:
            shown = error = call.error
        before = self.sequence.counts.length
        if self.method != "pal":
            await self._give_back(shown, stream)
        segment = Segment(
            kind="output",
            text=shown,
            ms=round(1000 * (time.perf_counter() - began), 3),
            tokens=self.sequence.counts.length - before,
            error=error,
            truncated=truncated or None,
        )
        self.segments.append(segment)
        self._setting.listener.segment(segment)

    async def _give_back(self, shown: str, stream: SegmentStream) -> None:
        """Append an output in the family's frame, after which the next turn begins."""
        frame = framed(shown, self._card.code, stream, self._setting.mode.switch.begin)
        thinking = self._card.thinking
        goes_on = thinking is not None and thinking.runs_code and stream.thinks_on
        self._progress.inside = goes_on or begins_inside(thinking, frame, first=False)
        await self.sequence.append(frame)
