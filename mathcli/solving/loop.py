"""Tool-integrated reasoning: the model writes, its program runs, the output goes back.

The loop of ToRA (Gou et al. 2024): rationale, program, output, and again until an answer; an
error is fed back like any output, so that the model can mend its program.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from mathcli.answers import extract_answer
from mathcli.engines import Completion, Engine, Sampling, TextSequence
from mathcli.errors import ContextFull
from mathcli.models import Card
from mathcli.sandbox import Execution, Executor, Semantics, feedback
from mathcli.solving.prompts import render_prompt
from mathcli.solving.segments import SegmentStream
from mathcli.solving.transcript import (
    AnswerInfo,
    Evidence,
    Finish,
    ModelInfo,
    SamplingInfo,
    Segment,
    SegmentKind,
    Timing,
    TokenCounts,
    Transcript,
)

_NO_PROGRAM = "SyntaxError: there is no program before this output"


class Listener(Protocol):
    """Watches a solve as it happens."""

    def delta(self, kind: SegmentKind, text: str) -> None:
        """More text of the segment that is being written."""

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""


class _Silent:
    def delta(self, kind: SegmentKind, text: str) -> None: ...

    def segment(self, segment: Segment) -> None: ...


@dataclass(frozen=True)
class SolveOptions:
    """How to solve. `rounds` and `max_tokens` default to the card's; `timeout` is in seconds."""

    method: str = "tir"
    sampling: Sampling = field(default_factory=Sampling)
    rounds: int | None = None
    max_tokens: int | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Solver:
    """Solves problems on one engine, with one executor, as one card says.

    Args:
        model: describes the engine's model in transcripts.
        load_ms: how long the model took to load, for transcripts.
    """

    engine: Engine
    executor: Executor
    card: Card
    model: ModelInfo
    load_ms: float = 0.0

    async def solve(
        self, problem: str, options: SolveOptions, listener: Listener | None = None
    ) -> Transcript:
        """Solve one problem.

        Raises:
            ContextFull: the problem alone is as long as the context.
            EngineError: the native library failed.
            ModelError: the card has no prompt for the method.
            SandboxError: programs cannot be confined on this machine.
        """
        began = time.perf_counter()
        template = self.engine.metadata("tokenizer.chat_template")
        prompt = render_prompt(self.card, options.method, problem, template)
        sequence = await self.engine.open(prompt, options.sampling)
        run = _Run(self, sequence, options, listener or _Silent())
        try:
            finish = await asyncio.wait_for(run.go(), options.timeout)
        except (asyncio.TimeoutError, TimeoutError):
            finish = "timeout"
        finally:
            await sequence.close()
        return self._transcript(problem, options, run, finish, began)

    def _transcript(
        self, problem: str, options: SolveOptions, run: _Run, finish: Finish, began: float
    ) -> Transcript:
        answer = run.answer(finish)
        counts = run.sequence.counts
        return Transcript(
            id=uuid.uuid4().hex[:16],
            problem=problem,
            model=self.model,
            method=options.method,
            sampling=SamplingInfo(
                options.sampling.temperature, options.sampling.top_p, options.sampling.seed, 1
            ),
            segments=tuple(run.segments),
            answer=answer,
            evidence=run.evidence(answer) if answer else None,
            finish="no_answer" if finish == "answer" and answer is None else finish,
            counts=TokenCounts(
                counts.prompt, counts.generated, counts.evaluated, len(run.executions)
            ),
            timing=Timing(
                load_ms=round(self.load_ms, 3),
                first_token_ms=round(run.first_token_ms, 3),
                total_ms=round(1000 * (time.perf_counter() - began), 3),
                tokens_per_second=round(1000 * counts.generated / run.decode_ms, 2)
                if run.decode_ms
                else 0.0,
            ),
        )


