"""Random schedules of sequences, and a one-sequence run of the same tokens to compare with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from mathcli.engines import Piece, Sampling, TextSequence
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine, LlamaSequence
from mathcli.engines.native import Context, Model, Part
from mathcli.engines.sampling import log_probabilities
from mathcli.errors import ContextFull

# Logits of these models are spread over ten and more. Batches of another size or order change
# them by less than 0.02 (measured); a memory that is wrong changes them by whole units.
TOLERANCE = 0.1
LENGTH = 96  # tokens of the longest sequence


@dataclass(frozen=True)
class Generate:
    max_tokens: int
    stops: tuple[str, ...]
    keep_stop: bool


@dataclass(frozen=True)
class Append:
    text: str


@dataclass(frozen=True)
class Score:
    pass


@dataclass(frozen=True)
class Wait:
    """Others go on, and may take this sequence's place."""


@dataclass(frozen=True)
class Cancel:
    """Ask for text, and close the sequence before it is there."""


@dataclass(frozen=True)
class Fork:
    children: tuple[tuple[Step, ...], ...]


Step = Generate | Append | Score | Wait | Cancel | Fork


@dataclass(frozen=True)
class Client:
    prompt: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Schedule:
    """What is asked of one engine: its clients work at the same time."""

    clients: tuple[Client, ...]
    sequences: int
    streams: bool
    batch: int
    deterministic: bool


_BEGINNINGS = ["", "abcdefghabcdabcdefgh", "abcdefghabcdabcdefghhgfedcbahgfedcba", "hhhggg"]
_letters = st.text("abcdefgh", max_size=10)
_simple = st.one_of(
    st.builds(
        Generate,
        st.integers(1, 16),
        st.lists(st.text("abcdefgh", min_size=1, max_size=3), max_size=3).map(tuple),
        st.booleans(),
    ),
    st.builds(Append, _letters),
    st.just(Score()),
    st.just(Wait()),
)
_steps = st.lists(_simple, max_size=4).map(tuple)
_forks = st.builds(Fork, st.lists(_steps, min_size=1, max_size=3).map(tuple))
_clients = st.builds(
    Client,
    st.builds(str.__add__, st.sampled_from(_BEGINNINGS), st.text("abcdefgh", min_size=1)),
    st.lists(st.one_of(_simple, _simple, _forks, st.just(Cancel())), min_size=1, max_size=5).map(
        tuple
    ),
)
schedules = st.builds(
    Schedule,
    clients=st.lists(_clients, min_size=1, max_size=5).map(tuple),
    sequences=st.integers(1, 6),
    streams=st.booleans(),
    batch=st.sampled_from([16, 96]),
    deterministic=st.sampled_from([False, False, False, True]),
)


@dataclass
class Written:
    """One sequence's tokens, which of them were drawn, and what was scored along the way."""

    tokens: list[int] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)  # their places
    ends: list[int] = field(default_factory=list)  # lengths after which the end token was drawn
    scores: list[tuple[int, list[float]]] = field(default_factory=list)


@dataclass
class Outcome:
    """What a schedule wrote, and how many tokens went through the model for it."""

    written: list[Written]
    decoded: int  # counted at the library
    evaluated: int  # counted by the sequences


def run(path: Path, schedule: Schedule) -> Outcome:
    """Work a schedule off in a fresh engine.

    Raises:
        TimeoutError: a caller was left waiting.
    """
    options = EngineOptions(
        context=LENGTH, sequences=schedule.sequences, streams=schedule.streams,
        batch=schedule.batch, threads=1, deterministic=schedule.deterministic,
    )  # fmt: skip
    engine = LlamaEngine(path, options)
    counter = _Counter(engine)
    clients = _Clients(engine)
    try:
        asyncio.run(asyncio.wait_for(clients.all(schedule.clients), 60))
        slots = [sequence._slot for sequence in clients.opened]
    finally:
        engine.close()
    evaluated = sum(slot.evaluated for slot in slots)
    return Outcome(clients.written, counter.tokens, evaluated)


