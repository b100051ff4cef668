"""A sequence that is evaluated by a server."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

from mathcli.engines.base import Completion, Counts, Piece, Sampling, TextSequence
from mathcli.engines.bodies import first, listed, mapping, number, text_of
from mathcli.engines.connection import ModelGone
from mathcli.engines.loops import LoopDetector
from mathcli.engines.retries import Attempts, Unavailable, observed
from mathcli.engines.servers.tokens import RemoteText
from mathcli.engines.servers.usage import TokenUsage
from mathcli.engines.streaming import StreamedText
from mathcli.errors import ContextFull, EngineError

if TYPE_CHECKING:
    from mathcli.engines.server import ServerEngine

Events = AsyncGenerator[Sequence[dict[str, Any]], None]

_QUESTION_SECONDS = 30.0  # seconds for the request that finds out why there was no text
_LAST_SECONDS, _LAST_PARTS = 1.0, 3  # seconds for the events after the end of a text
_MOST_SEED = 2**32 - 1  # llama.cpp uses this number for "random seed"


class ServerSequence(TextSequence):
    """A sequence in a `ServerEngine`.

    An interrupted stream is resumed: the text so far is sent back and the server continues it, so
    nothing is generated twice. Greedy text is the same as without the interruption; sampled text
    uses new random numbers from there on.
    """

    def __init__(
        self,
        engine: ServerEngine,
        sampling: Sampling,
        text: RemoteText,
        counts: Counts,
        written: str = "",
    ) -> None:
        self._engine = engine
        self._sampling = sampling
        self._text = text
        self._counts = counts
        self._written = written
        self._requests = 0
        self._loops = LoopDetector()

    @property
    def text(self) -> str:
        return self._written

    @property
    def counts(self) -> Counts:
        return self._counts

    async def generate(
        self,
        *,
        stop: Sequence[str] = (),
        max_tokens: int,
        keep_stop: bool = True,
        on_text: Callable[[str], None] | None = None,
        probabilities: bool = False,
    ) -> Completion:
        if max_tokens < 1:
            raise ValueError("max_tokens must be at least 1")
        await self._engine.measure(self._text)
        self._check_room()
        asked = self._engine.served.probability_fields() if probabilities else {}
        served = self._engine.served
        writing = StreamedText(
            stop, max_tokens, on_text, self._loops,
            ends=served.ends, shows_end=served.dialect.shows_end,
        )  # fmt: skip
        attempts = self._engine.attempts()
        try:
            async with self._engine.turns:
                while writing.finish is None:
                    model = self._engine.served.model
                    try:
                        await self._stream(writing, attempts, asked)
                    except Unavailable as trouble:
                        await self._engine.wait(attempts, trouble)
                    except ModelGone as gone:
                        await self._engine.follow(gone, model)
        finally:  # text already passed on is kept, also after a cancellation
            completion = writing.completion(keep_stop=keep_stop)
            self._take(completion, writing)
        if self._text.ids is not None:
            before = self._text.length - completion.tokens
            await self._engine.measure(self._text)
            self._recount(generated=self._text.length - before - completion.tokens)
        return completion

    async def append(self, text: str | Sequence[Piece]) -> None:
        pieces = [Piece(text)] if isinstance(text, str) else list(text)
        await self._engine.measure(self._text)
        before = self._text.length
        self._text.pieces += pieces
        self._loops.clear()
        self._written += "".join(piece.text for piece in pieces)
        await self._engine.measure(self._text)
        self._recount(prompt=self._text.length - before)

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        first = self._sampling.seed if seed is None else seed
        children: list[TextSequence] = []
        for index in range(n):
            child = ServerSequence(
                self._engine,
                replace(self._sampling, seed=first + index),
                self._text.copy(),
                replace(self._counts, evaluated=0),
                self._written,
            )
            child._loops = self._loops.copy()
            children.append(child)
        return children

    async def score(self, choices: Sequence[str]) -> list[float]:
        engine, served = self._engine, self._engine.served
        await self._check_single(choices)
        await engine.measure(self._text)
        self._check_room()
        body = {
            "prompt": self._text.prompt,
            "max_tokens": 1,
            "logprobs": served.dialect.most_log_probabilities,
            **served.sampling_fields(Sampling(), 0),
        }

        async def ask() -> dict[str, Any]:
            named = {"model": engine.served.model, **body}
            return await engine.connection.post("/v1/completions", named)

        async with engine.turns:
            answer = await engine.patiently(ask)
        usage = TokenUsage.read(answer, TokenUsage())
        self._recount(evaluated=usage.evaluated(self._text.length, 1))
        return _scores(choices, _log_probabilities(answer), engine.url)

    async def close(self) -> None:
        """Do nothing: the server holds nothing for a sequence."""

    # -- one request -------------------------------------------------------------------------

    async def _stream(
        self, writing: StreamedText, attempts: Attempts, asked: dict[str, Any]
    ) -> None:
        """Read one stream into `writing`, continuing its text; `asked` are further fields of the
        request.

        Raises:
            Unavailable: the stream was interrupted.
        """
        engine, served, text = self._engine, self._engine.served, self._text
        if writing.received:
            text = text.copy()
            text.pieces.append(_written(writing.received))
            await engine.measure(text)
        most = writing.most(engine.context_length - text.length if text.length else None)
        if writing.finish is not None:
            return
        body = {
            "model": served.model,
            "prompt": text.prompt,
            "max_tokens": most,
            "stream": True,
            **served.sampling_fields(self._sampling, self._seed()),
            **served.stream_fields(writing.stops),
            **asked,
        }
        writing.begin(text.length)
        silence = engine.connection.silence
        within = attempts.limit(silence)
        async with engine.connection.events("/v1/completions", body, within) as events:
            began = False
            heard = time.monotonic()
            try:
                while (some := await _next(events, heard + silence)) is not None:
                    began = True
                    if writing.take_all(some):
                        heard = time.monotonic()
                        attempts.succeeded()
                        engine.answered()
                    if writing.finish is not None:
                        if writing.ended:
                            await _read_rest(events, writing)
                        return
                raise Unavailable("the answer broke off")
            except Unavailable as trouble:
                if not began and not trouble.answered:
                    await self._ask_why(body, min(within, _QUESTION_SECONDS))
                raise

    async def _ask_why(self, body: dict[str, Any], within: float) -> None:
        """Request a single token without a stream: only then does llama-cpp-python report that a
        text is too long.

        Raises:
            ContextFull, EngineError: the reason, if the server has one.
        """
        plain = {name: body[name] for name in ("model", "prompt", "temperature")}
        plain["max_tokens"] = 1
        with suppress(Unavailable):
            await self._engine.connection.post("/v1/completions", plain, within)

    def _seed(self) -> int:
        """The sequence's seed for the first request; derived seeds for later ones, which would
        otherwise repeat the same draws."""
        seed = self._sampling.seed
        if self._requests:
            seed = crc32(f"{seed} {self._requests}".encode())
        self._requests += 1
        return seed % _MOST_SEED

    # -- counting ----------------------------------------------------------------------------

    def _take(self, completion: Completion, writing: StreamedText) -> None:
        """Add the generated text, with the server's token counts."""
        text, tokens = self._text, completion.tokens
        if self._engine.tokenizer is None and writing.prompt is not None:
            self._recount(prompt=writing.prompt - text.length)  # the length is known now
            text.length = writing.prompt
        if text.ids is None:
            text.measured += 1
        text.pieces.append(_written(completion.text))
        text.length += tokens
        self._written += completion.text
        self._recount(generated=tokens, evaluated=writing.evaluated)

    def _recount(self, *, prompt: int = 0, generated: int = 0, evaluated: int = 0) -> None:
        was = self._counts
        self._counts = Counts(
            prompt=was.prompt + prompt,
            generated=was.generated + generated,
            evaluated=was.evaluated + evaluated,
            length=was.length + prompt + generated,
        )

    def _check_room(self) -> None:
        length, holds = self._text.length, self._engine.context_length
        if length >= holds:
            raise ContextFull(
                f"the sequence has {length} tokens, the context holds {holds}",
                "let the server have a longer context",
            )

    async def _check_single(self, choices: Sequence[str]) -> None:
        tokenizer = self._engine.tokenizer
        if tokenizer is None:
            return
        for choice in choices:
            count = await self._engine.patiently(partial(tokenizer.count, choice, start=False))
            if count != 1:
                raise ValueError(f"{choice!r} is {count} tokens of this model, not one")


