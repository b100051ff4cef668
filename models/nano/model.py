"""A small Llama: RMS norms, rotary positions, gated feed-forward, tied embeddings, no biases."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """The sizes of the network."""

    vocabulary: int = 2048
    width: int = 256
    layers: int = 6
    heads: int = 4
    hidden: int = 704
    context: int = 512
    rope_base: float = 10000.0
    epsilon: float = 1e-5


class Block(nn.Module):
    """Attention, then a gated feed-forward, each on a normed residual stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attention_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.query = nn.Linear(shape.width, shape.width, bias=False)
        self.key = nn.Linear(shape.width, shape.width, bias=False)
        self.value = nn.Linear(shape.width, shape.width, bias=False)
        self.output = nn.Linear(shape.width, shape.width, bias=False)
        self.hidden_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, stream: Tensor, rotation: Tensor, mask: Tensor) -> Tensor:
        normed = self.attention_norm(stream)
        query = rotate(self._split(self.query(normed)), rotation)
        key = rotate(self._split(self.key(normed)), rotation)
        value = self._split(self.value(normed))
        # Two products and a softmax: on a CPU this compiles to faster code than the fused kernel.
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        mixed = torch.softmax(scores.float() + mask, dim=-1).to(value.dtype) @ value
        stream = stream + self.output(mixed.transpose(1, 2).flatten(2))
        normed = self.hidden_norm(stream)
        return stream + self.down(functional.silu(self.gate(normed)) * self.up(normed))

    def _split(self, projected: Tensor) -> Tensor:
        rows, length, width = projected.shape
        return projected.view(rows, length, self.heads, width // self.heads).transpose(1, 2)


class Nano(nn.Module):
    """The language model; `forward` gives logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.register_buffer("rotation", rotations(shape), persistent=False)
        self.apply(self._initialise)

    def _initialise(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens: Tensor, documents: Tensor) -> Tensor:
        """Logits of shape (rows, length, vocabulary).

        ``documents`` numbers the document that each token belongs to: a row packs several, and
        no token sees another document. Positions run on over the row, which changes nothing,
        since rotary embedding only knows distances.
        """
        length = tokens.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril()
        same = documents[:, :, None] == documents[:, None, :]
        mask = torch.zeros(same.shape, device=tokens.device).masked_fill(~(same & causal), -1e9)
        stream = self.embedding(tokens)
        for block in self.blocks:
            stream = block(stream, self.rotation[:length], mask[:, None])
        return functional.linear(self.norm(stream), self.embedding.weight)


def rotations(shape: Shape) -> Tensor:
    """Cosines and sines, (context, 2, head width / 2), for neighbouring pairs of channels."""
    size = shape.width // shape.heads
    frequency = shape.rope_base ** (-torch.arange(0, size, 2).float() / size)
    angle = torch.arange(shape.context).float()[:, None] * frequency
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def rotate(heads: Tensor, rotation: Tensor) -> Tensor:
    """Rotary embedding of interleaved pairs, the order that llama.cpp's `llama` type uses."""
    pairs = heads.float().unflatten(-1, (-1, 2))
    cosine, sine = rotation[:, 0], rotation[:, 1]
    even, odd = pairs[..., 0], pairs[..., 1]
    turned = torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1)
    return turned.flatten(-2).to(heads.dtype)


def loss_of(model: Nano, tokens: Tensor, documents: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean cross entropy of each token given those before it."""
    logits = model(tokens[:, :-1], documents[:, :-1]).float()
    losses = functional.cross_entropy(
        logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
    )
    kept = weights[:, 1:].flatten()
    return (losses * kept).sum() / kept.sum()
