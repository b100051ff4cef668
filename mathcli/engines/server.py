"""The engine that uses a server: llama-server, vLLM, Ollama, LM Studio and similar ones.

It needs `/v1/models` and `/v1/completions` with streaming. A sequence is kept here as text and
sent as a whole each time; through their prefix caches servers evaluate only the new part, so a fork
costs only the transfer.

Differences between servers:

- *Special tokens in plain text* (a problem that spells `<|im_end|>`): llama-server gets token
  ids that keep them plain text. vLLM gets token ids for texts that seem to contain one, cut
  inside it. Other servers get text and parse special tokens in it.
- *The begin token*: added once, by the server, if its model uses one.
- *Prompts*: sent as they are. Ollama puts its own template around each, unless the model was
  made with `TEMPLATE {{ .Prompt }}`.
- *Counts*: llama-server reports with each token what it evaluated, and so does vLLM when started
  with `--enable-prompt-tokens-details`. If a server does not report the cached tokens, all are
  counted as evaluated; if it reports no counts, the pieces of its stream are counted.
- *Sampling*: `top_k`, `min_p` and the repetition penalty are sent if they are on; servers that do
  not know them ignore or refuse them. The random numbers are the server's: the same seed gives
  another text than in the local engine, and not every server repeats a text for the same seed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mathcli.engines.base import Counts, Engine, Piece, Sampling
from mathcli.engines.connection import ModelGone, ServerConnection
from mathcli.engines.remote_sequence import ServerSequence
from mathcli.engines.retries import Attempts, Backoff, Unavailable, observed
from mathcli.engines.servers import Served
from mathcli.engines.servers.inspecting import inspect
from mathcli.engines.servers.tokens import RemoteText, RemoteTokenizer
from mathcli.errors import ContextFull, EngineError, ModelError, TimeUp
from mathcli.hosts import is_loopback

T = TypeVar("T")

KEY_VARIABLE = "MATHCLI_API_KEY"
_DEFAULT_CONTEXT = 4096  # tokens, if a server does not report it
_QUESTION = 30.0  # seconds for the list of models
_AT_FIRST = 5.0  # seconds to wait for a server that never answered: its address may be wrong


@dataclass(frozen=True)
class ServerOptions:
    """The options of a server.

    Args:
        url: its address, with or without `/v1`.
        model: the server's name of the model, needed if it has several.
        context: the longest sequence in tokens, if the server does not report it or holds more.
        concurrency: most requests at once (`None`: as many as the server decodes at once).
        key: bearer token; by default the environment's `MATHCLI_API_KEY`.
        backoff: how long to wait for an unreachable server.
        silence: seconds without a byte after which a response counts as interrupted.
        template: the model's chat template, if the server does not report it.
        limit: seconds within which the server must report its model.
        on_wait: called with a message when the server becomes unreachable and when it is back.
    """

    url: str
    model: str | None = None
    context: int | None = None
    concurrency: int | None = None
    key: str | None = field(
        default_factory=lambda: os.environ.get(KEY_VARIABLE) or None, repr=False
    )
    backoff: Backoff = field(default_factory=Backoff)
    silence: float = 300.0
    template: str | None = None
    limit: float | None = None
    on_wait: Callable[[str], None] | None = None


class ServerEngine(Engine):
    """A model on a server. Create it with `connect`, and use it only from the same event loop."""

    def __init__(
        self, options: ServerOptions, connection: ServerConnection, served: Served
    ) -> None:
        self.served = served
        self.url = connection.url
        self.connection = connection
        self.tokenizer = self._tokenizer()
        self.concurrency = options.concurrency or served.slots
        self.turns = asyncio.Semaphore(self.concurrency)
        self._options = options
        self._away = False
        self._closed = False

    @classmethod
    async def connect(cls, options: ServerOptions) -> ServerEngine:
        """Connect to a server and find out which model it serves.

        Raises:
            UsageError: the address is malformed.
            EngineError: there is no answer, or the server is not OpenAI-compatible.
            ModelError: the model is ambiguous, or not there.
            TimeUp: the limit is over.
        """
        try:
            return await asyncio.wait_for(observed(cls._connected(options)), options.limit)
        except asyncio.TimeoutError:
            raise TimeUp(
                f"time was up before {options.url} reported its model", "try a longer --timeout"
            ) from None

    @classmethod
    async def _connected(cls, options: ServerOptions) -> ServerEngine:
        connection = ServerConnection(options.url, key=options.key, silence=options.silence)
        patience = options.backoff.patience
        at_first = replace(options.backoff, patience=min(patience, _AT_FIRST))
        reached, loading = (Attempts(connection.url, b) for b in (at_first, options.backoff))
        try:
            while True:
                try:
                    within = min(loading.limit(_QUESTION), max(patience, 1.0))
                    served = await inspect(connection, options.model, within)
                    return cls(options, connection, served)
                except Unavailable as trouble:  # a server that answers with an error is starting
                    await (loading if trouble.answered else reached).wait(trouble)
        except BaseException:
            await connection.close()
            raise

    @property
    def context_length(self) -> int:
        lengths = [n for n in (self.served.context, self._options.context) if n]
        return min(lengths) if lengths else _DEFAULT_CONTEXT

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.connection.host)

    @property
    def version(self) -> str:
        """The server program, its version and its address, for transcripts."""
        return f"server {self.served.title} {self.url}"

    def metadata(self, key: str) -> str | None:
        served = self.served
        known = {
            "general.name": served.name,
            "tokenizer.chat_template": self._options.template or served.template,
            "tokenizer.bos_token": "",  # servers add the begin token themselves
            "tokenizer.eos_token": served.end,
        }
        return known.get(key)

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ServerSequence:
        text = RemoteText(list(prompt))
        await self.measure(text)
        if text.length >= self.context_length:
            raise ContextFull(
                f"the problem has {text.length} tokens, the context holds {self.context_length}",
                "shorten the problem, or let the server have a longer context",
            )
        return ServerSequence(self, sampling, text, Counts(text.length, 0, 0, text.length))

    async def aclose(self) -> None:
        """Close the engine and all its connections."""
        self.close()
        await self.connection.close()

    def close(self) -> None:
        self._closed = True

    # -- for sequences -----------------------------------------------------------------------

    async def measure(self, text: RemoteText) -> None:
        """Tokenize or count the new pieces of a text, if the server can."""
        if self.tokenizer is not None and text.measured < len(text.pieces):
            await self.patiently(lambda: text.measure(self.tokenizer))

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The response to a request that may be repeated.

        Raises:
            EngineError: the server stays unreachable.
        """
        attempts = self.attempts()
        while True:
            asked = self.served.model
            try:
                within = attempts.limit(self._options.silence)
                answer = await asyncio.wait_for(observed(ask()), within)
            except asyncio.TimeoutError:
                await self.wait(attempts, Unavailable("it is silent"))
            except Unavailable as trouble:
                await self.wait(attempts, trouble)
            except ModelGone as gone:
                await self.follow(gone, asked)
            else:
                self.answered()
                return answer

    def attempts(self) -> Attempts:
        """A new `Attempts`, without failures.

        Raises:
            EngineError: the engine is closed.
        """
        if self._closed:
            raise EngineError("the engine is closed")
        return Attempts(self.url, self._options.backoff)

    async def wait(self, attempts: Attempts, trouble: Unavailable) -> None:
        """Wait for the next attempt; report the first wait."""
        if not self._away:
            self._away = True
            patience = self._options.backoff.patience
            self._say(
                f"the server {self.url} does not answer ({trouble.reason}); "
                f"trying again for up to {patience:.0f} s"
            )
        await attempts.wait(trouble)

    async def follow(self, gone: ModelGone, asked: str) -> None:
        """Find the model `asked` for again: a restarted server may serve it under another name.

        Raises:
            ModelGone: no model on the server is known to be the same.
        """
        if asked != self.served.model:  # another sequence has found it already
            return
        try:
            served = await inspect(self.connection, None)
        except (ModelError, Unavailable):
            raise gone from None
        if not served.root or served.root != self.served.root or served.model == asked:
            raise gone
        self.served = replace(self.served, model=served.model)
        self.tokenizer = self._tokenizer()
        self._say(f"the server {self.url} serves {asked} as {served.model} now")

    def answered(self) -> None:
        """Note that the server responds."""
        if self._away:
            self._away = False
            self._say(f"the server {self.url} answers again")

    def _tokenizer(self) -> RemoteTokenizer | None:
        return self.served.dialect.tokenizer(self.connection, self.served.model)

    def _say(self, words: str) -> None:
        if self._options.on_wait is not None:
            self._options.on_wait(words)
