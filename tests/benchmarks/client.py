"""What mathcli itself costs in front of a large cluster: a fast stand-in for the servers.

    python -m tests.benchmarks.client [--problems 10000] [--rate 5000] [--at-once 1 8 32 64]

The stand-in (`tests/servers/fast.py`, a process of its own) has vLLM's shape, computes nothing and
writes so many tokens a second, shared by all streams. Figures go to `docs/results/client.json`:
problems an hour, processor seconds of mathcli and what it started (grading and the programs
included) for each problem, tokens that one core keeps up with, and the memory of the process that
asks, early and late. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.evaluations import RESULTS, write
from tests.benchmarks.servers import about
from tests.servers.running import RunningServer, free_port

FILE = RESULTS / "client.json"
METHODS = ("tir", "cot")


@contextmanager
def stand_in(rate: float, folder: Path) -> Iterator[str]:
    """The address of a server that writes `rate` tokens a second."""
    port = free_port()
    words = [sys.executable, "-m", "tests.servers.fast", str(port), str(rate)]
    with RunningServer(words, folder / "server-log", port) as server:
        yield server.url


def memory_of(pid: int) -> float:
    """MiB of the largest process that `pid` started: the one that asks."""
    pids, found = [pid], 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) in pids:
                pids.append(int(path.parent.name))
                pages = int((path.parent / "statm").read_text().split()[1])
                found = max(found, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
        except OSError:
            continue  # it has just ended
    return found


def measured(source: Path, count: int, url: str, method: str, at_once: int) -> dict[str, Any]:
    """One batch: its time, its processor time, and its memory on the way."""
    out = source.with_name(f"out-{method}-{at_once}.jsonl")
    words = [sys.executable, "-m", "mathcli", "batch", str(source), "-o", str(out)]
    words += ["--server", url, "--concurrency", str(at_once), "--method", method]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    memory: dict[int, float] = {}
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as child:
        marks = [count // 10, count // 2, 9 * count // 10]
        size = done = 0
        while child.poll() is None:
            time.sleep(0.2)
            if out.exists() and out.stat().st_size > size:
                with out.open("rb") as file:  # only what is new
                    file.seek(size)
                    data = file.read()
                size, done = size + len(data), done + data.count(b"\n")
            while marks and done >= marks[0]:
                memory[marks.pop(0)] = round(memory_of(child.pid), 1)
    if child.returncode:
        raise SystemExit(f"mathcli batch ended with {child.returncode}")
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with out.open(encoding="utf-8") as lines:
        written = [json.loads(line)["counts"]["generated_tokens"] for line in lines]
    assert len(written) == count, f"{len(written)} of {count} results"
    tokens = sum(written)
    return {
        "name": f"{method}, {at_once} at once",
        "method": method,
        "at once": at_once,
        "problems": count,
        "seconds": round(seconds, 1),
        "problems an hour": round(3600 * count / seconds),
        "tokens a second": round(tokens / seconds),
        "processor ms a problem": round(1000 * cpu / count, 2),
        "tokens a second and core": round(tokens / cpu),
        "memory": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=5000)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as name, stand_in(options.rate, Path(name)) as url:
        source = Path(name) / "problems.jsonl"
        most = max(options.at_once)
        for method in METHODS:
            for at_once in options.at_once:
                # Few at once are slow by design; the longest run tells of the memory.
                count = options.problems if at_once == most else options.problems // 20
                rows = (json.dumps({"problem": f"What is {n} + 4?"}) for n in range(count))
                source.write_text("".join(f"{row}\n" for row in rows), "utf-8")
                row = measured(source, count, url, method, at_once)
                runs.append({**row, "rate": options.rate, **about("client")})
                print(json.dumps(runs[-1]), flush=True)
    write(options.out, runs)


if __name__ == "__main__":
    main()
