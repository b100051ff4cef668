"""Completions of the model itself: `/v1/completions`, and chats under the model's own name."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from math import log
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mathcli.api.bodies import Body, Said, Wanted, conversation, wanted
from mathcli.api.faults import Refused
from mathcli.api.sending import Event, EventStream, while_there
from mathcli.api.service import Service
from mathcli.engines import Completion, Counts, Piece, TextSequence

_REASONS = {"stop": "stop", "eos": "stop", "max_tokens": "length", "context": "length",
            "loop": "length"}  # fmt: skip
_SURELY_NOT = -100.0  # the logarithm reported for a probability of 0


async def complete(service: Service, request: Request, body: Body) -> Response:
    """Answer `/v1/completions`."""
    asked = wanted(body, service.engine.context_length, chat=False)
    return await _answer(service, request, asked, _Text(service, _prompt(body.get("prompt"))))


async def chat(service: Service, request: Request, body: Body) -> Response:
    """Answer `/v1/chat/completions` for the model under its own name."""
    asked = wanted(body, service.engine.context_length, chat=True)
    return await _answer(service, request, asked, _Chat(service, conversation(body)))


class _Text:
    """The prompt and response format of a plain completion."""

    kind = "text_completion"
    chunk = "text_completion"
    prefix = "cmpl"

    def __init__(self, service: Service, prompt: str | list[int]) -> None:
        self._service = service
        self._prompt = prompt

    async def open(self, asked: Wanted) -> TextSequence:
        engine, prompt = self._service.engine, self._prompt
        if isinstance(prompt, list):
            return await engine.open_tokens(prompt, asked.sampling)
        return await engine.open([Piece(prompt, markup=True)], asked.sampling)

    def whole(self, completion: Completion, logprobs: bool) -> Event:
        choice = {"text": completion.text}
        return choice | {"logprobs": _logprobs(completion) if logprobs else None}

    def part(self, text: str) -> Event:
        return {"text": text}


class _Chat(_Text):
    """The prompt and response format of a chat."""

    kind = "chat.completion"
    chunk = "chat.completion.chunk"
    prefix = "chatcmpl"

    def __init__(self, service: Service, messages: Sequence[Said]) -> None:
        super().__init__(service, "")
        self._messages = messages

    async def open(self, asked: Wanted) -> TextSequence:
        pieces = await asyncio.to_thread(self._service.prompt_of, self._messages)
        return await self._service.engine.open(pieces, asked.sampling)

    def whole(self, completion: Completion, logprobs: bool) -> Event:
        return {"message": {"role": "assistant", "content": completion.text}}

    def part(self, text: str) -> Event:
        return {"delta": {"role": "assistant", "content": text}}


def _prompt(value: Any) -> str | list[int]:
    """A text or a list of tokens; also as the only element of a list."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, list)):
        value = value[0]
    tokens = isinstance(value, list) and value and all(type(one) is int for one in value)
    if not (tokens or (isinstance(value, str) and value)):
        raise Refused(422, "prompt must be one text, or the list of its tokens")
    return value  # type: ignore[no-any-return]


async def _answer(service: Service, request: Request, asked: Wanted, shape: _Text) -> Response:
    head = {
        "id": f"{shape.prefix}-{uuid.uuid4().hex[:24]}",
        "object": shape.chunk if asked.stream else shape.kind,
        "created": int(time.time()),
        "model": service.model,
    }
    if not asked.stream:
        return JSONResponse(await while_there(request, _whole(service, asked, shape, head)))
    if asked.samples > 1:
        raise Refused(422, "n must be 1 for a stream")
    events = _events(service, asked, shape, head)
    return EventStream(await while_there(request, _first(events)), events)


async def _first(events: AsyncGenerator[Event, None]) -> Event:
    return await anext(events)


async def _whole(service: Service, asked: Wanted, shape: _Text, head: Event) -> Event:
    sequences = [await shape.open(asked)]
    try:
        if asked.samples > 1:
            sequences += await sequences[0].fork(asked.samples - 1, seed=asked.sampling.seed + 1)
        made = await asyncio.gather(*(_written(asked, sequence) for sequence in sequences))
        counts = [sequence.counts for sequence in sequences]
    finally:
        await _closed(service, sequences)
    choices = [
        {"index": at, **shape.whole(one, asked.logprobs), "finish_reason": _REASONS[one.finish]}
        for at, one in enumerate(made)
    ]
    prompt, written = counts[0].prompt, sum(one.tokens for one in made)
    return {**head, "choices": choices, "usage": _usage(prompt, written),
            "timings": _timings(counts[0], made[0])}  # fmt: skip


async def _written(asked: Wanted, sequence: TextSequence, on_text: Any = None) -> Completion:
    return await sequence.generate(
        stop=asked.stops, max_tokens=asked.max_tokens, keep_stop=False, on_text=on_text,
        probabilities=asked.logprobs,
    )  # fmt: skip


async def _closed(service: Service, sequences: Sequence[TextSequence]) -> None:
    for sequence in sequences:
        service.metrics.tokens(sequence.counts)
        await sequence.close()


async def _events(
    service: Service, asked: Wanted, shape: _Text, head: Event
) -> AsyncGenerator[Event, None]:
    """The text as it is written; for a slow client, several pieces are combined."""
    sequence = await shape.open(asked)
    texts: list[str] = []
    wake = asyncio.Event()

    def add(text: str) -> None:
        texts.append(text)
        wake.set()

    task = asyncio.ensure_future(_written(asked, sequence, add))
    task.add_done_callback(lambda _: wake.set())
    try:
        while not task.done():
            await wake.wait()
            wake.clear()
            if texts:
                text = "".join(texts)
                texts.clear()
                counted = _timings(sequence.counts, None) if asked.timings else None
                yield _event(head, shape.part(text), None, counted)
        completion = await task
        part = shape.part("".join(texts))
        if asked.logprobs and shape.kind == _Text.kind:
            part["logprobs"] = _logprobs(completion)
        reason = _REASONS[completion.finish]
        yield _event(head, part, reason, _timings(sequence.counts, completion))
        if asked.usage:
            counts = sequence.counts
            yield {**head, "choices": [], "usage": _usage(counts.prompt, completion.tokens)}
    finally:
        task.cancel()
        await asyncio.wait({task})
        await _closed(service, [sequence])


def _event(head: Event, part: Event, reason: str | None, timings: Event | None) -> Event:
    event = {**head, "choices": [{"index": 0, **part, "finish_reason": reason}]}
    return event if timings is None else {**event, "timings": timings}


def _usage(prompt: int, written: int) -> Event:
    total = {"total_tokens": prompt + written}
    return {"prompt_tokens": prompt, "completion_tokens": written, **total}


def _timings(counts: Counts, completion: Completion | None) -> Event:
    """Timings in llama-server's format: evaluated prompt tokens, cached tokens, and sampled tokens
    including an end token."""
    ended = completion is not None and completion.finish == "eos"
    # Generated tokens are evaluated too, except the last one.
    read = max(0, min(counts.prompt, counts.evaluated - max(0, counts.generated - 1)))
    cached = counts.prompt - read
    return {"prompt_n": read, "cache_n": cached, "predicted_n": counts.generated + ended}


def _logprobs(completion: Completion) -> Event:
    drawn = completion.drawn
    return {
        "tokens": [one.piece.decode("utf-8", "replace") for one in drawn],
        "token_logprobs": [
            log(one.probability) if one.probability > 0 else _SURELY_NOT for one in drawn
        ],
    }
