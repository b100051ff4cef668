"""What a batch gains over one problem after the other, in one run.

    python -m tests.benchmarks.batch [--problems 100] [--width 16] [--repeats 3] [--calls 20]

The same fresh problems are solved in turn by a lone solver, as `mathcli solve` sets one up (one
sequence, one worker for programs), and by a batch. Both are warm: the model is loaded, SymPy is
imported, and what is timed is from the first problem to the last answer. Some of them are also
given to `mathcli solve` itself, a process for each; of these counts what their transcripts call
`total_ms`, without interpreter and model, but with the executor's start as far as it is waited for.
Prints medians, and ratios of neighbours. Machines are noisy; ratios of one run less so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from mathcli.batches import BatchRunner, Problem
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.models import card_named
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver

sys.path.insert(0, str(Path(__file__).parents[2] / "models/nano"))
from problems import FAMILIES, generate

SEED = 10**9 * 9  # training stays far below
OPTIONS = SolveOptions()


def fresh(count: int) -> list[Problem]:
    """Problems of all families in turn."""
    families = list(FAMILIES)
    found: list[Problem] = []
    number = 0
    while len(found) < count:
        problem = generate(families[number % len(families)], SEED + number)
        number += 1
        if problem.program:  # refusals need none
            text = problem.question
            found.append(Problem(len(found), 0, str(number), text, None, None, fields={}))
    return found


def solver(engine: LlamaEngine, executor: Executor) -> Solver:
    info = ModelInfo("nano", "nano.gguf", "", "", engine.version, "nano")
    return Solver(engine, executor, card_named("nano"), info)


async def alone(one: Solver, problems: Sequence[Problem]) -> tuple[float, list[str | None]]:
    """Seconds for one problem after the other, and the answers."""
    began = time.perf_counter()
    solved = [await one.solve(problem.text, OPTIONS) for problem in problems]
    seconds = time.perf_counter() - began
    return seconds, [found.answer.text if found.answer else None for found in solved]


async def together(
    many: Solver, problems: Sequence[Problem], width: int
) -> tuple[float, list[str | None]]:
    """Seconds for all of them in one batch, and the answers."""

    async def stream() -> AsyncIterator[Problem]:
        for problem in problems:
            yield problem

    began = time.perf_counter()
    runner = BatchRunner(many, OPTIONS, width=width)
    found = {one.problem.index: one.answer or None async for one in runner.outcomes(stream())}
    return time.perf_counter() - began, [found[at] for at in sorted(found)]


def called(problem: Problem) -> float:
    """Seconds that one call of `mathcli solve` says it took to solve a problem."""
    words = ["solve", "--json", "--no-history", "--model", "nano", problem.text]
    done = subprocess.run([sys.executable, "-m", "mathcli", *words], capture_output=True, text=True)
    return float(json.loads(done.stdout)["timing"]["total_ms"]) / 1000


async def measure(count: int, width: int, repeats: int, calls: int) -> None:
    """Time them in turn and print."""
    problems = fresh(count)
    single = LlamaEngine(embedded_model(), EngineOptions(sequences=1))
    wide = LlamaEngine(embedded_model(), EngineOptions(sequences=width, busy=width))
    try:
        async with Executor(workers=1) as one_worker, Executor() as workers:
            lone, batch = solver(single, one_worker), solver(wide, workers)
            await alone(lone, problems[:4])  # programs wait for SymPy here, and not below
            await together(batch, problems[:width], width)
            times, each = [], []
            for turn in range(repeats):
                each += [called(one) for one in problems[turn * calls : (turn + 1) * calls]]
                slow, answers = await alone(lone, problems)
                fast, same = await together(batch, problems, width)
                times.append((slow, fast))
                print(f"  one by one {slow:6.2f} s   batch {fast:6.2f} s   {fast / slow:.2f}")
            differ = sum(a != b for a, b in zip(answers, same, strict=True))
    finally:
        single.close()
        wide.close()
    ratio = statistics.median(fast / slow for slow, fast in times)
    print(f"{count} problems, {width} at once, of a warm lone solver's time: {ratio:.2f}")
    if each:
        quick = statistics.median(fast for _, fast in times) / count
        share = quick / statistics.mean(each)
        print(f"of the solving time of {len(each)} calls of solve: {share:.2f}")
    print(f"answers that differ: {differ}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--calls", type=int, default=20, help="of mathcli solve, in each turn")
    options = parser.parse_args()
    print(f"cores {os.cpu_count()}, load average {os.getloadavg()[0]:.1f}")
    asyncio.run(measure(options.problems, options.width, options.repeats, options.calls))
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
