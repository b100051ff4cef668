"""What sharing an engine is worth, in one run: calls at once, calls in a row, two processes.

    python -m tests.benchmarks.resident MODEL [--many 8 32] [--row 20] [--model-in-a-row MODEL]
        [--tokens 256]

Prints seconds and ratios:

- N problems as N calls of `mathcli solve -q`, four at a time (`xargs -P 4`), with a resident engine
  that is there already and without one, over one `mathcli batch` of the same problems that loads
  its model itself;
- calls in a row on a resident engine: what each takes beyond the time that its own transcript
  spends on the problem without the executor's start, the first excepted;
- the rate of one engine alone with the threads that follow the load over that with a fixed number,
  and of two at once over one alone.

Nothing else may run meanwhile: the script says so if something does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mathcli.engines.threads import WINDOW, Governor

MATHCLI = [sys.executable, "-m", "mathcli"]
AT_ONCE = 4
# As where mathcli is installed: its modules are compiled once, not by each call.
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def problems(count: int) -> list[str]:
    """Fresh word problems of the same kind."""
    return [
        f"A shop sells {n + 3} boxes with {2 * n + 5} pens each, and {n} pens are broken. "
        "How many pens are whole?"
        for n in range(7, 7 + count)
    ]


def call(words: Sequence[str], given: str | None = None) -> tuple[float, str]:
    """Seconds of a call, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [*MATHCLI, *words], input=given, capture_output=True, text=True, check=False, env=ENV
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return time.perf_counter() - began, done.stdout


def at_once(given: Sequence[str], words: Sequence[str]) -> float:
    """Seconds for a call for each problem, four at a time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda one: call(["solve", "-q", *words, one]), given))
    return time.perf_counter() - began


def many(model: str, count: int, tokens: int) -> None:
    """Calls four at a time, with and without a resident engine, over one batch."""
    given = problems(count)
    words = ["--model", model, "--max-tokens", str(tokens), "--no-history"]
    text = "\n".join(given) + "\n"
    batch, _ = call(["batch", "-q", "--no-resident", *words[:4], "-"], text)
    kept = at_once(given, [*words, "--keep", "10m"])
    call(["serve", "stop"])
    alone = at_once(given, [*words, "--no-resident"])
    print(f"{count} problems: batch {batch:.1f} s; calls, {AT_ONCE} at a time: "
          f"kept {kept:.1f} s ({kept / batch:.2f}), without {alone:.1f} s ({alone / batch:.2f})",
          flush=True)  # fmt: skip


def row(model: str, count: int, tokens: int) -> None:
    """What calls in a row take beyond decoding: the wall time of each less the time in which its
    tokens were written."""
    words = ["--model", model, "--max-tokens", str(tokens), "--no-history", "--keep", "10m"]
    beyond = []
    for problem in problems(count + 1):
        seconds, printed = call(["solve", "--json", *words, problem])
        beyond.append(seconds - decoding(json.loads(printed)))
    call(["serve", "stop"])
    rest = beyond[1:]
    middle, most = statistics.median(rest), max(rest)
    print(f"{count} calls in a row: beyond decoding {middle:.2f} s in the middle, {most:.2f} s at "
          f"most; the first {beyond[0]:.2f} s", flush=True)  # fmt: skip


def decoding(transcript: dict[str, Any]) -> float:
    """Seconds in which the model read and wrote, as its transcript says."""
    return sum(one["ms"] for one in transcript["segments"] if one["kind"] != "output") / 1000


RATE = """
import asyncio, sys, time
from pathlib import Path
from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.options import EngineOptions
from mathcli.engines.hardware import physical_threads
path, tokens, fixed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "fixed"
engine = LlamaEngine(path, EngineOptions(threads=physical_threads() if fixed else None))
async def go():
    prompt = [Piece("Count: one, two, three,")]
    for skipped in (16, tokens):
        sequence = await engine.open(prompt, Sampling(temperature=1.0, seed=1))
        began, written = time.perf_counter(), 0
        while written < skipped:
            made = await sequence.generate(max_tokens=skipped - written)
            written += max(1, made.tokens)
        rate = written / (time.perf_counter() - began)
        await sequence.close()
    print(rate)
asyncio.run(go())
"""


def rates(model: str, tokens: int, processes: int, how: str) -> list[float]:
    """Tokens per second of engines that run at once."""
    words = [sys.executable, "-c", RATE, model, str(tokens), how]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [float(one.communicate()[0]) for one in running]


def politeness(model: str, tokens: int) -> None:
    """What following the load costs alone, and what it is worth for two."""
    pairs = [(rates(model, tokens, 1, "fixed")[0], rates(model, tokens, 1, "polite")[0])
             for _ in range(3)]  # fmt: skip
    alone = statistics.median(polite for _, polite in pairs)
    ratio = statistics.median(polite / fixed for fixed, polite in pairs)
    two = rates(model, 2 * tokens, 2, "polite")
    shares = ", ".join(f"{rate / alone:.2f}" for rate in two)
    print(f"one engine: {alone:.1f} tok/s, {ratio:.3f} of a fixed number of threads; "
          f"two at once: {shares} of it each", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a file, of 0.5B parameters say")
    parser.add_argument("--many", type=int, nargs="*", default=[8, 32])
    parser.add_argument("--row", type=int, default=20)
    parser.add_argument("--model-in-a-row", help="a file, of 1.5B parameters say")
    parser.add_argument("--tokens", type=int, default=256)
    asked = parser.parse_args()
    model = str(Path(asked.model).resolve())
    governor = Governor(most=2)
    time.sleep(4 * WINDOW)
    governor.update()
    if governor.busy:
        print(f"worthless figures: {governor.busy}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        politeness(model, asked.tokens)
        for count in asked.many:
            many(model, count, asked.tokens)
        if asked.row:
            row(str(Path(asked.model_in_a_row or model).resolve()), asked.row, asked.tokens)


if __name__ == "__main__":
    main()
