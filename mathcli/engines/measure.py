"""Measures the speed of the bare library and of the engine on a file.

"Bare" means `llama_decode` alone on prepared tokens: no sampling, no text, no bookkeeping. It is
the upper limit for the engine, measured in the same run on the same file.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import llama_cpp as lib

from mathcli.engines.base import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine

_BATCH = 512


class Bare:
    """A bare decode loop over a model, in its own context.

    Args:
        like: the engine to compare with; file, cache and hardware are the same.
        width: sequences decoded together.
    """

    def __init__(self, like: LlamaEngine, width: int) -> None:
        model_params = lib.llama_model_default_params()
        model_params.use_extra_bufts = like.build.extra_buffers
        model_params.n_gpu_layers = like.offload.layers
        path = str(like.path).encode()
        self._model: Any = lib.llama_model_load_from_file(path, model_params)
        params = lib.llama_context_default_params()
        params.n_ctx = like.context_length * width if like.streams else like.cells
        params.n_batch = params.n_ubatch = _BATCH
        params.n_seq_max, params.kv_unified, params.no_perf = width, not like.streams, True
        params.n_threads = params.n_threads_batch = like.threads
        self._context: Any = lib.llama_init_from_model(self._model, params)
        self._memory = lib.llama_get_memory(self._context)
        self._batch = lib.llama_batch_init(_BATCH, 0, 1)
        self._width = width

    def prefill(self, tokens: int) -> float:
        """Prompt tokens/s of one sequence."""
        lib.llama_memory_clear(self._memory, False)
        began = time.perf_counter()
        for start in range(0, tokens, _BATCH):
            count = min(_BATCH, tokens - start)
            for index in range(count):
                self._fill(index, index % 100, start + index, 0, last=index == count - 1)
            self._decode(count)
        return tokens / (time.perf_counter() - began)

    def decode(self, prompt: int, steps: int) -> float:
        """Tokens/s of all sequences together, after a shared prompt."""
        self.prefill(prompt)
        for sequence in range(1, self._width):
            lib.llama_memory_seq_cp(self._memory, 0, sequence, 0, -1)
        began = time.perf_counter()
        for step in range(steps):
            for sequence in range(self._width):
                token = (7 * step + sequence) % 100
                self._fill(sequence, token, prompt + step, sequence, last=True)
            self._decode(self._width)
        return steps * self._width / (time.perf_counter() - began)

    def _fill(self, index: int, token: int, position: int, sequence: int, *, last: bool) -> None:
        batch = self._batch
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = sequence
        batch.logits[index] = last

    def _decode(self, tokens: int) -> None:
        self._batch.n_tokens = tokens
        if lib.llama_decode(self._context, self._batch) != 0:
            raise RuntimeError("llama_decode failed")
        lib.llama_synchronize(self._context)

    def close(self) -> None:
        """Free the model and the context."""
        lib.llama_batch_free(self._batch)
        lib.llama_free(self._context)
        lib.llama_model_free(self._model)

    def __enter__(self) -> Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def prefill_rate(engine: LlamaEngine, tokens: int) -> float:
    """Prompt tokens/s of one sequence of the engine; the prompt has about `tokens` of them."""

    async def go() -> float:
        sequence = await engine.open([Piece("7 " * (tokens // 2))], Sampling())
        began = time.perf_counter()
        await sequence.generate(max_tokens=1)
        rate = sequence.counts.evaluated / (time.perf_counter() - began)
        await sequence.close()
        return rate

    return asyncio.run(go())


def decode_rate(
    engine: LlamaEngine, *, width: int, steps: int, sampling: Sampling, prompt: str
) -> float:
    """Tokens/s of `width` sequences of the engine together, forked from one prompt."""

    async def go() -> float:
        root = await engine.open([Piece(prompt)], sampling)
        children = await root.fork(width)
        began = time.perf_counter()
        work = (child.generate(max_tokens=steps) for child in children)
        written = sum(c.tokens for c in await asyncio.gather(*work))
        seconds = time.perf_counter() - began
        for sequence in (root, *children):
            await sequence.close()
        return written / seconds

    return asyncio.run(go())
