from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from math import exp
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.engines import Completion, Piece, Sampling
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine, LlamaSequence
from mathcli.errors import ContextFull, EngineError
from mathcli.resources import embedded_model

PROBLEMS = [
    "Solve x^2 - 5x + 6 = 0",
    "What is the derivative of x^3?",
    "What is 17 * 23?",
    "Find the greatest common divisor of 84 and 36.",
    "Expand (x + 2)(x - 7).",
]


def prompt(problem: str) -> list[Piece]:
    return [
        Piece("<|user|>\n", markup=True),
        Piece(problem),
        Piece("\n<|assistant|>\n", markup=True),
    ]


async def write(engine: LlamaEngine, problem: str, **options: object) -> Completion:
    """Up to the end of the program: what follows without its output is hardly determined."""
    sequence = await engine.open(prompt(problem), Sampling())
    try:
        asked = {"stop": ["```output"], **options}
        return await sequence.generate(max_tokens=60, **asked)  # type: ignore[arg-type]
    finally:
        await sequence.close()


def spelled(engine: LlamaEngine, sequence: LlamaSequence, since: int = 0) -> str:
    """The text that a sequence's tokens spell, by the library."""
    model = engine._model
    return b"".join(model.piece(t) for t in sequence._slot.tokens[since:]).decode()


@pytest.fixture(scope="module", params=[False, True], ids=["one cache", "streams"])
def nano(request: pytest.FixtureRequest) -> Iterator[LlamaEngine]:
    """The embedded model, with one cache for all sequences and with a cache for each."""
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=16, streams=request.param))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def small_cache() -> Iterator[LlamaEngine]:
    """The embedded model with so little cache that not all can be in it at once."""
    engine = LlamaEngine(embedded_model(), EngineOptions(context=256, sequences=8))
    yield engine
    engine.close()


def test_sequences_in_one_batch_write_what_each_writes_alone(nano: LlamaEngine) -> None:
    async def together() -> list[str]:
        return [c.text for c in await asyncio.gather(*(write(nano, p) for p in PROBLEMS))]

    alone = [asyncio.run(write(nano, p)).text for p in PROBLEMS]
    before = nano.scheduler.steps
    assert asyncio.run(together()) == alone
    assert nano.scheduler.steps - before <= 120  # one after another takes over 200


def test_a_stop_string_ends_the_text_and_stays_or_goes_as_asked(nano: LlamaEngine) -> None:
    kept = asyncio.run(write(nano, PROBLEMS[0], stop=["```output"]))
    cut = asyncio.run(write(nano, PROBLEMS[0], stop=["```output"], keep_stop=False))
    assert kept.finish == cut.finish == "stop"
    assert kept.stop == "```output"
    assert kept.text == cut.text + "```output"


@pytest.mark.parametrize("stop", ["sym", "ymb", "rint(so", "*x +", "\n"])
@pytest.mark.parametrize("keep_stop", [True, False])
def test_a_cut_inside_a_token_leaves_tokens_that_spell_the_text(
    nano: LlamaEngine, stop: str, keep_stop: bool
) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt(PROBLEMS[0]), Sampling())
        start = sequence.counts.length
        await sequence.generate(max_tokens=60, stop=[stop], keep_stop=keep_stop)
        assert spelled(nano, sequence, start) == sequence.text
        counts = sequence.counts
        assert counts.prompt + counts.generated == counts.length
        await sequence.append("\nmore")
        await sequence.generate(max_tokens=5)
        assert spelled(nano, sequence, start) == sequence.text
        await sequence.close()

    asyncio.run(go())


def test_appended_text_costs_its_own_tokens_and_no_others(nano: LlamaEngine) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt(PROBLEMS[0]), Sampling())
        await sequence.generate(max_tokens=60, stop=["```output"])
        await sequence.append("\n[2, 3]\n```\n")
        completion = await sequence.generate(max_tokens=60)
        assert completion.finish == "eos"
        assert sequence.counts.evaluated == sequence.counts.length
        await sequence.close()

    asyncio.run(go())


def test_what_was_cut_off_and_appended_again_is_not_evaluated_again(nano: LlamaEngine) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt(PROBLEMS[0]), Sampling())
        await sequence.generate(max_tokens=60, stop=["```output"], keep_stop=False)
        await sequence.append("```output\n[2, 3]\n```\n")
        await sequence.generate(max_tokens=60)
        assert sequence.counts.evaluated == sequence.counts.length
        assert "\\boxed{2, 3}" in sequence.text
        await sequence.close()

    asyncio.run(go())


