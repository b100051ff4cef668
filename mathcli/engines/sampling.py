"""Draws the next token from a row of logits, in numpy.

The library's own sampler builds a candidate array of the whole vocabulary for each token; with a
vocabulary of 150,000 that costs more than everything else outside the decode. Greedy is one
`argmax` here. A draw considers only tokens with noticeable weight. If these are thousands, because
the distribution is flat, it draws first and then tests whether the token is in the nucleus, which
needs sums but no sorting.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mathcli.engines.base import Sampling

# Tokens this many temperatures below the best one weigh under e^-30 each: all of a vocabulary
# of a million together would change a probability by less than float32 can show.
_NEGLIGIBLE = 30.0
_FEW = 2048  # most candidates that are sorted
_BLOCK = 512
_PENALTY_WINDOW = 64  # tokens, as in llama.cpp

Logits = npt.NDArray[np.float32]
Ids = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float32]


class Sampler:
    """Draws tokens for one sequence, with its own random numbers."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.used = 0  # random numbers used so far
        self._random = np.random.Generator(np.random.Philox(sampling.seed % 2**64))

    def skip(self, numbers: int) -> None:
        """Skip random numbers that this sequence already used in another engine."""
        self._random.random(numbers)
        self.used += numbers

    def _next(self) -> float:
        self.used += 1
        return float(self._random.random())

    def draw(self, logits: Logits, recent: Sequence[int] = ()) -> int:
        """The next token's id; `recent` are the tokens so far, for the repetition penalty."""
        sampling = self.sampling
        if sampling.repetition_penalty != 1.0:
            logits = penalized(logits, recent[-_PENALTY_WINDOW:], sampling.repetition_penalty)
        if sampling.temperature <= 0 or sampling.top_k == 1:
            return int(logits.argmax())
        best = logits.max()
        room = _ROOM.of(len(logits))
        np.greater(logits, best - np.float32(_NEGLIGIBLE * sampling.temperature), out=room.mask)
        many = np.count_nonzero(room.mask) > _FEW
        if many and sampling.top_k == 0 and sampling.min_p == 0:
            return self._draw_flat(logits, best, room)
        ids, weights = candidates(logits, np.flatnonzero(room.mask), sampling)
        point = self._next() * weights.sum(dtype=float)
        return int(ids[_index(np.cumsum(weights, dtype=float), point)])

    def _draw_flat(self, logits: Logits, best: np.float32, room: _Room) -> int:
        """A draw from the nucleus by rejection, with the same distribution as by sorting.

        A token is in the nucleus when all tokens of greater weight together have less than
        `top_p` of the mass. On average 1 / top_p draws are needed.
        """
        weights = np.subtract(logits, best, out=room.weights)
        weights *= np.float32(1 / self.sampling.temperature)
        np.exp(weights, out=weights)
        mass = np.cumsum(np.add.reduceat(weights, room.blocks), dtype=float)
        while True:
            point = self._next() * mass[-1]
            block = _index(mass, point)
            within = point - (mass[block - 1] if block else 0.0)
            inside = weights[block * _BLOCK : (block + 1) * _BLOCK]
            token = block * _BLOCK + _index(np.cumsum(inside, dtype=float), within)
            np.greater(weights, weights[token], out=room.mask)
            greater = np.multiply(weights, room.mask, out=room.product).sum()
            if greater < self.sampling.top_p * mass[-1]:
                return token


class _Room:
    """Reusable arrays of the vocabulary's size: new ones for each token would cost more, in page
    faults, than the arithmetic."""

    def __init__(self, size: int) -> None:
        self.mask = np.empty(size, np.bool_)
        self.weights = np.empty(size, np.float32)
        self.product = np.empty(size, np.float32)
        self.blocks = np.arange(0, size, _BLOCK)


class _Rooms(threading.local):
    """One room per vocabulary size and thread."""

    def __init__(self) -> None:
        self._rooms: dict[int, _Room] = {}

    def of(self, size: int) -> _Room:
        if size not in self._rooms:
            self._rooms[size] = _Room(size)
        return self._rooms[size]


_ROOM = _Rooms()


def candidates(logits: Logits, ids: Ids, sampling: Sampling) -> tuple[Ids, Weights]:
    """Those of `ids` that may be drawn, likeliest first, and their weights.

    The filters apply in the usual order: top-k, top-p, min-p, each on the distribution at the
    given temperature.
    """
    if 0 < sampling.top_k < len(ids):
        ids = ids[np.argpartition(-logits[ids], sampling.top_k - 1)[: sampling.top_k]]
    ids = ids[np.argsort(-logits[ids], kind="stable")]
    scaled = logits[ids] / np.float32(sampling.temperature)
    weights = np.exp(scaled - scaled[0])
    if sampling.top_p < 1:
        mass = np.cumsum(weights, dtype=np.float64)
        keep = _index(mass, sampling.top_p * mass[-1]) + 1
        ids, weights = ids[:keep], weights[:keep]
    if sampling.min_p > 0:
        strong = weights >= sampling.min_p * weights[0]
        ids, weights = ids[strong], weights[strong]
    return ids, weights


def penalized(logits: Logits, recent: Sequence[int], penalty: float) -> Logits:
    """The logits with those of recent tokens reduced (CTRL, Keskar et al. 2019)."""
    changed = logits.copy()
    ids = np.unique(np.asarray(recent, np.intp))
    found = changed[ids]
    changed[ids] = np.where(found > 0, found / penalty, found * penalty)
    return changed


def log_probabilities(logits: Logits, ids: Sequence[int]) -> list[float]:
    """Natural logarithms of the probabilities of some tokens at temperature 1."""
    best = float(logits.max())
    total = np.log(np.exp(logits - np.float32(best)).sum(dtype=np.float64)) + best
    return [float(logits[token]) - float(total) for token in ids]


def _index(mass: npt.NDArray[np.float64], point: float) -> int:
    """The index at which `point` falls in cumulative masses."""
    return min(int(np.searchsorted(mass, point, side="right")), len(mass) - 1)
