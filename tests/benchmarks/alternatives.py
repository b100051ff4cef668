"""mathcli's engine beside other ways to run the same file on this machine, in one run.

    python -m tests.benchmarks.alternatives [--problems 32] [--tokens 48] [--repeats 3]

A random 0.5B-shaped Q8_0 model answers the same prompts, which share a system prompt as a card's
do, greedily and to the same length: in a loop of `llama_cpp.Llama` calls, through llama.cpp's own
server with as many slots (`python -m tests.servers.llama_server` builds it), and through the
engine. Prompts count: the time is from the first request to the last answer. Medians of tokens a
second, in turn, and ratios of neighbours.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import llama_cpp

from mathcli.engines import Piece, Sampling
from mathcli.engines.hardware import physical_threads
from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
from tests.random_model import HALF_BILLION, write_random_model
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, free_port

SYSTEM = "Solve the problem step by step, and put the final answer into a box at the end. " * 2
WIDTH = 16
ROOM = 1024  # tokens for each of the sequences


def prompts(count: int) -> list[str]:
    return [f"{SYSTEM}Problem {at}: what is {at} + {7 * at}?" for at in range(count)]


def python_class(path: Path, tokens: int) -> Callable[[list[str]], int]:
    """A loop of calls, as a script does it."""
    llama = llama_cpp.Llama(str(path), n_ctx=ROOM, n_threads=physical_threads(), verbose=False)

    def write(texts: list[str]) -> int:
        answers: list[Any] = [
            llama.create_completion(text, max_tokens=tokens, temperature=0.0) for text in texts
        ]
        return sum(answer["usage"]["completion_tokens"] for answer in answers)

    return write


def served(url: str, tokens: int) -> Callable[[list[str]], int]:
    """Requests to a server, as many at a time as it has slots."""

    async def write(texts: list[str]) -> int:
        turn = asyncio.Semaphore(WIDTH)

        async def one(client: httpx2.AsyncClient, text: str) -> int:
            body = {"prompt": text, "max_tokens": tokens, "temperature": 0.0}
            async with turn:
                answer = await client.post(f"{url}/v1/completions", json=body, timeout=600)
            return int(answer.json()["usage"]["completion_tokens"])

        async with httpx2.AsyncClient() as client:
            return sum(await asyncio.gather(*(one(client, text) for text in texts)))

    return lambda texts: asyncio.run(write(texts))


def engine(path: Path, tokens: int) -> Callable[[list[str]], int]:
    """mathcli's engine."""
    own = LlamaEngine(path, EngineOptions(context=ROOM, sequences=WIDTH, busy=WIDTH))

    async def one(turn: asyncio.Semaphore, text: str) -> int:
        async with turn:
            sequence = await own.open([Piece(text)], Sampling())
            written = await sequence.generate(max_tokens=tokens)
            await sequence.close()
        return written.tokens

    async def write(texts: list[str]) -> int:
        turn = asyncio.Semaphore(WIDTH)
        return sum(await asyncio.gather(*(one(turn, text) for text in texts)))

    return lambda texts: asyncio.run(write(texts))


def rate(write: Callable[[list[str]], int], texts: list[str]) -> float:
    began = time.perf_counter()
    tokens = write(texts)
    return tokens / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", type=Path, help="a GGUF file instead of the random one")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    path = options.model or write_random_model(folder / "half.gguf", HALF_BILLION)
    print(f"cores {os.cpu_count()}, load average {os.getloadavg()[0]:.1f}")
    ways = {"llama_cpp.Llama, one after the other": python_class(path, options.tokens)}
    server, program = None, llama_server()
    if program is not None:
        port = free_port()
        words = [str(program), "--model", str(path), "--port", str(port), "--parallel", str(WIDTH),
                 "--ctx-size", str(WIDTH * ROOM), "--threads", str(physical_threads())]  # fmt: skip
        server = RunningServer(words, folder / "log", port)
        server.start()
        ways[f"llama-server, {WIDTH} slots"] = served(server.url, options.tokens)
    ways[f"mathcli's engine, {WIDTH} sequences"] = engine(path, options.tokens)
    texts = prompts(options.problems)
    try:
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.repeats):
            for name, write in ways.items():
                rates[name].append(rate(write, texts))
    finally:
        if server is not None:
            server.kill()
    own = statistics.median(list(rates.values())[-1])
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"{name:40} {middle:8.1f} tokens/s   mathcli is {own / middle:.2f} times as fast")


if __name__ == "__main__":
    main()
