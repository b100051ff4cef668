"""Which shape is best for a budget: several, trained from nothing on the same number of tokens.

Command: python sweep.py DATA_FOLDER OUT_FOLDER [--shards 40 41] [--held 44] [--tokens 600000]

Every shape reads the same shards in the same order with train.py's optimizers and schedule, which
follows the tokens here. Vocabularies are learned from these shards, each in its size. The loss is
measured on a shard that none has read, in nats per character, so that vocabularies compare; texts
count by the weight that training gives them. A shape that is done is not trained again.

Seconds are processor seconds: steps times what a step takes, which is measured for all shapes by
turns, since what else the machine does slows them too. For a budget of seconds, losses are
compared where the cheapest shape begins to lower its rate: up to there, all have the full rate.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from itertools import islice
from math import exp, log
from pathlib import Path
from statistics import median

import numpy as np
import tokenizer as vocabularies
import torch
from model import Nano, Shape, loss_of
from packing import ROW, Batch, encode, pack
from tokenizers import Tokenizer
from train import DECAY_SHARE, Run, stream

SHAPES = {
    "shipped": Shape(),
    "deeper, narrower": Shape(width=192, layers=11, heads=3, hidden=512),
    "shallower, wider": Shape(width=320, layers=4, heads=5, hidden=832),
    "half as large": Shape(width=192, layers=6, heads=3, hidden=512),
    "twice as large": Shape(width=320, layers=8, heads=5, hidden=896),
    "half the vocabulary": Shape(vocabulary=1024),
    "twice the vocabulary": Shape(vocabulary=4096),
}
RATE = 3e-3
WARM_STEPS = 25  # the real run has 100, nearly all the steps of a short one
POINTS = [share * (1 - DECAY_SHARE) for share in (0.25, 0.5, 0.75, 1.0)]
DOCUMENTS = 300  # of the held-out shard
CONTEXT = Shape().context
ROUNDS = 16  # of measuring a step


class Held:
    """Documents that no shape has read, whole, and their weighted characters."""

    def __init__(self, shard: Path, tokenizer: Tokenizer) -> None:
        self.batch = pack(encode(shard, tokenizer)[:DOCUMENTS], CONTEXT)
        with shard.open(encoding="utf-8") as lines:
            documents = [json.loads(line)["segments"] for line in islice(lines, DOCUMENTS)]
        self.characters = sum(weight * len(text) for d in documents for text, weight in d)

    def loss(self, model: Nano) -> float:
        """Nats per character."""
        batch, nats = self.batch, 0.0
        for row in zip(batch.tokens, batch.documents, batch.weights, strict=True):
            tokens, documents, weights = (torch.from_numpy(array)[None] for array in row)
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                mean = loss_of(model, tokens, documents, weights)
            nats += float(mean * weights[:, 1:].sum())
        return nats / self.characters


def train(run: Run, held: Held, data: Iterator[Batch], tokens: int) -> dict[str, object]:
    """Train until the tokens are read; the held-out loss at every point and at the end."""
    torch._dynamo.reset()
    loss_function = torch.compile(loss_of)
    points = [*POINTS, 1.0]
    losses: list[tuple[int, float]] = []
    while points:
        run.update(next(data), loss_function, run.tokens / tokens)
        if run.tokens >= points[0] * tokens:
            losses.append((run.step, held.loss(run.model)))
            print(f"  step {run.step}: {losses[-1][1]:.4f}", flush=True)
            points.pop(0)
    parameters = list(run.model.parameters())
    return {
        "parameters": sum(p.numel() for p in parameters),
        "bytes": sum(p.numel() * (34 / 32 if p.ndim == 2 else 4) for p in parameters),
        "losses": losses,
    }


def step_seconds(batch: Batch) -> dict[str, float]:
    """Processor seconds of a step, for every shape; each has the tokens of the batch."""
    torch._dynamo.reset()
    loss_function = torch.compile(loss_of, dynamic=False)
    runs = {title: Run(Path(), RATE, shape, WARM_STEPS) for title, shape in SHAPES.items()}
    taken: dict[str, list[float]] = {title: [] for title in SHAPES}
    for _ in range(1 + ROUNDS):
        for title, run in runs.items():
            began = time.process_time()
            run.update(batch, loss_function, 0.0)
            taken[title].append(time.process_time() - began)
    return {title: median(seconds[1:]) for title, seconds in taken.items()}  # the first compiled


def lengths(shards: list[Path], tokenizer: Tokenizer) -> dict[str, float]:
    """Tokens of the documents: the reason for the context and for the length of rows."""
    sizes = np.array([len(tokens) for shard in shards for tokens, _ in encode(shard, tokenizer)])
    over = {f"over {limit}": float((sizes > limit).mean()) for limit in (ROW, CONTEXT)}
    return {"mean": float(sizes.mean()), "longest": int(sizes.max()), **over}


def loss_at(seconds: float, points: list[tuple[float, float]]) -> float:
    """The loss after so many seconds, on straight lines between the logarithms of the points."""
    times, losses = zip(*points, strict=True)
    return exp(float(np.interp(log(seconds), np.log(times), np.log(losses))))


def table(results: dict[str, dict], step: dict[str, float]) -> str:
    """All shapes as Markdown."""
    curves = {
        name: [(count * step[name], loss) for count, loss in result["losses"]]
        for name, result in results.items()
    }
    budget = min(points[-2][0] for points in curves.values())
    cost = next(iter(curves.values()))[-1][0]
    text = [f"| shape | parameters | Q8_0 | seconds | cost | loss | loss at {budget:.0f} s |"]
    text.append("|---|---|---|---|---|---|---|")
    for name, points in curves.items():
        seconds, loss = points[-1]
        size = f"{results[name]['parameters'] / 1e6:.2f} M | {results[name]['bytes'] / 1e6:.2f} MB"
        spent = f"{seconds:.0f} | {seconds / cost:.2f}"
        text.append(f"| {name} | {size} | {spent} | {loss:.4f} | {loss_at(budget, points):.4f} |")
    return "\n".join(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shards", type=int, nargs="+", default=[40, 41])
    parser.add_argument("--held", type=int, default=44)
    parser.add_argument("--tokens", type=int, default=600_000)
    parser.add_argument("--batch", type=int, default=4608)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    folder = given.out / "shards"
    folder.mkdir(parents=True, exist_ok=True)
    shards = [folder / f"{number:03d}.jsonl" for number in given.shards]
    for link in shards:
        if not link.exists():
            link.symlink_to((given.data / link.name).resolve())
    sizes = sorted({shape.vocabulary for shape in SHAPES.values()})
    readers = {size: vocabularies.train(folder, vocabulary=size) for size in sizes}
    for size, reader in readers.items():
        print(size, lengths(shards, reader), flush=True)
    found: dict[str, dict] = {}
    for title, shape in SHAPES.items():
        path = given.out / f"{title} {given.tokens}.json"
        if not path.exists():
            print(title, flush=True)
            reader = readers[shape.vocabulary]
            unread = Held(given.data / f"{given.held:03d}.jsonl", reader)
            drawn = (batch for _, batch in stream(folder, reader, given.batch, 0))
            result = train(Run(given.out, RATE, shape, WARM_STEPS), unread, drawn, given.tokens)
            path.write_text(json.dumps(result), encoding="utf-8")
        found[title] = json.loads(path.read_text(encoding="utf-8"))
    _, smallest = next(stream(folder, readers[sizes[0]], given.batch, 0))
    print(table(found, step_seconds(smallest)))
