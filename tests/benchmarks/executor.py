"""How fast the executor is, in one run of a minute; on request also that it holds.

    python -m tests.benchmarks.executor [--quick] [--hostile] [--batch 10000]

Prints the time of a warm run above plain `exec`, runs per second over the pool, the first run
against the import of SymPy, the first use of a library and every later one, and the same against
an executor that makes a new process pool for each call. With `--hostile` also how far beyond its
limit any hostile program got, and with `--batch` what a long batch with one hostile program in ten
left behind. Machines are noisy: compare figures of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mathcli.sandbox import Executor, Limits
from mathcli.sandbox.measure import PROGRAM, Speed, measure
from tests.sandbox.batch import Batch
from tests.sandbox.hostile.test_hostile import ALL
from tests.sandbox.outside import Outside

LIBRARIES = {
    "NumPy": "import numpy as np\nprint(np.arange(5).sum())",
    "sympy.stats": "from sympy.stats import Die, E\nprint(E(Die('X', 6)))",
    "physics.units": "from sympy.physics.units import km, hour\nprint(6 * km / (2 * hour))",
    "a name computed": "m = __import__('num' + 'py')\nprint(m.arange(5).sum())",
    "a rare module": "import wave\nprint(wave.__name__)",
}
LIMITS = Limits(wall_seconds=1.0, memory_bytes=256 * 1024 * 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--hostile", action="store_true", help="run all hostile programs, too")
    parser.add_argument("--batch", type=int, default=0, help="programs in a long batch")
    options = parser.parse_args()
    print(f"cores {os.cpu_count()}, load average {os.getloadavg()[0]:.1f}")
    speed = asyncio.run(measure(pairs=100 if options.quick else 400))
    show_speed(speed)
    asyncio.run(show_first_uses())
    asyncio.run(show_libraries(10 if options.quick else 50))
    show_pools(speed, calls=3 if options.quick else 10)
    if options.hostile:
        asyncio.run(show_hostile())
    if options.batch:
        show_batch(options.batch)
    print(f"load average {os.getloadavg()[0]:.1f}")


def show_speed(speed: Speed) -> None:
    """The executor against plain `exec` and the import of SymPy."""
    print(f"plain exec            {speed.plain:8.2f} ms")
    print(f"warm run              {speed.run:8.2f} ms   {speed.above:.2f} ms above plain exec")
    print(f"runs over the pool    {speed.runs_per_second:8.0f} /s")
    print(f"import of SymPy       {speed.first_import:8.0f} ms")
    beyond = speed.first_run - speed.first_import
    share = speed.first_run / speed.first_import
    print(
        f"first run after start {speed.first_run:8.0f} ms   {beyond:.0f} ms above the import, "
        f"{share:.2f} imports"
    )


async def show_first_uses() -> None:
    """The first program of an executor, where that is one with a library."""
    for name in ("NumPy", "sympy.stats", "physics.units"):
        begin = time.perf_counter()
        async with Executor() as executor:
            assert (await executor.run(LIBRARIES[name])).status == "ok"
            milliseconds = 1000 * (time.perf_counter() - begin)
        print(f"first run, {name:14}{milliseconds:8.0f} ms   from the start")


async def show_libraries(count: int) -> None:
    """Programs that import what not all programs have loaded, once all is warm."""
    async with Executor() as executor:
        await executor.run(LIBRARIES["NumPy"])
        await asyncio.sleep(2.0)
        for name, program in LIBRARIES.items():
            seconds = []
            for _ in range(count):
                await asyncio.sleep(0.02)
                begin = time.perf_counter()
                assert (await executor.run(program)).status == "ok"
                seconds.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            await asyncio.gather(*[executor.run(program) for _ in range(count)])
            rate = count / (time.perf_counter() - begin)
            print(f"with {name:17}{1000 * statistics.median(seconds):8.2f} ms   {rate:.0f} /s")


def show_pools(speed: Speed, calls: int) -> None:
    """Executors that make a process pool for each call, from a process with SymPy loaded."""
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        seconds = []
        for _ in range(calls):
            begin = time.perf_counter()
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                assert pool.submit(run_plainly, PROGRAM).result(timeout=60) == "[-1, 1]\n"
            seconds.append(time.perf_counter() - begin)
        each = 1000 * statistics.median(seconds)
        print(f"a new pool ({method:5})    {each:8.2f} ms   {each / speed.run:.1f} warm runs")


def run_plainly(program: str) -> str:
    """What such executors do: `exec`, with the output redirected."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(program, {"__name__": "__main__"})
    return output.getvalue()


async def show_hostile() -> None:
    """How far beyond its limit the slowest hostile program got, waiting included."""
    folder = Path(tempfile.mkdtemp(prefix="out"))
    outside = Outside(folder)
    worst, name = 0.0, ""
    async with Executor(workers=1) as executor:
        await executor.run(PROGRAM)
        assert executor.parent is not None
        for case in ALL:
            begin = time.perf_counter()
            program = outside.names(executor.parent) + case.program
            await executor.run(program, limits=LIMITS)
            beyond = time.perf_counter() - begin - LIMITS.wall_seconds
            if beyond > worst:
                worst, name = beyond, case.name
            outside.assert_untouched()
    outside.close()
    shutil.rmtree(folder)
    print(f"{len(ALL)} hostile programs, slowest {1000 * worst:.0f} ms beyond its limit: {name}")


def show_batch(count: int) -> None:
    """A long batch, and what it left."""
    batch = Batch(workers=os.cpu_count() or 1)
    begin = time.perf_counter()
    wrong = batch.run(count)
    seconds = time.perf_counter() - begin
    left = batch.left()
    batch.close()
    print(f"{count} programs, one in ten hostile: {seconds:.0f} s, {count / seconds:.0f} /s")
    print(f"  wrong {wrong}; left: " + ", ".join(f"{name} {many}" for name, many in left.items()))


if __name__ == "__main__":
    main()
