"""How close the engine comes to the library's own speed, in one run on one file.

    python -m tests.benchmarks.engine [--quick]

Builds a 0.5B-shaped Q8_0 model with random weights (about 0.5 GB in a temporary folder), then
times in turn, several times over, and prints medians and ratios: machines are noisy, ratios of
neighbouring runs less so. "Bare" is `mathcli.engines.measure.Bare`: `llama_decode` and nothing
else.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import llama_cpp as lib

from mathcli.engines import Piece, Sampling, nativelog
from mathcli.engines.hardware import physical_threads
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.engines.measure import Bare, decode_rate
from mathcli.models import find_card
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver, Transcript
from tests.random_model import HALF_BILLION, TINY, write_random_model

PROMPT = "What is the sum of all numbers from one to one hundred? " * 2
Rate = Callable[[], float]


@dataclass(frozen=True)
class Plan:
    tokens: int
    repeats: int


def solve(engine: LlamaEngine, plan: Plan) -> Transcript:
    """A whole solve, through the loop, of a model that writes noise."""

    async def go() -> Transcript:
        async with Executor(workers=1) as executor:
            await executor.run("1")  # its start overlaps a model's loading, not its writing
            info = ModelInfo("random", "random.gguf", "0" * 64, "Q8_0", "", "generic")
            solver = Solver(engine, executor, find_card(engine.metadata), info)
            return await solver.solve(PROMPT, SolveOptions(max_tokens=plan.tokens))

    return asyncio.run(go())


def evaluated_share(transcript: Transcript) -> float:
    """Tokens evaluated per token in the transcript. The last token written is in no batch:
    nothing came after it."""
    counts = transcript.counts
    return counts.evaluated_tokens / (counts.prompt_tokens + counts.generated_tokens - 1)


def sample_evaluations(engine: LlamaEngine, k: int) -> tuple[int, int]:
    """Tokens of a prompt, and prompt tokens evaluated for k samples of it."""

    async def go() -> tuple[int, int]:
        root = await engine.open([Piece(PROMPT)], Sampling(temperature=1.0))
        children = await root.fork(k)
        await asyncio.gather(*(child.generate(max_tokens=4) for child in children))
        # A child evaluates what it wrote, less its last token; anything more is prompt again.
        extra = sum(c.counts.evaluated - (c.counts.generated - 1) for c in children)
        found = root.counts.prompt, root.counts.evaluated + extra
        for sequence in (root, *children):
            await sequence.close()
        return found

    return asyncio.run(go())


def with_programs(engine: LlamaEngine, plan: Plan, program: str, problems: int) -> float:
    """Tokens/s of problems that each write, run a program, and write again."""

    async def one(executor: Executor, index: int) -> int:
        sampling = Sampling(temperature=1.0, seed=index)
        sequence = await engine.open([Piece(f"{index} {PROMPT}")], sampling)
        written = 0
        for round_tokens in (plan.tokens // 2 + index % 8, plan.tokens // 2):
            written += (await sequence.generate(max_tokens=round_tokens)).tokens
            await executor.run(program)
            await sequence.append("\n42\n")
        await sequence.close()
        return written

    async def go() -> float:
        async with Executor(workers=16) as executor:
            await executor.run("print(1)")
            began = time.perf_counter()
            written = await asyncio.gather(*(one(executor, i) for i in range(problems)))
            return sum(written) / (time.perf_counter() - began)

    return asyncio.run(go())


def python_class(path: Path, plan: Plan, threads: int | None) -> Rate:
    """Tokens/s of `llama_cpp.Llama`, one problem after another; without `threads` it takes half."""
    llama = lib.Llama(str(path), n_ctx=4096, n_threads=threads, verbose=False, n_batch=512)

    def measure() -> float:
        began = time.perf_counter()
        found: Any = llama.create_completion(PROMPT, max_tokens=plan.tokens, temperature=0.0)
        return float(found["usage"]["completion_tokens"] / (time.perf_counter() - began))

    return measure


def memory_growth(engine: LlamaEngine, sequences: int) -> float:
    """Megabytes that this process grows by while sequences are opened and closed."""

    def resident() -> int:
        pages = Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def use(count: int) -> None:
        for index in range(count):
            sequence = await engine.open([Piece(f"{index}")], Sampling(seed=index))
            await sequence.generate(max_tokens=1)
            await sequence.close()

    asyncio.run(use(50))
    before = resident()
    asyncio.run(use(sequences))
    return (resident() - before) / 1e6


def long_solutions(path: Path, plan: Plan) -> None:
    """What it gains that each of many long solutions has a cache of its own."""
    options = EngineOptions(context=512, sequences=16, busy=16)
    engines = [LlamaEngine(path, replace(options, streams=streams)) for streams in (True, False)]

    async def write(engine: LlamaEngine) -> float:
        texts = [[Piece(f"{at} {PROMPT * 3}")] for at in range(10, 26)]
        sequences = [await engine.open(text, Sampling()) for text in texts]
        await asyncio.gather(*(one.generate(max_tokens=1) for one in sequences))
        began = time.perf_counter()
        work = (one.generate(max_tokens=plan.tokens // 2) for one in sequences)
        written = sum(found.tokens for found in await asyncio.gather(*work))
        seconds = time.perf_counter() - began
        for one in sequences:
            await one.close()
        return written / seconds

    compare(
        "16 long solutions, a cache each against one for all",
        plan,
        *(partial(lambda engine: asyncio.run(write(engine)), engine) for engine in engines),
    )
    for engine in engines:
        engine.close()


def compare(name: str, plan: Plan, ours: Rate, theirs: Rate) -> None:
    """Time two things in turn and print their medians and the median ratio."""
    pairs = [(theirs(), ours()) for _ in range(plan.repeats)]
    ratio = statistics.median(b / a for a, b in pairs)
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:<52} {b:8.1f} tok/s  against {a:8.1f}   ratio {ratio:.3f}", flush=True)


def report(path: Path, plan: Plan) -> None:
    engine = LlamaEngine(path, EngineOptions(sequences=33, busy=16))
    threads = engine.threads
    fast = engine.build.extra_buffers
    print(f"{path.stat().st_size / 1e6:.0f} MB, {threads} threads, fast path {fast}", flush=True)

    def width(n: int, sampling: Sampling | None = None) -> Rate:
        return lambda: decode_rate(
            engine, width=n, steps=plan.tokens, sampling=sampling or Sampling(), prompt=PROMPT
        )

    def bare(n: int) -> Bare:
        return Bare(engine, n)

    with bare(1) as one:
        alone = lambda: one.decode(len(PROMPT), plan.tokens)  # noqa: E731
        # A card's prompt is longer than the problem, and attention over it takes time.
        asked = solve(engine, plan).counts.prompt_tokens
        as_long = lambda: one.decode(asked, plan.tokens)  # noqa: E731
        speed = lambda: solve(engine, plan).timing.tokens_per_second  # noqa: E731
        often = Plan(plan.tokens, 3 * plan.repeats)  # a second each: any neighbour shows
        compare("solve, against one bare sequence", often, speed, as_long)
        compare("1 sequence, against one bare", often, width(1), alone)
    share = evaluated_share(solve(engine, plan))
    print(f"{'tokens evaluated per token in the transcript':<52} {share:8.3f}")
    prompt, evaluated = sample_evaluations(engine, 16)
    print(f"{'16 samples: prompt tokens, and those evaluated':<52} {prompt:8d} {evaluated:8d}")
    compare("16 sequences, against 1 of ours", plan, width(16), width(1))
    with bare(16) as some, bare(1) as one:
        wide = lambda: some.decode(len(PROMPT), plan.tokens)  # noqa: E731
        narrow = lambda: one.decode(len(PROMPT), plan.tokens)  # noqa: E731
        compare("16 bare sequences, against 1 bare", plan, wide, narrow)
    with bare(32) as many:
        together = lambda: many.decode(len(PROMPT), plan.tokens)  # noqa: E731
        compare("32 sequences greedy, against 32 bare", plan, width(32), together)
        nucleus = Sampling(temperature=0.7, top_p=0.95)
        compare(
            "32 sequences T 0.7 top-p 0.95, against 32 bare", plan, width(32, nucleus), together
        )
    for threads, how in ((physical_threads(), "all cores"), (None, "its own threads")):
        loop = python_class(path, plan, threads)
        compare(f"32 sequences, against a loop of Llama calls, {how}", plan, width(32), loop)
    short = Plan(plan.tokens, 1)
    compare(
        "64 problems, programs that sleep 200 ms, against none",
        short,
        lambda: with_programs(engine, plan, "import time\ntime.sleep(0.2)", 64),
        lambda: with_programs(engine, plan, "pass", 64),
    )
    long_solutions(path, short)
    print(f"{'MB grown over 2,000 sequences':<52} {memory_growth(engine, 2000):8.1f}", flush=True)
    engine.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tiny model, to see that it runs")
    quick = parser.parse_args().quick
    nativelog.capture()
    with tempfile.TemporaryDirectory() as folder:
        path = write_random_model(Path(folder) / "random.gguf", TINY if quick else HALF_BILLION)
        plan = Plan(tokens=16, repeats=2) if quick else Plan(tokens=48, repeats=3)
        report(path, plan)


if __name__ == "__main__":
    main()