async def _next(events: Events, deadline: float) -> Sequence[dict[str, Any]] | None:
    """The next events; `None` at the end.

    Raises:
        Unavailable: no event arrives (comments that keep the connection alive do not count).
    """
    seconds = deadline - time.monotonic()
    try:
        if sys.version_info >= (3, 11):  # a task for each part would be slow
            async with asyncio.timeout(seconds):
                return await anext(events)
        return await asyncio.wait_for(observed(anext(events)), seconds)
    except StopAsyncIteration:
        return None
    except asyncio.TimeoutError:
        raise Unavailable("it writes nothing") from None


async def _read_rest(events: Events, writing: StreamedText) -> None:
    """Read the events after the end of a text: the last counts, and the end of the stream, after
    which the connection can be reused. Reading stops if there is more, or no end in time."""
    deadline = time.monotonic() + _LAST_SECONDS
    with suppress(Unavailable, EngineError):
        for _ in range(_LAST_PARTS):
            some = await _next(events, deadline)
            if some is None:
                return
            writing.take_all(some)


def _written(text: str) -> Piece:
    """Generated text as pieces; a special token spelled in it was one."""
    return Piece(text, markup=True)


def _scores(choices: Sequence[str], likeliest: dict[str, float] | None, url: str) -> list[float]:
    if likeliest is None:
        raise EngineError(
            f"the server {url} gives no log-probabilities",
            "score with a local model, or with llama-server or vLLM",
        )
    missing = [choice for choice in choices if choice not in likeliest]
    if missing:
        raise EngineError(
            f"the server {url} reports only the {len(likeliest)} likeliest tokens, "
            f"and {missing[0]!r} is not among them",
            "score with a local model",
        )
    return [likeliest[choice] for choice in choices]


def _log_probabilities(answer: dict[str, Any]) -> dict[str, float] | None:
    """Log-probabilities of the likeliest next tokens, as llama-server or as OpenAI gives them."""
    found = mapping(first(answer.get("choices")).get("logprobs"))
    tops = [mapping(one) for one in listed(first(found.get("content")).get("top_logprobs"))]
    pairs = [(text_of(one.get("token")), number(one.get("logprob"))) for one in tops]
    pairs += [(name, number(value)) for name, value in first(found.get("top_logprobs")).items()]
    measured = {name: min(0.0, value) for name, value in pairs if value is not None}
    return measured or None
