"""Tool-integrated reasoning: the model writes, its program runs, the output goes back.

The loop of ToRA (Gou et al. 2024): rationale, program, output, and again until an answer; an
error is fed back like any output, so that the model can mend its program. What differs between
families is in their cards. With `pal` (Gao et al. 2023) one program's output is the answer.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mathcli.answers import extract_answer
from mathcli.engines import Completion, Engine, Sampling, TextSequence
from mathcli.errors import ContextFull
from mathcli.models import Card, CodeFormat
from mathcli.sandbox import Execution, Executor, Limits, Semantics, feedback
from mathcli.solving.evidence import says
from mathcli.solving.programs import framed, source
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
    """How to solve. `method`, `rounds` and `max_tokens` default to the card's; `timeout` is in
    seconds."""

    method: str | None = None
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
        method = options.method or self.card.default_method
        runs = [await self._attempt(problem, method, options, listener, began)]
        fallback = self.card.prompt_for(method).fallback
        if fallback and runs[0].finish == "answer" and runs[0].answer() is None:
            runs.append(await self._attempt(problem, fallback, options, listener, began))
        return self._transcript(problem, method, options, runs, began)

    async def _attempt(
        self,
        problem: str,
        method: str,
        options: SolveOptions,
        listener: Listener | None,
        began: float,
    ) -> _Run:
        """One sequence from the prompt to its end."""
        template = self.engine.metadata("tokenizer.chat_template")
        prompt = render_prompt(self.card, method, problem, template, options.rounds)
        sequence = await self.engine.open(prompt, options.sampling)
        run = _Run(self, sequence, method, options, listener or _Silent())
        left = options.timeout and max(0.001, options.timeout - (time.perf_counter() - began))
        try:
            run.finish = await asyncio.wait_for(run.go(), left)
        except (asyncio.TimeoutError, TimeoutError):
            run.finish = "timeout"
        finally:
            await sequence.close()
        return run

    def _transcript(
        self, problem: str, method: str, options: SolveOptions, runs: Sequence[_Run], began: float
    ) -> Transcript:
        last = runs[-1]
        answer = last.answer()
        counts = [run.sequence.counts for run in runs]
        decoded = sum(run.decoded for run in runs)
        decode_ms = sum(run.decode_ms for run in runs)
        sampling = options.sampling
        return Transcript(
            id=uuid.uuid4().hex[:16],
            problem=problem,
            model=self.model,
            method=method,
            chose=last.method if len(runs) > 1 else None,
            sampling=SamplingInfo(sampling.temperature, sampling.top_p, sampling.seed, 1),
            segments=tuple(segment for run in runs for segment in run.segments),
            answer=answer,
            evidence=last.evidence(answer) if answer else None,
            finish="no_answer" if last.finish == "answer" and answer is None else last.finish,
            counts=TokenCounts(
                sum(one.prompt for one in counts),
                sum(one.generated for one in counts),
                sum(one.evaluated for one in counts),
                sum(len(run.executions) for run in runs),
            ),
            timing=Timing(
                load_ms=round(self.load_ms, 3),
                first_token_ms=round(runs[0].first_token_ms, 3),
                total_ms=round(1000 * (time.perf_counter() - began), 3),
                tokens_per_second=round(1000 * decoded / decode_ms, 2) if decode_ms else 0.0,
            ),
        )


class _Run:
    """One problem on its way: the sequence, and what has become of it so far."""

    def __init__(
        self,
        solver: Solver,
        sequence: TextSequence,
        method: str,
        options: SolveOptions,
        listener: Listener,
    ) -> None:
        self.sequence = sequence
        self.method = method
        self.finish: Finish = "error"
        self.segments: list[Segment] = []
        self.executions: list[Execution] = []
        self.first_token_ms = 0.0
        self.decode_ms = 0.0  # after the first token of each generation: without prompts
        self.decoded = 0
        self._executor = solver.executor
        self._card = solver.card
        self._semantics = Semantics(**solver.card.execution)
        self._limits = _limits(solver)
        self._rounds = options.rounds if options.rounds is not None else solver.card.rounds
        self._generations = solver.card.generations or 2 * self._rounds + 2
        self._max_tokens = options.max_tokens or solver.card.max_tokens
        self._listener = listener

    async def go(self) -> Finish:
        """Write and run until the model is done or may not go on."""
        for _ in range(self._generations):
            try:
                completion, stream = await self._write()
            except ContextFull:
                return "context"
            if completion.finish in ("max_tokens", "context"):
                return completion.finish
            if self._writes_on(completion, stream):
                continue
            if not self._wants_to_run(completion, stream):
                return "answer"
            if len(self.executions) >= self._rounds:
                return "max_rounds"
            await self._run(stream)
            if self.method == "pal":
                return "answer"
        return "max_rounds"

    def answer(self) -> AnswerInfo | None:
        """The answer in the model's words, or the last output where the words have none.

        A solution that was cut off has an answer only where it states one: its last number or
        output may be any step on the way. The answer of a single program is its output.
        """
        ended = self.finish == "answer"
        words = "\n".join(segment.text for segment in self.segments if segment.kind == "text")
        ran = [e.stdout or e.value or "" for e in self.executions if e.status == "ok"]
        if self.method == "pal" and self.executions:
            words = ""
        found = extract_answer(
            words, outputs=ran if ended else (), convention=self._card.answer, guess=ended
        )
        return AnswerInfo(found.text, found.latex, found.value) if found else None

    def evidence(self, answer: AnswerInfo) -> Evidence:
        """`computed` when a program that ran to its end printed this very answer."""
        outputs = [e.stdout + (e.value or "") for e in self.executions if e.status == "ok"]
        return "computed" if any(says(output, answer.text) for output in outputs) else "reasoned"

    async def _write(self) -> tuple[Completion, SegmentStream]:
        """One generation, split into segments as it streams."""
        card = self._card
        stream = SegmentStream(self._code, card.stops)
        splitter = _Splitter(self._listener)
        before = self.sequence.counts.generated
        try:
            completion = await self.sequence.generate(
                stop=(*card.code.stops, *card.stops),
                max_tokens=self._max_tokens,
                on_text=lambda text: splitter.take(stream.feed(text)),
            )
        finally:  # what a timeout cuts off is kept too
            splitter.take(stream.finish())
            self.segments += splitter.finish(self.sequence.counts.generated - before)
        if self.first_token_ms == 0.0:
            self.first_token_ms = completion.first_token_ms
        self.decode_ms += completion.milliseconds - completion.first_token_ms
        self.decoded += max(0, completion.tokens - 1)
        return completion, stream

    @property
    def _code(self) -> CodeFormat:
        """The markers of the coming generation: only a first program is begun by the prompt."""
        code = self._card.code
        if code.primed and (self.method == "cot" or self.segments):
            return replace(code, primed=False)
        return code

    def _writes_on(self, completion: Completion, stream: SegmentStream) -> bool:
        """Did the model only end a block of words?"""
        return completion.stop in self._card.code.continues and not stream.ends_with_program

    def _wants_to_run(self, completion: Completion, stream: SegmentStream) -> bool:
        """Did the model stop for an output, or end right after a program without an answer?"""
        if self.method == "cot":
            return False
        if stream.programs and source(stream.programs[-1], self._card.code) is None:
            self._amend(kind="text")
            return False
        if self._card.code.unless and self._card.code.unless in completion.text:
            return False
        if completion.stop in self._card.code.stops:
            return True
        return stream.ends_with_program and "\\boxed" not in completion.text

    def _amend(self, **changes: Any) -> None:
        """Record the last program as what it turned out to be."""
        code = [at for at, segment in enumerate(self.segments) if segment.kind == "code"]
        if code:
            self.segments[code[-1]] = replace(self.segments[code[-1]], **changes)

    async def _run(self, stream: SegmentStream) -> None:
        """Run the last program and give its output back to the model."""
        began = time.perf_counter()
        program = source(stream.programs[-1], self._card.code) if stream.programs else None
        shown, error, truncated = _NO_PROGRAM, None, False
        if program is not None:
            if program != stream.programs[-1]:
                self._amend(text=program)  # what ran, without the family's wrapping
            # What was stopped once would be stopped again, and take this program with it.
            earlier = [e.program for e in self.executions if e.status != "stopped"]
            execution = await self._executor.run(
                program, earlier=earlier, semantics=self._semantics, limits=self._limits
            )
            self.executions.append(execution)
            shown = feedback(execution, self._semantics)
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


def _limits(solver: Solver) -> Limits | None:
    """What a program may use, where the family's differs from the executor's."""
    seconds = solver.card.program_seconds
    if seconds is None:
        return None
    return replace(solver.executor.limits, wall_seconds=seconds, cpu_seconds=seconds)
