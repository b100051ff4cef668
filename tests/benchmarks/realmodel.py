"""mathcli beside what else would run a published model on this machine: ratios of one run.

    python -m tests.benchmarks.realmodel --model FILE --data FILE [--problems 64] [--width 16]
        [--only loop server memory draft] [--draft FILE] [--no-save]

- `loop`: word problems by `tir` in one batch, beside a script that calls `create_chat_completion`
  for one after the other and runs their programs by `exec`;
- `server`: the same batch beside llama.cpp's server with as many slots and as many clients;
- `memory`: the peak of a batch, what was said of it beforehand, and the file with the cache that
  its solutions needed;
- `draft`: llama.cpp's server alone and with `--draft FILE` as its draft model: tokens a second of
  one text at a time.

All of them are warm: what is timed is from the first problem to the last answer. The machine should
do nothing else. The figures go to `docs/results/realmodel.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from mathcli.batches import BatchRunner, Problem
from mathcli.engines import memory
from mathcli.engines.hardware import physical_threads
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from mathcli.engines.native import outline
from mathcli.evaluation.datasets import read_dataset
from mathcli.models import Card, find_card
from mathcli.sandbox import Executor
from mathcli.solving import ModelInfo, SolveOptions, Solver
from tests.benchmarks.evaluations import RESULTS, digest, processor, write
from tests.benchmarks.scripts import Asked, python_loop, server_clients
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, free_port


class Bench:
    """One model, its problems, and the limits that all ways keep to."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.model: Path = options.model
        self.data: Path = options.data
        self.width: int = options.width
        self.problems = read_dataset(options.data).sampled(options.problems, 0).problems
        self.context: int = options.context
        self.max_tokens: int = options.max_tokens
        self.asked = Asked(self._card(), options.max_tokens, 2)
        self.found: list[dict[str, Any]] = []

    def _card(self) -> Card:
        from mathcli.engines.native import with_header

        return with_header(self.model, lambda metadata: find_card(metadata, self.model))

    @property
    def texts(self) -> list[str]:
        return [problem.text for problem in self.problems]

    def tell(self, name: str, figure: str, **numbers: Any) -> None:
        """Print a figure and keep it."""
        print(f"{name}: {figure}", flush=True)
        self.found.append(
            {
                "name": name,
                "figure": figure,
                **numbers,
                "problems": len(self.problems),
                "command": f"python -m tests.benchmarks.realmodel --problems {len(self.problems)} "
                f"--width {self.width} --max-tokens {self.max_tokens}",
                "model": {"file": self.model.name, "sha256": digest(self.model)},
                "data": {"file": self.data.name, "sha256": digest(self.data)},
                "date": datetime.date.today().isoformat(),
                "processor": processor(),
            }
        )

    # -- speed -----------------------------------------------------------------------------------

    def batch(self) -> tuple[float, int]:
        """Seconds and tokens of mathcli's batch."""
        engine = LlamaEngine(
            self.model,
            EngineOptions(context=self.context, sequences=self.width, busy=self.width),
        )
        try:
            return asyncio.run(self._batch(engine))
        finally:
            engine.close()

    async def _batch(self, engine: LlamaEngine) -> tuple[float, int]:
        info = ModelInfo(self.model.stem, self.model.name, "", "", engine.version, "")
        options = SolveOptions("tir", rounds=self.asked.rounds, max_tokens=self.max_tokens)
        async with Executor() as executor:
            solver = Solver(engine, executor, self.asked.card, info)
            await solver.solve("What is 1 + 1?", options)  # warm
            runner = BatchRunner(solver, options, width=self.width)
            began, tokens = time.perf_counter(), 0
            async for outcome in runner.outcomes(_stream(self.problems)):
                if outcome.transcript is not None:
                    tokens += outcome.transcript.counts.generated_tokens
            return time.perf_counter() - began, tokens

    def timed(self, way: Callable[[Asked, Sequence[str]], int]) -> tuple[float, int]:
        """Seconds and tokens of another way."""
        way(self.asked, ["What is 1 + 1?"])  # warm
        began = time.perf_counter()
        tokens = way(self.asked, self.texts)
        return time.perf_counter() - began, tokens

    def beside(self, name: str, other: tuple[float, int], own: tuple[float, int]) -> None:
        """How many times as fast the batch was: in problems, and in tokens a second."""
        problems = other[0] / own[0]
        rate = (own[1] / own[0]) / (other[1] / other[0])
        self.tell(
            f"{len(self.problems)} problems by tir, {self.width} at once, beside {name}",
            f"{problems:.2f} times as fast ({rate:.2f} times the tokens a second)",
            seconds=[round(own[0], 1), round(other[0], 1)],
            tokens=[own[1], other[1]],
        )

    def server(self, *words: str, slots: int) -> RunningServer | None:
        """llama.cpp's server with this file, if it was built."""
        program = llama_server()
        if program is None:
            print("there is no llama-server: python -m tests.servers.llama_server builds it")
            return None
        port = free_port()
        command = [str(program), "--model", str(self.model), "--port", str(port), "--offline"]
        command += ["--parallel", str(slots), "--ctx-size", str(slots * self.context), "--jinja"]
        command += ["--threads", str(physical_threads()), *words]
        return RunningServer(command, Path(tempfile.mkdtemp()) / "log", port)

    # -- memory ----------------------------------------------------------------------------------

    def memory(self) -> None:
        """The peak of a batch of the width, beside what was said and what was needed."""
        shape = outline(self.model)
        with tempfile.TemporaryDirectory() as folder:
            few, out = Path(folder) / "few.jsonl", Path(folder) / "out.jsonl"
            rows = [json.dumps({"problem": text}) for text in self.texts[: self.width]]
            few.write_text("\n".join(rows) + "\n", encoding="utf-8")
            command = [sys.executable, "-m", "mathcli", "batch", str(few), "-o", str(out)]
            command += ["--model", str(self.model), "--width", str(self.width), "--method", "tir"]
            command += ["--max-tokens", str(self.max_tokens), "--context", str(self.context)]
            subprocess.run(command, check=True, env=os.environ)
            lines = out.read_text(encoding="utf-8").splitlines()
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        counts = [json.loads(line).get("counts", {}) for line in lines]
        cells = sum(found.get("evaluated_tokens", 0) for found in counts)
        needed = shape.weights + cells * shape.cache_per_token
        said = memory.needed(shape, context=self.width * self.context)
        self.tell(
            f"memory of a batch of {self.width}",
            f"peak {peak / 1e9:.2f} GB, said beforehand {said / 1e9:.2f} GB, "
            f"{peak / needed:.2f} times the file and the cache of its solutions",
            bytes=[peak, said, needed],
        )

    # -- a draft model ---------------------------------------------------------------------------

    def draft(self, path: Path | None) -> None:
        """What a draft model brings llama.cpp's server, one text at a time."""
        rates = []
        for words in ((), ("--model-draft", str(path), "--draft-max", "8")):
            server = self.server(*words, slots=1)
            if server is None or path is None:
                return
            with server:
                seconds, tokens = self.timed(server_clients(server.url, 1))
            rates.append(tokens / seconds)
        self.tell(
            f"a draft model ({path.name if path else ''}) in llama-server, one text at a time",
            f"{rates[1] / rates[0]:.2f} times the tokens a second",
            rates=[round(rate, 1) for rate in rates],
        )


async def _stream(problems: Sequence[Problem]) -> AsyncIterator[Problem]:
    for problem in problems:
        yield problem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--problems", type=int, default=64)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--context", type=int, default=2048, help="tokens of each solution")
    parser.add_argument("--max-tokens", type=int, default=512)
    parts = ["loop", "server", "memory", "draft"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--draft", type=Path)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    bench = Bench(options)
    print(f"{processor()}, load average {os.getloadavg()[0]:.1f}")
    if "memory" in options.only:  # first: what ran before it would count
        bench.memory()
    own = bench.batch() if {"loop", "server"} & set(options.only) else (1.0, 0)
    if "server" in options.only:
        server = bench.server(slots=bench.width)
        if server is not None:
            with server:
                other = bench.timed(server_clients(server.url, bench.width))
            name = f"llama-server, {bench.width} slots and as many clients"
            bench.beside(name, other, own)
    if "loop" in options.only:
        other = bench.timed(python_loop(bench.model, bench.context))
        bench.beside("a loop of create_chat_completion with exec", other, own)
    if "draft" in options.only:
        bench.draft(options.draft)
    if not options.no_save:
        write(RESULTS / "realmodel.json", bench.found)


if __name__ == "__main__":
    main()