def test_forks_share_one_prefill_and_sample_on_their_own(nano: LlamaEngine) -> None:
    async def go() -> None:
        sampling = Sampling(temperature=1.2, seed=5)
        root = await nano.open(prompt("What is 17 + 26?"), sampling)
        children = await root.fork(8)
        texts = [
            c.text for c in await asyncio.gather(*(c.generate(max_tokens=40) for c in children))
        ]
        assert root.counts.evaluated == root.counts.length
        for child in children:
            counts = child.counts
            assert counts.evaluated <= counts.generated  # none of the prompt
        assert len(set(texts)) > 1
        again = await nano.open(prompt("What is 17 + 26?"), Sampling(temperature=1.2, seed=7))
        assert (await again.generate(max_tokens=40)).text == texts[2]  # seed 5 + 2
        for sequence in (root, again, *children):
            await sequence.close()

    asyncio.run(go())


def test_a_fork_that_is_broken_off_harms_nobody() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=8))

    async def run() -> str:
        beside = asyncio.create_task(write(engine, PROBLEMS[0]))  # keeps the thread busy
        for turns in range(40):
            root = await engine.open(prompt(PROBLEMS[1]), Sampling())
            forking = asyncio.create_task(root.fork(6))
            for _ in range(turns):
                await asyncio.sleep(0.0005)
            forking.cancel()
            forked = await asyncio.gather(forking, return_exceptions=True)
            for child in forked[0] if isinstance(forked[0], list) else []:
                await child.close()
            await root.close()
        await beside
        return (await write(engine, PROBLEMS[1])).text

    try:
        text = asyncio.run(run())
        assert "diff(x**3, x)" in text or "3*x**2" in text
        deadline = time.monotonic() + 10
        while not engine.scheduler.seats.empty and time.monotonic() < deadline:
            time.sleep(0.01)  # the last ones are given back in the background
        assert engine.scheduler.seats.empty  # nobody's place is lost
    finally:
        engine.close()


def test_a_fork_in_the_middle_goes_on_from_there(nano: LlamaEngine) -> None:
    async def go() -> None:
        root = await nano.open(prompt(PROBLEMS[0]), Sampling())
        await root.generate(max_tokens=60, stop=["```output"])
        left, right = await root.fork(2)
        await left.append("\n[2, 3]\n```\n")
        await right.append("\n[-7, 4]\n```\n")
        await asyncio.gather(left.generate(max_tokens=40), right.generate(max_tokens=40))
        assert "\\boxed{2, 3}" in left.text
        assert "\\boxed{-7, 4}" in right.text
        assert root.text.endswith("```output")
        for sequence in (root, left, right):
            await sequence.close()

    asyncio.run(go())


def test_more_sequences_than_the_cache_holds_all_end_with_the_same_text(
    nano: LlamaEngine, small_cache: LlamaEngine
) -> None:
    problems = PROBLEMS * 6

    async def all_of(engine: LlamaEngine) -> list[str]:
        return [c.text for c in await asyncio.gather(*(write(engine, p) for p in problems))]

    assert asyncio.run(all_of(small_cache)) == asyncio.run(all_of(nano))


