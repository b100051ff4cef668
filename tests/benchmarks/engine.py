"""How close the engine comes to the library's own speed, in one run on one file.

    python -m tests.benchmarks.engine [--quick]

Builds a 0.5B-shaped Q8_0 model with random weights (about 0.5 GB in a temporary folder), then
times in turn, several times over, and prints medians and ratios: machines are noisy, ratios of
neighbouring runs less so. "Bare" is nothing but `llama_decode` on ready-made tokens: no
sampling, no text, no bookkeeping.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp as lib

from mathcli.engines import Piece, Sampling, nativelog
from mathcli.engines.hardware import physical_threads
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import find_card
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from tests.random_model import HALF_BILLION, TINY, write_random_model

PROMPT = "What is the sum of all numbers from one to one hundred? " * 2
SAMPLED = Sampling(temperature=0.7, top_p=0.95)


@dataclass(frozen=True)
class Plan:
    tokens: int
    repeats: int


def bare(path: Path, width: int, plan: Plan) -> Callable[[], float]:
    """Tokens/s of `llama_decode` alone, `width` sequences a step."""
    model_params = lib.llama_model_default_params()
    model = lib.llama_model_load_from_file(str(path).encode(), model_params)
    params = lib.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = 16384, 512, 512
    params.n_seq_max, params.kv_unified, params.no_perf = width, True, True
    params.n_threads = params.n_threads_batch = physical_threads()
    context = lib.llama_init_from_model(model, params)
    batch = lib.llama_batch_init(512, 0, 1)

    def fill(index: int, token: int, position: int, sequence: int) -> None:
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = sequence
        batch.logits[index] = 1

    def measure() -> float:
        lib.llama_memory_clear(lib.llama_get_memory(context), False)
        batch.n_tokens = len(PROMPT)
        for position in range(len(PROMPT)):
            fill(position, ord(PROMPT[position]) % 250, position, 0)
            batch.logits[position] = position == len(PROMPT) - 1
        lib.llama_decode(context, batch)
        for sequence in range(1, width):
            lib.llama_memory_seq_cp(lib.llama_get_memory(context), 0, sequence, 0, len(PROMPT))
        batch.n_tokens = width
        began = time.perf_counter()
        for step in range(plan.tokens):
            for sequence in range(width):
                fill(sequence, (7 * step + sequence) % 250, len(PROMPT) + step, sequence)
            if lib.llama_decode(context, batch):
                raise RuntimeError("llama_decode failed")
            lib.llama_synchronize(context)
        return plan.tokens * width / (time.perf_counter() - began)

    return measure


def engine_width(engine: LlamaEngine, width: int, sampling: Sampling, plan: Plan) -> float:
    """Tokens/s of `width` sequences of the engine, forked from one prompt."""

    async def go() -> float:
        root = await engine.open([Piece(PROMPT)], sampling)
        children = await root.fork(width)
        began = time.perf_counter()
        work = (child.generate(max_tokens=plan.tokens) for child in children)
        written = sum(c.tokens for c in await asyncio.gather(*work))
        seconds = time.perf_counter() - began
        for sequence in (root, *children):
            await sequence.close()
        return written / seconds

    return asyncio.run(go())


def solve(engine: LlamaEngine, plan: Plan) -> tuple[float, float]:
    """Tokens/s of a whole solve, and tokens evaluated per token in the transcript."""

    async def go() -> tuple[float, float]:
        async with Executor(workers=1) as executor:
            info = ModelInfo("random", "random.gguf", "0" * 64, "Q8_0", "", "generic")
            solver = Solver(engine, executor, find_card(engine.metadata), info)
            options = SolveOptions(max_tokens=plan.tokens)
            transcript = await solver.solve(PROMPT, options)
        counts = transcript.counts
        # The last token written is in no batch: nothing came after it.
        transcript_tokens = counts.prompt_tokens + counts.generated_tokens - 1
        return transcript.timing.tokens_per_second, counts.evaluated_tokens / transcript_tokens

    return asyncio.run(go())


def python_class(path: Path, plan: Plan) -> Callable[[], float]:
    """Tokens/s of `llama_cpp.Llama`, one problem after another."""
    llama = lib.Llama(
        str(path), n_ctx=4096, n_threads=physical_threads(), verbose=False, n_batch=512
    )

    def measure() -> float:
        began = time.perf_counter()
        written = 0
        for _ in range(2):
            found: Any = llama.create_completion(PROMPT, max_tokens=plan.tokens, temperature=0.0)
            written += found["usage"]["completion_tokens"]
        return written / (time.perf_counter() - began)

    return measure


def compare(name: str, plan: Plan, ours: Callable[[], float], theirs: Callable[[], float]) -> None:
    """Time two things in turn and print their medians and the median ratio."""
    pairs = [(theirs(), ours()) for _ in range(plan.repeats)]
    ratio = statistics.median(b / a for a, b in pairs)
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:<58} {b:8.1f} tok/s  against {a:8.1f}   ratio {ratio:.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tiny model, to see that it runs")
    quick = parser.parse_args().quick
    plan = Plan(tokens=16, repeats=2) if quick else Plan(tokens=96, repeats=5)
    nativelog.capture()
    with tempfile.TemporaryDirectory() as folder:
        path = write_random_model(Path(folder) / "random.gguf", TINY if quick else HALF_BILLION)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {physical_threads()} threads")
        cells = None if quick else 16384
        engine = LlamaEngine(path, EngineOptions(context=cells, sequences=33))
        print(f"fast path: {'on' if engine.build.extra_buffers else 'off'}")
        one = bare(path, 1, plan)
        compare("solve, against one bare sequence", plan, lambda: solve(engine, plan)[0], one)
        print(f"{'tokens evaluated per token in the transcript':<58} {solve(engine, plan)[1]:8.3f}")

        def width(n: int, sampling: Sampling) -> Callable[[], float]:
            return lambda: engine_width(engine, n, sampling, plan)

        greedy = Sampling()
        compare("1 sequence, against one bare", plan, width(1, greedy), one)
        compare("16 sequences, against 1 of ours", plan, width(16, greedy), width(1, greedy))
        many = bare(path, 32, plan)
        compare("32 sequences greedy, against 32 bare", plan, width(32, greedy), many)
        compare("32 sequences T 0.7 top-p 0.95, against 32 bare", plan, width(32, SAMPLED), many)
        loop = python_class(path, plan)
        compare("32 sequences, against a loop of Llama calls", plan, width(32, greedy), loop)
        engine.close()


if __name__ == "__main__":
    main()
