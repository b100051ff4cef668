"""A sequence of the engine in this process; can be rebuilt after another engine was lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mathcli.engines.base import Completion, Counts, Piece, TextSequence
from mathcli.engines.past import Generated, Past
from mathcli.engines.sampling import Logits, log_probabilities
from mathcli.engines.slots import Slot, SlotRequest

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine


def sequence_of(engine: LlamaEngine, past: Past) -> LlamaSequence:
    """The sequence with this past; its tokens are evaluated with the next request.

    Raises:
        ValueError: the past has tokens that the model does not have.
    """
    written = [step.ids for step in past.steps if isinstance(step, Generated)]
    if any(not 0 <= token < engine.vocabulary for ids in (*written, past.begun) for token in ids):
        raise ValueError("the model does not have these tokens")
    tokens = engine.tokenize_prompt(past.prompt)
    slot = Slot(tokens, past.sampling, prompt=len(tokens))
    slot.preamble = engine.preamble(past.prompt, tokens)
    slot.sampler.skip(past.randoms)
    text = ""
    for step in past.steps:
        if isinstance(step, Generated):
            slot.tokens += step.ids
            slot.generated += len(step.ids)
            for token in step.ids:
                slot.loops.add(engine.piece(token))
            text += step.text
        else:
            added = engine.tokenize(step)
            slot.tokens += added
            slot.prompt += len(added)
            slot.loops.clear()
            text += "".join(piece.text for piece in step)
    slot.foreseen.extend(past.begun)
    return LlamaSequence(engine, slot, text)


class LlamaSequence(TextSequence):
    """A sequence in a `LlamaEngine`."""

    def __init__(self, engine: LlamaEngine, slot: Slot, text: str = "") -> None:
        self._engine = engine
        self._slot = slot
        self._text = text
        self._closed = False

    @property
    def text(self) -> str:
        return self._text

    @property
    def counts(self) -> Counts:
        slot = self._slot
        return Counts(slot.prompt, slot.generated, slot.evaluated, len(slot.tokens))

    @property
    def tokens(self) -> list[int]:
        """All of its tokens, including the prompt's; the list grows during a generation."""
        return self._slot.tokens

    def begins_with(self, preamble: int) -> None:
        """Set how many tokens are the same for every problem; before the first generation."""
        self._slot.preamble = preamble

    @property
    def randoms(self) -> int:
        """How many random numbers were used so far."""
        return self._slot.sampler.used

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
        loop = asyncio.get_running_loop()

        def give(text: str) -> None:
            with contextlib.suppress(RuntimeError):  # the event loop is closed: there is no reader
                if on_text is not None:
                    loop.call_soon_threadsafe(on_text, text)

        request = SlotRequest(
            self._slot,
            max_tokens=max_tokens,
            stops=stop,
            keep_stop=keep_stop,
            on_text=give if on_text else None,
            probabilities=probabilities,
        )
        completion = await self._submit(request)
        self._text += completion.text
        return completion

    async def append(self, text: str | Sequence[Piece]) -> None:
        tokens = self._engine.tokenize(text)
        if tokens:
            self._slot.tokens += tokens
            self._slot.prompt += len(tokens)
            self._slot.logits = None
            self._slot.loops.clear()
        self._text += text if isinstance(text, str) else "".join(piece.text for piece in text)

    async def score(self, choices: Sequence[str]) -> list[float]:
        ids = [self._engine.tokenize(choice) for choice in choices]
        for choice, tokens in zip(choices, ids, strict=True):
            if len(tokens) != 1:
                raise ValueError(f"{choice!r} is {len(tokens)} tokens of this model, not one")
        return log_probabilities(await self._evaluate(), [tokens[0] for tokens in ids])

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        await self._evaluate()
        first = self._slot.sampling.seed if seed is None else seed
        children: list[LlamaSequence] = []
        for index in range(n):
            sampling = replace(self._slot.sampling, seed=first + index)
            target = Slot(list(self._slot.tokens), sampling, prompt=self._slot.prompt)
            target.generated = self._slot.generated
            target.loops = self._slot.loops.copy()
            try:
                await asyncio.wrap_future(self._engine.scheduler.branch(self._slot, target))
            except asyncio.CancelledError:  # the caller never got them and cannot close them
                for slot in (target, *(child._slot for child in children)):
                    self._engine.scheduler.release(slot)
                raise
            children.append(LlamaSequence(self._engine, target, self._text))
        return list(children)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._engine.release(self._slot)

    async def _evaluate(self) -> Logits:
        """Evaluate the pending tokens; return the logits of the next token."""
        logits = self._slot.logits
        if logits is None or self._slot.pending:
            request = SlotRequest(self._slot)
            await self._submit(request)
            logits = request.logits  # the slot may have lost its place
        assert logits is not None
        return logits

    async def _submit(self, request: SlotRequest) -> Completion:
        self._engine.scheduler.submit(request)
        return await asyncio.wrap_future(request.future)