def test_each_busy_sequence_has_a_cache_of_its_own_where_memory_allows(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def layout(**options: object) -> tuple[bool, int]:
        engine = LlamaEngine(tiny_model, EngineOptions(context=512, **options))  # type: ignore[arg-type]
        cells = engine.cells
        engine.close()
        return engine.streams, cells

    assert layout(sequences=16) == (False, 512)  # one writes
    assert layout(sequences=16, busy=16) == (True, 16 * 512)
    assert layout(sequences=16, busy=4, streams=False) == (False, 4 * 512)
    monkeypatch.setattr("mathcli.engines.llamacpp._STREAMS_SHARE", 0.0)
    assert layout(sequences=16, busy=4) == (False, 4 * 512)


def test_a_context_that_fills_up_ends_the_generation(small_cache: LlamaEngine) -> None:
    async def go() -> None:
        sequence = await small_cache.open(prompt("7 + " * 75), Sampling())
        completion = await sequence.generate(max_tokens=1000, stop=[])
        assert completion.finish in ("context", "eos")
        assert sequence.counts.length <= small_cache.context_length
        await sequence.append("12 " * 300)
        with pytest.raises(ContextFull, match="the context holds 256"):
            await sequence.generate(max_tokens=5)
        await sequence.close()

    asyncio.run(go())


def test_a_prompt_longer_than_the_context_is_refused(small_cache: LlamaEngine) -> None:
    with pytest.raises(ContextFull, match=r"has \d+ tokens, the context holds 256"):
        asyncio.run(small_cache.open(prompt("1 + " * 500), Sampling()))


def test_a_cancelled_generation_leaves_the_others_alone(nano: LlamaEngine) -> None:
    async def go() -> str:
        doomed = asyncio.create_task(write(nano, PROBLEMS[4]))
        other = asyncio.create_task(write(nano, PROBLEMS[0]))
        await asyncio.sleep(0.005)
        doomed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doomed
        return (await other).text

    assert asyncio.run(go()) == asyncio.run(write(nano, PROBLEMS[0])).text


def test_streamed_text_is_the_text(nano: LlamaEngine) -> None:
    parts: list[str] = []
    completion = asyncio.run(write(nano, PROBLEMS[0], stop=["```output"], on_text=parts.append))
    assert "".join(parts) == completion.text
    assert len(parts) > 5


def test_a_closed_engine_says_so(tiny_model: Path) -> None:
    async def go() -> None:
        engine = LlamaEngine(tiny_model)
        sequence = await engine.open(prompt("hi"), Sampling())
        engine.close()
        engine.close()
        with pytest.raises(EngineError, match="closed"):
            await sequence.generate(max_tokens=3)

    asyncio.run(go())


def test_closing_fails_what_is_still_being_written(tiny_model: Path) -> None:
    async def go() -> None:
        engine = LlamaEngine(tiny_model)
        sequence = await engine.open(prompt("hi"), Sampling(temperature=1))
        begun = asyncio.Event()
        work = sequence.generate(max_tokens=100_000, on_text=lambda _: begun.set())
        task = asyncio.create_task(work)
        await begun.wait()
        engine.close()
        with pytest.raises(EngineError, match="closed"):
            await task

    asyncio.run(go())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.text(max_size=12)), min_size=1, max_size=4))
def test_tokens_always_spell_the_text_and_add_up(
    nano: LlamaEngine, steps: list[tuple[int, str]]
) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt("What is 6 * 7?"), Sampling(temperature=1.0))
        start = sequence.counts.length
        for max_tokens, text in steps:
            await sequence.generate(max_tokens=max_tokens, stop=["\n", "is"])
            await sequence.append(text)
        counts = sequence.counts
        assert counts.prompt + counts.generated == counts.length
        model = nano._model
        data = b"".join(model.piece(t) for t in sequence._slot.tokens[start:])
        assert data.decode("utf-8", "replace") == sequence.text
        await sequence.close()

    asyncio.run(go())


def test_the_library_writes_nothing_on_its_own(tiny_model: Path) -> None:
    code = (
        "import asyncio\nfrom pathlib import Path\n"
        "from mathcli.engines import Piece, Sampling\n"
        "from mathcli.engines.llamacpp import LlamaEngine\n"
        "async def go():\n"
        f"    engine = LlamaEngine(Path({str(tiny_model)!r}))\n"
        "    sequence = await engine.open([Piece('hi')], Sampling())\n"
        "    await sequence.generate(max_tokens=3)\n"
        "    engine.close()\n"
        "asyncio.run(go())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_prompts_that_begin_alike_share_that_beginning(nano: LlamaEngine) -> None:
    system = "You are given problems of arithmetic. Read each with care and then answer. " * 2

    async def go() -> tuple[list[int], list[int]]:
        problems = [f"{system}What is {n} + 4?" for n in range(8)]
        sequences = [await nano.open(prompt(problem), Sampling()) for problem in problems]
        await asyncio.gather(*(s.generate(max_tokens=5) for s in sequences))
        evaluated = [s.counts.evaluated for s in sequences]
        lengths = [s.counts.length for s in sequences]
        for sequence in sequences:
            await sequence.close()
        return evaluated, lengths

    evaluated, lengths = asyncio.run(go())
    assert evaluated[0] == lengths[0] - 1
    assert all(count < 25 for count in evaluated[1:])  # their own end, not the 30 tokens before


def test_a_shared_beginning_does_not_change_what_is_written(nano: LlamaEngine) -> None:
    problems = [f"Solve the equation x^2 - {n + 5}*x + {n * 5} = 0 for x." for n in range(1, 7)]

    async def together() -> list[str]:
        return [c.text for c in await asyncio.gather(*(write(nano, p) for p in problems))]

    assert asyncio.run(together()) == [asyncio.run(write(nano, p)).text for p in problems]


def test_scores_are_log_probabilities_of_single_tokens(nano: LlamaEngine) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt("What is 2 + 3?"), Sampling())
        length = sequence.counts.length
        scores = await sequence.score(["L", "+"])
        assert all(score < 0 for score in scores)
        assert sequence.counts.length == length
        with pytest.raises(ValueError, match="not one"):
            await sequence.score(["certainly not a single token"])
        written = await sequence.generate(max_tokens=30)  # the scored logits serve it too
        assert sequence.counts.evaluated == sequence.counts.length - (written.finish != "eos")
        await sequence.close()

    asyncio.run(go())


