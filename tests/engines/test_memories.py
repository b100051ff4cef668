"""What a sequence writes is what it writes alone, on every kind of memory that llama.cpp has."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mathcli.engines import Completion, Piece, Sampling, TextSequence
from mathcli.engines.cache import Cache
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine, LlamaSequence
from mathcli.engines.slots import SlotRequest
from mathcli.errors import EngineError
from tests.engines.schedules import Reference, Schedule, Written, run, schedules
from tests.random_family import (
    ATTENTION,
    HYBRID,
    RECURRENT,
    SLIDING,
    WINDOW,
    WINDOWED_HYBRID,
    write_family_model,
)

KINDS = (*ATTENTION, *SLIDING, *HYBRID, *WINDOWED_HYBRID, *RECURRENT)
EXAMPLES = 45  # schedules of each kind: over 500 together
BEGINNING = "abcdefgh" * 5
STREAMS = pytest.mark.parametrize("streams", [False, True], ids=["one cache", "streams"])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A model file of each kind, written when it is first asked for."""
    folder = tmp_path_factory.mktemp("family")

    def path(kind: str) -> Path:
        file = folder / f"{kind}.gguf"
        return file if file.exists() else write_family_model(file, kind)

    return path


@pytest.fixture(params=KINDS)
def path(request: pytest.FixtureRequest, models: Callable[[str], Path]) -> Path:
    return models(request.param)


@pytest.fixture
def reference(path: Path) -> Iterator[Reference]:
    reference = Reference(path)
    yield reference
    reference.close()


def engine_of(path: Path, *, streams: bool = False, **options: int) -> LlamaEngine:
    settings = {"context": 240, "sequences": 4, "threads": 1, **options}
    return LlamaEngine(path, EngineOptions(streams=streams, **settings))  # type: ignore[arg-type]


def tokens_of(sequence: TextSequence) -> list[int]:
    assert isinstance(sequence, LlamaSequence)
    return list(sequence._slot.tokens)


async def wrote(sequence: TextSequence, max_tokens: int = 10) -> Written:
    """Let a sequence write."""
    before = len(tokens_of(sequence))
    completion = await sequence.generate(max_tokens=max_tokens)
    tokens = tokens_of(sequence)
    ends = [len(tokens)] if completion.finish == "eos" else []
    return Written(tokens, list(range(before, len(tokens))), ends)


def due(written: Written) -> int:
    """The fewest tokens to evaluate for a text: the last one predicts nothing that was drawn."""
    return len(written.tokens) - (not written.ends)


@pytest.mark.slow
def test_random_schedules_write_what_each_sequence_writes_alone(
    path: Path, reference: Reference
) -> None:
    decoded = ran = 0

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(schedules)
    def check(schedule: Schedule) -> None:
        nonlocal decoded, ran
        outcome = run(path, schedule)
        for written in outcome.written:
            reference.check(written)
        assert outcome.decoded == outcome.evaluated
        decoded += outcome.decoded
        ran += 1

    check()
    print(f"{path.stem}: {ran} schedules, {decoded} tokens evaluated, all of them counted")


@STREAMS
def test_forks_share_one_prefill_and_go_on_by_themselves(
    path: Path, reference: Reference, streams: bool
) -> None:
    engine = engine_of(path, streams=streams)

    async def go() -> list[Written]:
        parent = await engine.open([Piece(BEGINNING)], Sampling())
        children = await parent.fork(3)
        for child, letter in zip(children, "aceg", strict=False):
            await child.append(letter)
        found = await asyncio.gather(*(wrote(child) for child in children))
        assert parent.counts.evaluated == len(BEGINNING)
        for child, written in zip(children, found, strict=True):
            assert child.counts.evaluated == due(written) - len(BEGINNING)
        return found

    try:
        for written in asyncio.run(go()):
            reference.check(written)
    finally:
        engine.close()


@STREAMS
def test_a_common_beginning_is_evaluated_once(
    path: Path, reference: Reference, streams: bool
) -> None:
    engine = engine_of(path, streams=streams)
    tails = ["ab", "cccc", "gfe"]

    async def go() -> tuple[list[Written], int]:
        opened = [await engine.open([Piece(BEGINNING + tail)], Sampling()) for tail in tails]
        found = await asyncio.gather(*(wrote(sequence) for sequence in opened))
        later = await engine.open([Piece(BEGINNING + "hhh")], Sampling())
        found.append(await wrote(later))
        return found, sum(sequence.counts.evaluated for sequence in (*opened, later))

    try:
        found, evaluated = asyncio.run(go())
    finally:
        engine.close()
    for written in found:
        reference.check(written)
    shared = 0 if streams and path.stem in WINDOWED_HYBRID else 3 * len(BEGINNING)
    assert evaluated == sum(due(written) for written in found) - shared


async def text_of(engine: LlamaEngine, length: int) -> tuple[str, str]:
    """A prompt after which the model writes `length` letters, and what it writes."""
    for tail in map("".join, itertools.product("abcdefgh", repeat=2)):
        scout = await engine.open([Piece(BEGINNING + tail)], Sampling())
        completion = await scout.generate(max_tokens=length)
        await scout.close()
        if completion.finish == "max_tokens":
            return BEGINNING + tail, completion.text
    raise AssertionError("the model always ends early: choose another seed for its weights")


