"""How fast the executor is here: what `mathcli bench` and the benchmarks print."""

from __future__ import annotations

import asyncio
import contextlib
import io
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from mathcli.sandbox.executor import Executor

PROGRAM = "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 1))"
_PAUSE_SECONDS = 0.02  # a model takes longer to write its next program
_IMPORT = "import time; t = time.perf_counter(); import sympy; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Speed:
    """Times of one short SymPy program, in milliseconds but for the rate.

    Args:
        plain: median under plain `exec`, SymPy loaded.
        run: median of a run when the executor is warm.
        above: median of what a run takes longer than the plain one next to it.
        runs_per_second: many runs at once, over all workers.
        first_run: from an executor's start to its first result.
        first_import: importing SymPy in a fresh interpreter.
    """

    plain: float
    run: float
    above: float
    runs_per_second: float
    first_run: float
    first_import: float


async def measure(*, pairs: int = 200, many: int = 500, starts: int = 3) -> Speed:
    """Measure by turns, so that other load on the machine disturbs all figures alike.

    Args:
        pairs: plain and confined runs, alternating.
        many: runs of the pool.
        starts: fresh executors and fresh imports, alternating.
    """
    firsts, imports = [], []
    for _ in range(starts):
        imports.append(_import_seconds())
        firsts.append(await _first_run_seconds())
    async with Executor() as executor:
        await _until_settled(executor)
        plain, run = await _pairs(executor, pairs)
        rate = await _rate(executor, many)
    return Speed(
        plain=_median_ms(plain),
        run=_median_ms(run),
        above=_median_ms([one - other for one, other in zip(run, plain, strict=True)]),
        runs_per_second=rate,
        first_run=_median_ms(firsts),
        first_import=_median_ms(imports),
    )


def _median_ms(seconds: list[float]) -> float:
    return 1000 * statistics.median(seconds)


def _import_seconds() -> float:
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, check=True)
    return float(done.stdout)


async def _first_run_seconds() -> float:
    begin = time.perf_counter()
    async with Executor() as executor:
        await executor.run(PROGRAM)
        return time.perf_counter() - begin


async def _until_settled(executor: Executor) -> None:
    """Wait until the idle executor has made its forks cheap and loaded the popular libraries."""
    await executor.run(PROGRAM)
    await asyncio.sleep(3.0)
    await executor.run(PROGRAM)
    await asyncio.sleep(0.2)


async def _pairs(executor: Executor, count: int) -> tuple[list[float], list[float]]:
    plain, run = [], []
    _plain_seconds()
    for _ in range(count):
        await asyncio.sleep(_PAUSE_SECONDS)
        plain.append(_plain_seconds())
        begin = time.perf_counter()
        await executor.run(PROGRAM)
        run.append(time.perf_counter() - begin)
    return plain, run


def _plain_seconds() -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        begin = time.perf_counter()
        exec(PROGRAM, {"__name__": "__main__"})
        return time.perf_counter() - begin


async def _rate(executor: Executor, count: int) -> float:
    begin = time.perf_counter()
    await asyncio.gather(*[executor.run(PROGRAM) for _ in range(count)])
    return count / (time.perf_counter() - begin)
