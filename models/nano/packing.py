"""Documents to rows of tokens: several to a row, numbered so that none sees another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

ROW = 288


@dataclass(frozen=True)
class Batch:
    """Rows of equal length: tokens, document numbers, loss weights; each (rows, length + 1)."""

    tokens: NDArray[np.int64]
    documents: NDArray[np.int64]
    weights: NDArray[np.float32]


Encoded = tuple[list[int], list[float]]


def encode(path: Path, tokenizer: Tokenizer) -> list[Encoded]:
    """Tokens and weights of every document of a shard, segment by segment."""
    segments: list[str] = []
    weights: list[float] = []
    bounds = [0]
    for line in path.open(encoding="utf-8"):
        for text, weight in json.loads(line)["segments"]:
            segments.append(text)
            weights.append(weight)
        bounds.append(len(segments))
    ids = [encoding.ids for encoding in tokenizer.encode_batch(segments)]
    documents: list[Encoded] = []
    for start, end in pairwise(bounds):
        tokens = [token for part in ids[start:end] for token in part]
        kept = [w for part, w in zip(ids[start:end], weights[start:end], strict=True) for _ in part]
        kept[0] = 0.0  # nothing before it to predict it from
        documents.append((tokens, kept))
    return documents


def pack(documents: list[Encoded], length: int = ROW) -> Batch:
    """Fill rows, longest documents first, each into the row that it fills best."""
    rows: list[list[Encoded]] = []
    by_room: list[list[int]] = [[] for _ in range(length + 2)]
    for document in sorted(documents, key=lambda item: -len(item[0])):
        size = len(document[0])
        room = next((r for r in range(size, length + 2) if by_room[r]), None)
        if room is None:
            rows.append([])
            room, index = length + 1, len(rows) - 1
        else:
            index = by_room[room].pop()
        rows[index].append(document)
        by_room[room - size].append(index)
    tokens = np.zeros((len(rows), length + 1), np.int64)
    numbers = np.full((len(rows), length + 1), -1, np.int64)
    weights = np.zeros((len(rows), length + 1), np.float32)
    for row, members in enumerate(rows):
        at = 0
        for number, (ids, kept) in enumerate(members):
            tokens[row, at : at + len(ids)] = ids
            numbers[row, at : at + len(ids)] = number
            weights[row, at : at + len(ids)] = kept
            at += len(ids)
    return Batch(tokens, numbers, weights)


def batches(path: Path, tokenizer: Tokenizer, tokens: int, rng: Random) -> Iterator[Batch]:
    """The batches of one shard in random order, each of about ``tokens`` tokens."""
    documents = [d for d in encode(path, tokenizer) if len(d[0]) <= ROW]
    rng.shuffle(documents)
    packed = pack(documents)
    order = list(range(len(packed.tokens)))
    rng.shuffle(order)
    size = tokens // ROW
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        yield Batch(packed.tokens[chosen], packed.documents[chosen], packed.weights[chosen])
