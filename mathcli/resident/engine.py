"""The client side of a resident process's engine.

A sequence's past is kept here as well: if the process dies, the sequences are rebuilt in a
replacement engine, with the same tokens and random numbers, and a running generation continues
from the last token received. The caller notices nothing but the delay.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from mathcli.engines.base import Completion, Counts, Engine, Piece, Sampling, TextSequence
from mathcli.engines.past import Generated, Past
from mathcli.errors import EngineError
from mathcli.resident import messages
from mathcli.resident.link import Link, LinkLost

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.local_sequence import LlamaSequence

T = TypeVar("T")

_MOST_DEATHS = 5  # most engines lost in a row without any new text

Successor = Callable[[Link, bool], Awaitable["Link | LlamaEngine"]]


class ResidentEngine(Engine):
    """A model kept by another process. Use it from the event loop of its link.

    Args:
        succeed: finds or creates the replacement for a lost engine; its second argument is
            whether several died in a row, so that another resident engine is pointless.
    """

    def __init__(self, link: Link, succeed: Successor) -> None:
        self.about = link.about
        self.names = itertools.count(1)
        self.epoch = 0  # number of the engine in use
        self.link: Link | None = link
        self.local: LlamaEngine | None = None
        self._succeed = succeed
        self._replacing = asyncio.Lock()
        self._deaths = 0
        self._closed = False

    @property
    def context_length(self) -> int:
        return self.about.length

    @property
    def version(self) -> str:
        """The library and its version, for transcripts."""
        return self.about.library

    def metadata(self, key: str) -> str | None:
        return self.about.metadata.get(key)

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ResidentSequence:
        sequence = ResidentSequence(self, Past(list(prompt), sampling), Counts(0, 0, 0, 0))
        await sequence.settle()
        return sequence

    def close(self) -> None:
        self._closed = True
        if self.link is not None:
            self.link.close()
        if self.local is not None:
            self.local.close()

    # -- for sequences -----------------------------------------------------------------------

    async def replace(self, epoch: int) -> None:
        """Replace the engine that was lost in this epoch.

        Raises:
            EngineError: the engine is closed.
            ModelError, EngineError: raised by loading.
        """
        async with self._replacing:
            if self._closed:
                raise EngineError("the engine is closed")
            lost = self.link
            if self.epoch != epoch or lost is None:
                return
            self._deaths += 1
            successor = await self._succeed(lost, self._deaths > _MOST_DEATHS)
            if isinstance(successor, Link):
                self.link = successor
            else:
                self.link, self.local = None, successor
            self.epoch += 1

    def wrote(self) -> None:
        """Note that new text was written: the engine in use works."""
        self._deaths = 0


class ResidentSequence(TextSequence):
    """A sequence in a `ResidentEngine`."""

    def __init__(self, engine: ResidentEngine, past: Past, counts: Counts, text: str = "") -> None:
        self._engine = engine
        self._past = past
        self._text = text
        self._counts = counts
        self._spent = 0  # tokens evaluated in lost engines
        self._name = next(engine.names)
        self._epoch = -1  # number of the engine that holds it
        self._local: LlamaSequence | None = None
        self._closed = False

    @property
    def text(self) -> str:
        return self._text

    @property
    def counts(self) -> Counts:
        counts = self._local.counts if self._local is not None else self._counts
        return replace(counts, evaluated=counts.evaluated + self._spent)

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
        new_text = _NewText(on_text)

        async def here(sequence: LlamaSequence) -> Completion:
            new_text.begin()
            return await sequence.generate(
                stop=stop, max_tokens=max_tokens, keep_stop=keep_stop,
                on_text=new_text.text, probabilities=probabilities,
            )  # fmt: skip

        async def there(link: Link) -> Completion:
            new_text.begin()
            answer = await link.ask(
                "generate", hears=self._hearing(new_text), sequence=self._name, stop=list(stop),
                max_tokens=max_tokens, keep_stop=keep_stop, probabilities=probabilities,
            )  # fmt: skip
            completion = messages.completion(answer.get("completion"))
            self._past.begun = ()
            self._past.steps.append(Generated(tuple(messages.ids(answer["ids"])), completion.text))
            self._past.randoms = messages.whole(answer.get("randoms"))
            new_text.text(messages.text(answer.get("text")))
            self._take(answer)
            return completion

        completion = await self._do(here, there)
        self._text += completion.text
        self._engine.wrote()
        return completion

    def _hearing(self, new_text: _NewText) -> Callable[[dict[str, Any]], None]:
        """Record the messages of a generation before its end."""
        fresh: list[int] = []

        def hears(event: dict[str, Any]) -> None:
            fresh.extend(messages.ids(event["ids"]))
            if len(fresh) > len(self._past.begun):  # not while it repeats lost text
                self._past.begun = list(fresh)
                self._engine.wrote()
            self._take(event)
            new_text.text(messages.text(event["text"]))

        return hears

    async def append(self, text: str | Sequence[Piece]) -> None:
        pieces = [Piece(text)] if isinstance(text, str) else list(text)

        async def there(link: Link) -> None:
            fields = messages.from_pieces(pieces)
            self._take(await link.ask("append", sequence=self._name, pieces=fields))
            self._past.steps.append(pieces)

        await self._do(lambda sequence: sequence.append(pieces), there)
        self._text += "".join(piece.text for piece in pieces)

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        first = self._past.sampling.seed if seed is None else seed
        children = [
            ResidentSequence(self._engine, self._past.copy(first + index), self._counts, self._text)
            for index in range(n)
        ]

        async def here(sequence: LlamaSequence) -> None:
            for child, twin in zip(children, await sequence.fork(n, seed=first), strict=True):
                child._local, child._epoch = twin, self._epoch  # type: ignore[assignment]

        async def there(link: Link) -> None:
            names = [child._name for child in children]
            fields: dict[str, Any] = {"sequence": self._name, "as": names, "seed": first}
            try:
                answer = await link.ask("fork", **fields)
            except asyncio.CancelledError:  # the caller never got them and cannot close them
                for name in names:
                    link.tell("close", sequence=name)
                raise
            self._take(answer)
            for child, counted in zip(children, answer["of"], strict=True):
                child._take(counted)
                child._epoch = self._epoch

        await self._do(here, there)
        return list(children)

    async def score(self, choices: Sequence[str]) -> list[float]:
        async def there(link: Link) -> list[float]:
            answer = await link.ask("score", sequence=self._name, choices=list(choices))
            self._take(answer)
            return messages.listed(answer.get("scores"), lambda one: float(messages.text(one)))

        return await self._do(lambda sequence: sequence.score(choices), there)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        link = self._engine.link
        if self._local is not None:
            await self._local.close()
        elif link is not None and self._epoch == self._engine.epoch:
            link.tell("close", sequence=self._name)

    async def settle(self) -> None:
        """Move the sequence to the engine in use, if it is not there.

        Raises:
            ContextFull: the prompt alone is as long as the context.
        """

        async def here(sequence: LlamaSequence) -> None:
            return None

        async def there(link: Link) -> None:
            return None

        await self._do(here, there)

    async def _do(
        self,
        here: Callable[[LlamaSequence], Awaitable[T]],
        there: Callable[[Link], Awaitable[T]],
    ) -> T:
        """Run an operation in the engine in use, and again in its replacement if that is lost."""
        engine = self._engine
        while True:
            epoch = engine.epoch
            try:
                if self._epoch != epoch:
                    await self._move(epoch)
                if self._local is not None:
                    return await here(self._local)
                assert engine.link is not None  # one of the two exists
                return await there(engine.link)
            except LinkLost:
                await engine.replace(epoch)

    async def _move(self, epoch: int) -> None:
        """Rebuild the sequence in the engine of this epoch."""
        engine = self._engine
        if self._epoch >= 0:
            self._spent += self._counts.evaluated
            self._counts = replace(self._counts, evaluated=0)
        if engine.local is not None:
            from mathcli.engines.local_sequence import sequence_of

            self._local = sequence_of(engine.local, self._past)
        elif engine.link is not None:
            fields = messages.from_past(self._past)
            self._take(await engine.link.ask("open", sequence=self._name, **fields))
        self._epoch = epoch

    def _take(self, answer: dict[str, Any]) -> None:
        self._counts = messages.counts(answer.get("counts"))


class _NewText:
    """Passes a generation's text to its listener, without the text that is generated again after
    a loss."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._heard = 0  # characters
        self._written = 0

    def begin(self) -> None:
        """Note that an engine begins the generation again."""
        self._written = 0

    def text(self, text: str) -> None:
        """Take more text, which may have been passed on before."""
        new = text[max(0, self._heard - self._written) :]
        self._written += len(text)
        if new and self._on_text is not None:
            self._on_text(new)
        self._heard = max(self._heard, self._written)
