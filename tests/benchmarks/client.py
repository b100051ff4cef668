"""What mathcli itself costs in front of a large cluster: a fast stand-in for the servers.

    python -m tests.benchmarks.client [--problems 10000] [--rate 5000]

The stand-in (`tests/servers/fast.py`, a process of its own) has vLLM's shape, computes nothing and
writes so many tokens a second, shared by all streams; in the last run as many as it can. Figures go
to `docs/results/client.json`: of the process that asks its processor time and its resident memory,
between the first tenth of the problems and the last, so that starting is in none of them; the time
of the processes that it started (grading, programs) apart. Linux alone, and a machine that does
nothing else; it takes about three minutes.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from mathcli import __version__
from tests.benchmarks.evaluations import RESULTS, write
from tests.benchmarks.servers import about
from tests.servers.running import RunningServer, free_port

FILE = RESULTS / "client.json"
WORDS, SHORT, PROGRAMS, UNBOUND = "words", "short words", "programs", "words, no limit"
LONG = 300  # tokens of a text, beside the few of its answer
_NO_LIMIT = 1e6
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What is asked of one batch.

    Args:
        length: tokens of each text before its answer or program.
        share: of the problems.
    """

    name: str
    method: str
    length: int
    at_once: int
    share: float
    bound: bool = True


LOADS = (
    Load(WORDS, "cot", LONG, 1, 1 / 200),
    Load(WORDS, "cot", LONG, 8, 1 / 100),
    Load(WORDS, "cot", LONG, 32, 1 / 40),
    Load(WORDS, "cot", LONG, 64, 1 / 20),
    Load(SHORT, "cot", 0, 64, 1),
    Load(PROGRAMS, "tir", 0, 64, 3 / 10),
    Load(UNBOUND, "cot", LONG, 64, 1 / 5, bound=False),
)


@contextmanager
def stand_in(rate: float, folder: Path, length: int = 0) -> Iterator[str]:
    """The address of a server that writes `rate` tokens a second."""
    port = free_port()
    words = [sys.executable, "-m", "tests.servers.fast", str(port), str(rate), str(length)]
    with RunningServer(words, folder / "server-log", port) as server:
        yield server.url


@dataclass(frozen=True)
class Sample:
    """The process that asks, at one moment: problems done, processor seconds, resident MiB."""

    done: int
    seconds: float
    memory: float


def asking(pid: int) -> int | None:
    """The process that asks: the command `pid` guards it, as its only child."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return int(found[0]) if found else None


def sample(pid: int, done: int) -> Sample | None:
    """What the kernel says of a process; `None` where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] == "Z":
        return None
    seconds = (int(fields[11]) + int(fields[12])) / _TICKS
    return Sample(done, seconds, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20)


class Done:
    """Counts the results in a file while it grows."""

    def __init__(self, path: Path) -> None:
        self.count = self._size = 0
        self._path = path

    def look(self) -> int:
        if self._path.exists() and self._path.stat().st_size > self._size:
            with self._path.open("rb") as file:  # only what is new
                file.seek(self._size)
                data = file.read()
            self._size += len(data)
            self.count += data.count(b"\n")
        return self.count


def run(words: Sequence[str], out: Path) -> list[Sample]:
    """Run a batch; how its asking process was on the way."""
    samples: list[Sample] = []
    done = Done(out)
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as child:
        pid = None
        while child.poll() is None:
            time.sleep(0.1)
            try:
                pid = pid or asking(child.pid)
            except OSError:  # it has just ended
                break
            found = sample(pid, done.look()) if pid is not None else None
            if found is not None:
                samples.append(found)
    if child.returncode:
        raise SystemExit(f"mathcli batch ended with {child.returncode}")
    return samples


def measured(source: Path, load: Load, count: int, url: str) -> dict[str, Any]:
    """One batch: its time, its processor time, and its memory on the way."""
    out = source.with_name("out.jsonl")
    out.unlink(missing_ok=True)
    words = [sys.executable, "-m", "mathcli", "batch", str(source), "-o", str(out)]
    words += ["--server", url, "--concurrency", str(load.at_once), "--method", load.method]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    samples = run(words, out)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with out.open(encoding="utf-8") as lines:
        written = [json.loads(line)["counts"]["generated_tokens"] for line in lines]
    assert len(written) == count, f"{len(written)} of {count} results"
    each = sum(written) / count
    first = next(one for one in samples if one.done >= count // 10)
    last = samples[-1]
    problems, own = last.done - first.done, last.seconds - first.seconds
    return {
        "problems": count,
        "tokens a problem": round(each),
        "seconds": round(seconds, 1),
        "problems an hour": round(3600 * count / seconds),
        "tokens a second": round(each * count / seconds),
        "processor ms a problem": round(1000 * own / problems, 2),
        "tokens a second and core": round(each * problems / own),
        "started processes' ms a problem": round(1000 * (cpu - last.seconds) / count, 2),
        "memory": {
            one.done: round(one.memory, 1)
            for mark in (0.1, 0.5, 1)
            for one in [next((one for one in samples if one.done >= mark * count), last)]
        },
        "bytes a problem": round((last.memory - first.memory) * 2**20 / problems),
    }


def _about() -> dict[str, Any]:
    versions = {"mathcli": __version__, "aiohttp": version("aiohttp"), "python": python_version()}
    return about("client") | {"versions": versions}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=5000)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    runs = []
    for load in LOADS:
        rate = options.rate if load.bound else _NO_LIMIT
        count = max(20, round(options.problems * load.share))
        with tempfile.TemporaryDirectory() as name, stand_in(rate, Path(name), load.length) as url:
            source = Path(name) / "problems.jsonl"
            rows = (json.dumps({"problem": f"What is {n} + 4?"}) for n in range(count))
            source.write_text("".join(f"{row}\n" for row in rows), "utf-8")
            row = {
                "name": f"{load.name}, {load.at_once} at once",
                "load": load.name,
                "method": load.method,
                "at once": load.at_once,
                "rate": rate if load.bound else None,
            }
            runs.append({**row, **measured(source, load, count, url), **_about()})
            print(json.dumps(runs[-1]), flush=True)
    write(options.out, runs)


if __name__ == "__main__":
    main()