class _Run:
    """One problem on its way: the sequence, and what has become of it so far."""

    def __init__(
        self, solver: Solver, sequence: TextSequence, options: SolveOptions, listener: Listener
    ) -> None:
        self.sequence = sequence
        self.segments: list[Segment] = []
        self.executions: list[Execution] = []
        self.first_token_ms = 0.0
        self.decode_ms = 0.0
        self._executor = solver.executor
        self._card = solver.card
        self._semantics = Semantics(**solver.card.execution)
        self._rounds = options.rounds if options.rounds is not None else solver.card.rounds
        self._max_tokens = options.max_tokens or solver.card.max_tokens
        self._runs_code = options.method != "cot"
        self._listener = listener

    async def go(self) -> Finish:
        """Write and run until the model is done or may not go on."""
        while True:
            try:
                completion, stream = await self._write()
            except ContextFull:
                return "context"
            if completion.finish in ("max_tokens", "context"):
                return completion.finish
            if not self._wants_to_run(completion, stream):
                return "answer"
            if len(self.executions) >= self._rounds:
                return "max_rounds"
            await self._run(stream.programs[-1] if stream.programs else None, completion)

    def answer(self, finish: Finish) -> AnswerInfo | None:
        """The answer in the model's words, or the last output where the words have none.

        A solution that was cut off has an answer only where it states one: its last number or
        output may be any step on the way.
        """
        ended = finish == "answer"
        words = "\n".join(segment.text for segment in self.segments if segment.kind == "text")
        ran = [e.stdout or e.value or "" for e in self.executions if e.status == "ok"]
        found = extract_answer(
            words, outputs=ran if ended else (), convention=self._card.answer, guess=ended
        )
        return AnswerInfo(found.text, found.latex, found.value) if found else None

    def evidence(self, answer: AnswerInfo) -> Evidence:
        """`computed` when a program that ran to its end printed this very answer."""
        wanted = re.compile(rf"(?<![\w.]){re.escape(_bare(answer.text))}(?!\w|\.\d)")
        outputs = (_bare(e.stdout + (e.value or "")) for e in self.executions if e.status == "ok")
        return "computed" if any(map(wanted.search, outputs)) else "reasoned"

    async def _write(self) -> tuple[Completion, SegmentStream]:
        """One generation, split into segments as it streams."""
        stream = SegmentStream(self._card.code)
        splitter = _Splitter(self._listener)
        before = self.sequence.counts.generated
        try:
            completion = await self.sequence.generate(
                stop=(*self._card.code.stops, *self._card.stops),
                max_tokens=self._max_tokens,
                on_text=lambda text: splitter.take(stream.feed(text)),
            )
        finally:  # what a timeout cuts off is kept too
            splitter.take(stream.finish())
            self.segments += splitter.finish(self.sequence.counts.generated - before)
        if self.first_token_ms == 0.0:
            self.first_token_ms = completion.first_token_ms
        self.decode_ms += completion.milliseconds
        return completion, stream

    def _wants_to_run(self, completion: Completion, stream: SegmentStream) -> bool:
        """Did the model stop for an output, or end right after a program without an answer?"""
        if not self._runs_code:
            return False
        if completion.stop in self._card.code.stops:
            return True
        return stream.ends_with_program and "\\boxed" not in completion.text

    async def _run(self, program: str | None, completion: Completion) -> None:
        """Run a program and give its output back to the model."""
        began = time.perf_counter()
        shown, error, truncated = _NO_PROGRAM, None, False
        if program is not None:
            earlier = [execution.program for execution in self.executions]
            execution = await self._executor.run(
                program, earlier=earlier, semantics=self._semantics
            )
            self.executions.append(execution)
            shown = feedback(execution, self._semantics)
            error = execution.error or execution.stopped_by
            truncated = execution.truncated or len(shown) < len(execution.stdout.strip())
        before = self.sequence.counts.length
        await self.sequence.append(self._answer_to(completion, shown))
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

    def _answer_to(self, completion: Completion, shown: str) -> str:
        """The output as the card frames it, less what the model wrote of the frame itself."""
        framed = self._card.code.feedback.replace("{output}", shown)
        if completion.stop and framed.startswith(completion.stop):
            return framed[len(completion.stop) :]
        if completion.text.endswith("\n"):
            return framed
        return "\n" + framed


class _Splitter:
    """Collects streamed (kind, text) pairs into segments and tells the listener."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._began = time.perf_counter()
        self._kind: SegmentKind = "text"
        self._parts: list[str] = []
        self._done: list[Segment] = []

    def take(self, pairs: Iterable[tuple[SegmentKind, str]]) -> None:
        """Show more text, completing a segment where its kind changes."""
        for kind, text in pairs:
            if kind != self._kind:
                self._complete()
                self._kind = kind
            self._parts.append(text)
            self._listener.delta(kind, text)

    def finish(self, tokens: int) -> list[Segment]:
        """The segments; the generation's tokens are counted with its last one."""
        self._complete()
        if self._done:
            self._done[-1] = replace(self._done[-1], tokens=tokens)
        return self._done

    def _complete(self) -> None:
        text = "".join(self._parts)
        now = time.perf_counter()
        if text.strip():
            segment = Segment(self._kind, text, round(1000 * (now - self._began), 3), 0)
            self._done.append(segment)
            self._listener.segment(segment)
        self._began = now
        self._parts = []


def _bare(text: str) -> str:
    """Without spaces and outer brackets: `[2, 3]` and `2, 3` are the same print."""
    return "".join(text.split()).strip("[](){}.")
