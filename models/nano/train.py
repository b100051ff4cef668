"""Train the model: warm up, stay, decay; stop by the clock; carry on from the last checkpoint.

Command: python train.py DATA_FOLDER TOKENIZER.json RUN_FOLDER --minutes 60

Matrices are trained with Muon (Jordan et al., 2024; rate matched to AdamW's as in Liu et al.,
2025, arXiv:2502.16982), embeddings and norms with AdamW. The schedule follows the clock, so a
run of any length ends decayed; a running mean of the weights serves for looks in between.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random

import torch
from export import names
from gguf import GGUFReader
from gguf.quants import dequantize
from model import Nano, Shape, loss_of
from packing import Batch, batches
from tokenizers import Tokenizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

WARM_STEPS = 100
DECAY_SHARE = 0.35
SAVE_SECONDS = 180


def optimizers(model: Nano, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for the rest."""
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    muon = torch.optim.Muon(
        matrices, lr=rate, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"
    )
    adamw = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [muon, adamw]


def factor(step: int, progress: float, warm_steps: int) -> float:
    """The learning rate's share: rises over steps, falls linearly over the last of the time."""
    warm = min(1.0, (step + 1) / warm_steps)
    return warm * min(1.0, max(0.02, (1.0 - progress) / DECAY_SHARE))


def stream(
    folder: Path, tokenizer: Tokenizer, tokens: int, start: int
) -> Iterator[tuple[int, Batch]]:
    """Batches of one shard after the other, in the order of their numbers, round and round;
    shards may still be arriving."""
    number = start
    while True:
        there = sorted(int(path.stem) for path in folder.glob("[0-9]*.jsonl"))
        number = next((n for n in there if n >= number), there[0])
        path = folder / f"{number:03d}.jsonl"
        for batch in batches(path, tokenizer, tokens, Random(f"order/{number}")):
            yield number, batch
        number += 1


class Run:
    """A model in training, with everything that a checkpoint holds."""

    def __init__(
        self, folder: Path, rate: float, shape: Shape, warm_steps: int = WARM_STEPS
    ) -> None:
        self.folder, self.rate, self.warm_steps = folder, rate, warm_steps
        torch.manual_seed(1)
        self.model = Nano(shape)
        self.mean = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(0.995))
        self.optimizers = optimizers(self.model, rate)
        self.step = self.shard = self.tokens = 0
        self.seconds = 0.0

    def begin_from(self, path: Path) -> None:
        """Start from the weights of a GGUF file instead of from nothing."""
        named = {theirs: ours for ours, theirs in names(self.model.shape.layers).items()}
        state = {
            named[tensor.name]: torch.tensor(dequantize(tensor.data, tensor.tensor_type))
            for tensor in GGUFReader(path).tensors
        }
        self.model.load_state_dict(state)
        self.mean.module.load_state_dict(state)
        self.mean.n_averaged.fill_(1)

    def save(self) -> None:
        """Write the checkpoint beside the old one, then swap."""
        state = {
            "shape": asdict(self.model.shape),
            "model": self.model.state_dict(),
            "mean": self.mean.module.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": [self.step, self.shard, self.tokens, self.seconds],
        }
        torch.save(state, self.folder / "checkpoint.partial")
        (self.folder / "checkpoint.partial").rename(self.folder / "checkpoint.pt")

    def restore(self) -> None:
        """Carry on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path)
        self.model.load_state_dict(state["model"])
        self.mean.module.load_state_dict(state["mean"])
        self.mean.n_averaged.fill_(1)
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.shard, self.tokens, self.seconds = state["progress"]
        self.shard += 1

    def update(self, batch: Batch, loss_function: object, progress: float) -> float:
        """One step of training."""
        tokens, documents = torch.from_numpy(batch.tokens), torch.from_numpy(batch.documents)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_function(self.model, tokens, documents, torch.from_numpy(batch.weights))  # type: ignore[operator]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate * factor(self.step, progress, self.warm_steps)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.mean.update_parameters(self.model)
        self.step += 1
        self.tokens += int((batch.documents >= 0).sum())
        return float(loss.detach())


def train(run: Run, data: Path, tokenizer: Tokenizer, minutes: float, batch_tokens: int) -> None:
    """Run until the minutes are over, with a line of log every 20 steps."""
    loss_function = torch.compile(loss_of)
    log = (run.folder / "log.jsonl").open("a", buffering=1)
    losses: list[float] = []
    last = saved = time.monotonic()
    for shard, batch in stream(data, tokenizer, batch_tokens, run.shard):
        run.shard = shard
        progress = run.seconds / (60 * minutes)
        if progress >= 1:
            break
        losses.append(run.update(batch, loss_function, progress))
        now = time.monotonic()
        run.seconds += now - last
        last = now
        if run.step % 20 == 0:
            line = {
                "step": run.step,
                "tokens": run.tokens,
                "seconds": round(run.seconds),
                "shard": run.shard,
            }
            print(json.dumps({**line, "loss": round(sum(losses) / len(losses), 4)}), file=log)
            losses = []
        if now - saved > SAVE_SECONDS:
            run.save()
            saved = now
    run.save()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=8192, help="tokens in a step")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--start", type=Path, help="a GGUF file whose weights to start from")
    parser.add_argument("--shard", type=int, default=0, help="the first shard to read")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    training = Run(arguments.folder, arguments.rate, Shape(layers=arguments.layers))
    training.shard = arguments.shard
    if arguments.start:
        training.begin_from(arguments.start)
    training.restore()
    reader = Tokenizer.from_file(str(arguments.tokenizer))
    train(training, arguments.data, reader, arguments.minutes, arguments.batch)