class _Counter:
    """Counts tokens of the batches that the library evaluated."""

    def __init__(self, engine: LlamaEngine) -> None:
        self.tokens = 0
        decode = engine._context.decode

        def counted(parts: Sequence[Part]) -> bool:
            done = decode(parts)
            self.tokens += sum(len(part.tokens) for part in parts) if done else 0
            return done

        engine._context.decode = counted  # type: ignore[method-assign]


class _Clients:
    def __init__(self, engine: LlamaEngine) -> None:
        self._engine = engine
        self.written: list[Written] = []
        self.opened: list[LlamaSequence] = []

    async def all(self, clients: Sequence[Client]) -> None:
        await asyncio.gather(*(self._client(client) for client in clients))

    async def _client(self, client: Client) -> None:
        sequence = await self._engine.open([Piece(client.prompt)], Sampling())
        await self._follow(sequence, Written(), client.steps)

    async def _follow(
        self, sequence: TextSequence, written: Written, steps: Sequence[Step]
    ) -> None:
        assert isinstance(sequence, LlamaSequence)
        self.opened.append(sequence)
        self.written.append(written)
        with contextlib.suppress(ContextFull):
            for step in steps:
                await self._step(sequence, written, step)
        if not (steps and isinstance(steps[-1], Cancel)):
            written.tokens = list(sequence._slot.tokens)
        await sequence.close()

    async def _step(self, sequence: LlamaSequence, written: Written, step: Step) -> None:
        slot = sequence._slot
        match step:
            case Generate():
                before, text = len(slot.tokens), sequence.text
                completion = await sequence.generate(
                    max_tokens=step.max_tokens, stop=step.stops, keep_stop=step.keep_stop
                )
                written.drawn += range(before, len(slot.tokens))
                if completion.finish == "eos":
                    written.ends.append(len(slot.tokens))
                spelled = b"".join(self._engine._model.piece(t) for t in slot.tokens[before:])
                assert sequence.text == text + spelled.decode("utf-8", "replace")
            case Append():
                await sequence.append(step.text)
            case Score():
                written.scores.append((len(slot.tokens), await sequence.score("abcdefgh")))
            case Wait():
                await asyncio.sleep(0.005)
            case Cancel():
                written.tokens = list(slot.tokens)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(sequence.generate(max_tokens=50), 0.002)
                await sequence.close()
                raise ContextFull("cancelled", "")
            case Fork():
                await self._fork(sequence, written, step)

    async def _fork(self, sequence: LlamaSequence, written: Written, step: Fork) -> None:
        children = await sequence.fork(len(step.children))
        branches = [
            self._follow(
                child,
                Written(drawn=list(written.drawn), ends=list(written.ends)),
                steps,
            )
            for child, steps in zip(children, step.children, strict=True)
        ]
        await asyncio.gather(*branches)


class Reference:
    """A model that evaluates one sequence in one batch."""

    def __init__(self, path: Path) -> None:
        self._model = Model(path)
        self._context = Context(
            self._model, n_ctx=256, n_batch=256, n_sequences=1, threads=1, unified=True
        )

    def close(self) -> None:
        self._context.close()
        self._model.close()

    def logits(self, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """What predicts the token after each of `tokens`."""
        self._context.cache.drop(0)
        assert self._context.decode([Part(0, 0, tokens, len(tokens))])
        return self._context.logits(len(tokens)).copy()

    def check(self, written: Written) -> None:
        """Fail where a sequence wrote what it would not have written alone."""
        if not written.tokens:
            return
        logits = self.logits(written.tokens)
        best = logits.max(axis=1)
        for at in written.drawn:
            token = written.tokens[at]
            short = best[at - 1] - logits[at - 1, token]
            assert short < TOLERANCE, f"token {at} is {short:.2f} below the best one"
        for length in written.ends:
            ends = max(
                logits[length - 1, token]
                for token in range(logits.shape[1])
                if self._model.is_end(token)
            )
            assert best[length - 1] - ends < TOLERANCE, f"no end after {length} tokens"
        for length, scores in written.scores:
            expected = log_probabilities(logits[length - 1], [ord(letter) for letter in "abcdefgh"])
            assert np.allclose(scores, expected, atol=TOLERANCE), f"scores after {length} tokens"
