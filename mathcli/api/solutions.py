"""The model `mathcli`: a chat endpoint that solves. Its programs run confined on this machine."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mathcli.api.bodies import Body, conversation, flag, mapping
from mathcli.api.faults import Refused
from mathcli.api.sending import Event, EventStream, while_there
from mathcli.api.service import SOLVER, Service
from mathcli.engines import Counts
from mathcli.problems import form_of
from mathcli.rendering.wording import what_comes_now
from mathcli.solving import Sample, Segment, SolveOptions, Transcript
from mathcli.solving.transcript import Exchange, SegmentKind
from mathcli.solving.unsolved import unsolved

_NO_PROBLEM = "This is no problem of mathematics."
_FENCES = {"code": ("\n```python\n", "\n```\n"), "output": ("```output\n", "\n```\n")}


async def solve(service: Service, request: Request, body: Body) -> Response:
    """Answer `/v1/chat/completions` for the model `mathcli`."""
    if body.get("n") not in (None, 1):
        raise Refused(422, "n must be 1 here; for a vote of several solutions use samples")
    problem, earlier = _problem(body)
    options = replace(service.options(body), earlier=earlier)
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex[:24]}",
        "object": "chat.completion.chunk" if flag(body, "stream") else "chat.completion",
        "created": int(time.time()),
        "model": SOLVER,
    }
    if not flag(body, "stream"):
        return JSONResponse(await while_there(request, _whole(service, problem, options, head)))
    usage = flag(mapping(body, "stream_options"), "include_usage")
    events = _events(service, problem, options, head, usage=usage)
    return EventStream(await while_there(request, _first(events)), events)


def _problem(body: Body) -> tuple[str, tuple[Exchange, ...]]:
    """The problem, which is the user's last message, and the conversation before it."""
    said = [one for one in conversation(body) if one.role != "system"]
    earlier: list[Exchange] = []
    asked: list[str] = []
    for one in said:
        if one.role == "user":
            asked.append(one.content)
        elif asked:
            earlier.append(Exchange("\n".join(asked), one.content))
            asked = []
    problem = "\n".join(asked).strip()
    if not problem or "\0" in problem:
        raise Refused(422, "the last message must be the user's, with a problem in it")
    return problem, tuple(earlier)


async def _first(events: AsyncGenerator[Event, None]) -> Event:
    return await anext(events)


class _SolutionText:
    """A listener that streams a solution as one text, with programs and outputs in fences."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._kind: SegmentKind | None = None

    def delta(self, kind: SegmentKind, text: str) -> None:
        self._turn(kind)
        self._tell(text)

    def segment(self, segment: Segment) -> None:
        if segment.kind == "output":
            self._turn("output")
            self._tell(segment.text)
        self._turn(None)

    def sample(self, number: int, of: int, sample: Sample) -> None:
        self._turn(None)
        answer = sample.answer.text if sample.answer else "none"
        self._tell(f"\n(solution {number} of at most {of}: {answer})\n")

    def given_up(self, sample: Sample) -> None:
        self._turn(None)
        self._tell(f"\n(given up; {what_comes_now(sample)})\n")

    def _turn(self, kind: SegmentKind | None) -> None:
        """Close the fence of the segment before, and open that of the next."""
        if kind == self._kind:
            return
        if self._kind in _FENCES:
            self._tell(_FENCES[self._kind][1])
        if kind in _FENCES:
            self._tell(_FENCES[kind][0])
        self._kind = kind


async def _solved(
    service: Service, problem: str, options: SolveOptions, heard: _SolutionText
) -> Transcript:
    """Solve the problem. A text that is certainly no problem is refused, except as a follow-up."""
    if not options.earlier and form_of(problem).kind == "none":
        return unsolved(service.solver, problem, options, kind="none")
    return await service.solver.solve(problem, options, heard)


async def _whole(service: Service, problem: str, options: SolveOptions, head: Event) -> Event:
    reasoning: list[str] = []
    transcript = await _solved(service, problem, options, _SolutionText(reasoning.append))
    message = {
        "role": "assistant",
        "content": _content(transcript),
        "reasoning_content": "".join(reasoning),
    }
    choice = {"index": 0, "message": message, "finish_reason": _reason(transcript)}
    _count(service, transcript)
    return {**head, "choices": [choice], "usage": _usage(transcript), SOLVER: _about(transcript)}


async def _events(
    service: Service, problem: str, options: SolveOptions, head: Event, *, usage: bool
) -> AsyncGenerator[Event, None]:
    texts: list[str] = []
    wake = asyncio.Event()

    def tell(text: str) -> None:
        texts.append(text)
        wake.set()

    task = asyncio.ensure_future(_solved(service, problem, options, _SolutionText(tell)))
    task.add_done_callback(lambda _: wake.set())
    try:
        while not task.done() or texts:
            await wake.wait()
            if not task.done():
                wake.clear()
            if texts:
                text = "".join(texts)
                texts.clear()
                yield _event(head, {"role": "assistant", "reasoning_content": text})
        transcript = await task
        _count(service, transcript)
        yield _event(head, {"role": "assistant", "content": _content(transcript)})
        last = _event(head, {}, _reason(transcript))
        yield {**last, SOLVER: _about(transcript)}
        if usage:
            yield {**head, "choices": [], "usage": _usage(transcript)}
    finally:
        task.cancel()
        await asyncio.wait({task})


def _event(head: Event, delta: Event, reason: str | None = None) -> Event:
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def _content(transcript: Transcript) -> str:
    """The answer, one line for each part, or the proof; empty without one, or if a human's review
    is needed. A text that is no problem gets a note about what this model does."""
    if transcript.kind == "none":
        return _NO_PROBLEM
    if transcript.proof is not None:
        return transcript.proof
    if transcript.answer is None or transcript.needs_human:
        return ""
    if transcript.kind == "parts":
        return "\n".join(
            f"({part.label}) {part.answer.text if part.answer else 'no answer'}"
            for part in transcript.parts
            if part.answer or part.missing
        )
    return transcript.answer.text


def _reason(transcript: Transcript) -> str:
    return "stop" if transcript.finish in ("answer", "proof", "no_answer", "stopped") else "length"


def _about(transcript: Transcript) -> dict[str, Any]:
    """Further facts from a transcript: how far to trust the answer."""
    record = transcript.record()
    names = ("id", "kind", "answer", "parts", "proof", "finish", "evidence", "method", "chose",
             "votes", "agreement", "needs_human", "check", "trust", "trust_basis",
             "withheld")  # fmt: skip
    return {name: record[name] for name in names if name in record}


def _count(service: Service, transcript: Transcript) -> None:
    counts = transcript.counts
    tokens = Counts(counts.prompt_tokens, counts.generated_tokens, counts.evaluated_tokens, 0)
    service.metrics.problem(transcript.finish, tokens)


def _usage(transcript: Transcript) -> Event:
    counts = transcript.counts
    prompt, written = counts.prompt_tokens, counts.generated_tokens
    total = {"total_tokens": prompt + written}
    return {"prompt_tokens": prompt, "completion_tokens": written, **total}