@pytest.mark.parametrize("keep_stop", [True, False])
def test_a_cut_stop_string_costs_nothing_and_the_text_goes_on_rightly(
    path: Path, reference: Reference, keep_stop: bool
) -> None:
    engine = engine_of(path)

    async def go() -> list[Written]:
        prompt, ahead = await text_of(engine, 12)
        stop = ahead[5:9]
        sequence = await engine.open([Piece(prompt)], Sampling())
        found = []
        for text in ("", "bbb"):
            await sequence.append(text)
            before = len(tokens_of(sequence))
            await sequence.generate(max_tokens=12, stop=[stop], keep_stop=keep_stop)
            tokens = tokens_of(sequence)
            found.append(Written(tokens, list(range(before, len(tokens)))))
        extra = sequence.counts.evaluated - sequence.counts.length
        assert extra < 4 * len(stop)  # what was taken back, and a little before it
        return found

    try:
        for written in asyncio.run(go()):
            reference.check(written)
    finally:
        engine.close()


def test_what_follows_the_end_token_needs_nothing_evaluated_again(path: Path) -> None:
    engine = engine_of(path)

    async def go() -> None:
        for seed in range(30):
            sequence = await engine.open([Piece(BEGINNING)], Sampling(temperature=3, seed=seed))
            if (await sequence.generate(max_tokens=100)).finish == "eos":
                break
            await sequence.close()
        await sequence.append("")
        await sequence.score(["a", "b"])
        await asyncio.gather(*(child.close() for child in await sequence.fork(2)))
        assert sequence.counts.evaluated == sequence.counts.length

    try:
        asyncio.run(go())
    finally:
        engine.close()


@pytest.mark.parametrize("kind", SLIDING)
def test_a_window_that_was_overwritten_is_not_gone_back_to(
    models: Callable[[str], Path], kind: str
) -> None:
    path = models(kind)
    engine = engine_of(path)
    reference = Reference(path)

    async def go() -> list[Written]:
        donor = await engine.open([Piece(BEGINNING * 2)], Sampling(temperature=1.0))
        await donor.generate(max_tokens=60)
        for letter in "abcdef":  # takes the cells that the donor's window has left behind
            other = await engine.open([Piece(letter * 50)], Sampling())
            await other.generate(max_tokens=50)
            await other.close()
        found = []
        for length in (WINDOW + 8, 40, 70):
            late = await engine.open([Piece((BEGINNING * 2)[:length] + "hhh")], Sampling())
            found.append(await wrote(late))
        return found

    try:
        for written in asyncio.run(go()):
            reference.check(written)
    finally:
        engine.close()
        reference.close()


def test_more_sequences_than_tokens_in_a_batch(models: Callable[[str], Path]) -> None:
    engine = engine_of(models("llama"), sequences=24, batch=8)

    async def go() -> None:
        root = await engine.open([Piece(BEGINNING)], Sampling(temperature=1.0))
        twins = await root.fork(20)
        written = await asyncio.gather(*(twin.generate(max_tokens=4) for twin in twins))
        assert all(one.finish in ("max_tokens", "eos") for one in written)

    try:
        asyncio.run(go())
    finally:
        engine.close()


def test_a_place_that_is_taken_at_once_costs_no_further_evaluation(
    models: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sequences with one place between them once took it from each other for ever."""
    engine = engine_of(models("llama"), sequences=1)

    async def go() -> tuple[list[float], list[float]]:
        sequence = await engine.open([Piece(BEGINNING)], Sampling())
        assert isinstance(sequence, LlamaSequence)
        undisturbed = await sequence.score("ab")
        submit = sequence._submit

        async def and_lose_the_place(request: SlotRequest) -> Completion:
            completion = await submit(request)
            engine.scheduler.seats.leave(sequence._slot)
            return completion

        monkeypatch.setattr(sequence, "_submit", and_lose_the_place)
        await sequence.append("a")
        await sequence.score("ab")
        await sequence.fork(2)
        assert sequence.counts.evaluated <= 3 * sequence.counts.length
        again = await engine.open([Piece(BEGINNING)], Sampling())
        return undisturbed, await again.score("ab")

    try:
        before, after = asyncio.run(asyncio.wait_for(go(), 20))
    finally:
        engine.close()
    assert after == pytest.approx(before, abs=1e-3)


def test_an_empty_prompt_is_refused_alone(models: Callable[[str], Path]) -> None:
    engine = engine_of(models("llama"))

    async def go() -> None:
        with pytest.raises(EngineError, match="the prompt is empty"):
            await engine.open([], Sampling())
        sequence = await engine.open([Piece("a")], Sampling())
        assert (await sequence.generate(max_tokens=2)).tokens >= 0

    try:
        asyncio.run(go())
    finally:
        engine.close()


@pytest.mark.parametrize("broken", ["copy", "cut", "drop", "save"])
def test_when_the_library_fails_every_caller_hears_of_it(
    models: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    engine = engine_of(models("lfm2"), sequences=2)

    def fail(*_: object, **__: object) -> bool:
        raise EngineError("the native library refuses")

    async def use(sequence: TextSequence) -> None:
        await sequence.generate(max_tokens=6, stop=["ab", "cd", "ef", "gh"], keep_stop=False)
        for child in await sequence.fork(3):
            await child.generate(max_tokens=4)

    async def go() -> list[BaseException | None]:
        opened = [await engine.open([Piece(BEGINNING + t)], Sampling()) for t in "abcd"]
        await opened[0].generate(max_tokens=2)
        monkeypatch.setattr(Cache, broken, fail)
        tasks = [use(sequence) for sequence in opened]
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)

    try:
        results = asyncio.run(go())
    finally:
        monkeypatch.undo()
        engine.close()
    assert any(isinstance(result, EngineError) for result in results)
    assert all(result is None or isinstance(result, EngineError) for result in results)