def test_a_deterministic_engine_writes_the_same_whatever_else_is_written(tiny_model: Path) -> None:
    """Random weights make near-ties common: a batched engine differs here, this one must not."""
    options = EngineOptions(sequences=8, deterministic=True)
    engine = LlamaEngine(tiny_model, options)

    async def texts(seeds: list[int]) -> list[str]:
        async def one(seed: int) -> str:
            sequence = await engine.open(
                [Piece("tell me about seven")], Sampling(temperature=1.0, seed=seed)
            )
            completion = await sequence.generate(max_tokens=120)
            await sequence.close()
            return completion.text

        return list(await asyncio.gather(*(one(seed) for seed in seeds)))

    try:
        together = asyncio.run(texts(list(range(8))))
        alone = [asyncio.run(texts([seed]))[0] for seed in range(8)]
        assert together == alone
        assert len(set(together)) == 8
    finally:
        engine.close()


def test_nothing_grows_as_sequences_come_and_go(tiny_model: Path) -> None:
    engine = LlamaEngine(tiny_model, EngineOptions(sequences=8))

    async def use(count: int) -> None:
        async def one(index: int) -> None:
            sequence = await engine.open(prompt(f"{index}"), Sampling(temperature=1, seed=index))
            await sequence.generate(max_tokens=3)
            for child in await sequence.fork(2):
                await child.close()
            await sequence.close()

        for start in range(0, count, 50):
            await asyncio.gather(*(one(start + index) for index in range(50)))

    try:
        asyncio.run(use(500))  # caches fill, the allocator finds its size
        before = resident()
        asyncio.run(use(2000))
        assert resident() - before < 4_000_000
        deadline = time.monotonic() + 10
        while not engine.scheduler.seats.empty and time.monotonic() < deadline:
            time.sleep(0.01)  # the last ones are given back in the background
        assert engine.scheduler.seats.empty
    finally:
        engine.close()


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=1.5, top_p=0.9, seed=3)])
def test_the_probabilities_of_tokens_are_those_that_score_gives(
    nano: LlamaEngine, sampling: Sampling
) -> None:
    async def go() -> None:
        sequence = await nano.open(prompt("What is 2 + 3?"), sampling)
        for _ in range(8):
            (before,) = await sequence.fork(1)
            (token,) = (await sequence.generate(max_tokens=1, probabilities=True)).drawn
            (expected,) = await before.score([token.piece.decode()])
            assert token.probability == pytest.approx(exp(expected), rel=1e-3)
            await before.close()
        await sequence.close()

    asyncio.run(go())


def test_drawn_tokens_spell_the_text_and_are_known_only_if_asked_for() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=4))
    try:
        told = asyncio.run(write(engine, PROBLEMS[0], probabilities=True))
        assert b"".join(token.piece for token in told.drawn).decode() == told.text
        assert len(told.drawn) == told.tokens
        assert all(0 < token.probability <= 1 for token in told.drawn)
        cut = asyncio.run(
            write(engine, PROBLEMS[0], stop=["print"], keep_stop=False, probabilities=True)
        )
        assert cut.stop == "print"
        assert cut.text.encode().startswith(b"".join(token.piece for token in cut.drawn))
        assert asyncio.run(write(engine, PROBLEMS[0])).drawn == ()
    finally:
        engine.close()


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_closed_engine_raises_and_does_not_crash() -> None:
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=2))
    sequence = asyncio.run(engine.open(prompt(PROBLEMS[0]), Sampling()))
    engine.close()
    for use in (
        lambda: engine.tokenize("x + 1"),
        lambda: engine.metadata("general.name"),
        lambda: engine.piece(300),
        lambda: asyncio.run(sequence.append("more")),
        lambda: asyncio.run(sequence.generate(max_tokens=3)),
    ):
        with pytest.raises(EngineError):
            use()
