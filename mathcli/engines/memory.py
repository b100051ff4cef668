"""Checks whether a model fits into memory, before it is loaded.

A model larger than the free memory does not fail to load: its pages are read from disk again and
again, and the machine becomes unusable. So it is refused, with the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from mathcli.errors import EngineError

GB = 1e9
_MOST_LAYERS = 1000  # of which no model has a fifth
_BUFFERS = 256 << 20  # bytes for compute buffers and the process itself

# Bits per weight of llama.cpp's quants, largest first (its own table, Llama 2 7B), and their
# `general.file_type` in a GGUF.
_BITS = {
    "F32": 32.0, "F16": 16.0, "Q8_0": 8.5, "Q6_K": 6.56, "Q5_K_M": 5.68, "Q4_K_M": 4.84,
    "Q3_K_M": 3.91, "Q2_K": 3.35,
}  # fmt: skip
_FILE_TYPES = dict(zip(("0", "1", "7", "18", "17", "15", "12", "10"), _BITS.values(), strict=True))


@dataclass(frozen=True)
class Outline:
    """A model's dimensions, read from its file's header alone.

    `weights` is in bytes, `parameters` is 0 if the number format does not determine it;
    `cache_per_token` are the bytes of one cell of the key-value cache, `state` those of one
    sequence's recurrent state, of which each sequence in the cache has one.
    """

    weights: int
    parameters: int
    layers: int
    trained_context: int
    cache_per_token: int
    state: int = 0

    def cache(self, cells: int, sequences: int) -> int:
        """Bytes of a cache for `cells` tokens and `sequences` sequences."""
        return cells * self.cache_per_token + sequences * self.state


def outline_of(
    metadata: Callable[[str], str | None],
    weights: int,
    lists: Mapping[str, Sequence[float]] | None = None,
) -> Outline:
    """Read the dimensions from a GGUF's metadata.

    Args:
        metadata: looks up one value.
        weights: the file's size in bytes.
        lists: values that list every layer, by key (see `header`).
    """
    dimensions = _Dimensions(metadata, lists or {})
    bits = _FILE_TYPES.get(metadata("general.file_type") or "")
    return Outline(
        weights=weights,
        parameters=int(weights * 8 / bits) if bits else 0,
        layers=dimensions.layers,
        trained_context=dimensions.number("context_length", 0),
        cache_per_token=sum(map(dimensions.cell, range(dimensions.layers))),
        state=sum(map(dimensions.state, range(dimensions.layers))),
    )


class _Dimensions:
    """The bytes that llama.cpp allocates for each layer: caches in F16 and of full length, also for
    layers with a sliding window; recurrent states in F32."""

    def __init__(
        self, metadata: Callable[[str], str | None], lists: Mapping[str, Sequence[float]]
    ) -> None:
        self._metadata = metadata
        self._lists = lists
        self._family = metadata("general.architecture")
        self.layers = min(self.number("block_count", 1), _MOST_LAYERS)
        self._own = self.layers - self.number("attention.shared_kv_layers", 0)
        self._interval = self.number("full_attention_interval", 4 if self._is_qwen else 0)
        self._inner = self.number("ssm.inner_size", 0)
        self._convolution = self.number("shortconv.l_cache", 0)

    @property
    def _is_qwen(self) -> bool:
        return (self._family or "").startswith(("qwen35", "qwen3next"))

    def number(self, key: str, default: int, layer: int | None = None) -> int:
        """A metadata value of one layer, or the greatest of all layers."""
        key = f"{self._family}.{key}"
        if key in self._lists:
            values = [int(value) for value in self._lists[key] if isfinite(value)]
            if layer is not None and layer < len(values):
                return values[layer]
            return max(values, default=default)
        text = self._metadata(key) or ""
        return int(text) if text.isdecimal() else default

    def cell(self, layer: int) -> int:
        """Bytes of a token in the layer's key-value cache."""
        if layer >= self._own or self._is_recurrent(layer, alone=True):
            return 0
        heads = self.number("attention.head_count", 1, layer)
        size = self.number("embedding_length", 0) // max(1, heads)
        window = "_swa" if self.number("attention.sliding_window_pattern", 0, layer) else ""
        wide = 0
        for part in ("key", "value"):
            full = self.number(f"attention.{part}_length", size)
            wide += self.number(f"attention.{part}_length{window}", full)
        return 2 * self.number("attention.head_count_kv", heads, layer) * wide

    def state(self, layer: int) -> int:
        """Bytes of a sequence's recurrent state in the layer."""
        if not self._is_recurrent(layer):
            return 0
        if self._convolution:
            return 4 * self.number("embedding_length", 0) * (self._convolution - 1)
        states = self.number("ssm.state_size", 0)
        mixed = self._inner + 2 * self.number("ssm.group_count", 0) * states
        return 4 * ((self.number("ssm.conv_kernel", 1) - 1) * mixed + states * self._inner)

    def _is_recurrent(self, layer: int, *, alone: bool = False) -> bool:
        """Does the layer have a recurrent state? With `alone`: and no attention beside it?"""
        if not (self._inner or self._convolution):
            return False
        if self._family == "falcon-h1":
            return not alone
        if self._interval:
            return bool((layer + 1) % self._interval)
        is_feed_forward = f"{self._family}.feed_forward_length" in self._lists and self.number(
            "feed_forward_length", 0, layer
        )
        return not is_feed_forward and not self.number("attention.head_count_kv", 1, layer)


def available() -> int | None:
    """Free memory in bytes: of the machine, or of the control group if that is less."""
    limits = [size for size in (_of_machine(), _of_control_group()) if size is not None]
    return min(limits, default=None)


def needed(outline: Outline, *, context: int, sequences: int = 1, on_gpu: float = 0.0) -> int:
    """Bytes of memory that a model takes with a cache of `context` cells.

    Args:
        sequences: most sequences in the cache at once.
        on_gpu: share of the layers on a graphics processor, from 0 to 1.
    """
    cache = outline.cache(context, sequences)
    return int((outline.weights + cache) * (1 - on_gpu)) + _BUFFERS


def check_fits(
    name: str, outline: Outline, *, context: int, on_gpu: float, free: int, sequences: int = 1
) -> None:
    """Refuse a model that does not fit.

    Args:
        name: the file's name, for the message.
        context: cells of the cache, in tokens.
        on_gpu: share of the layers on a graphics processor, from 0 to 1.
        free: available bytes.
        sequences: most sequences in the cache at once.

    Raises:
        EngineError: with the memory needed and free, and a quant that would fit.
    """
    cache = outline.cache(context, sequences)
    wanted = needed(outline, context=context, sequences=sequences, on_gpu=on_gpu)
    if wanted <= free:
        return
    raise EngineError(
        f"{name} needs {wanted / GB:.1f} GB of memory ({outline.weights / GB:.1f} GB of weights, "
        f"{cache / GB:.1f} GB for a context of {context} tokens); {free / GB:.1f} GB are free",
        _what_fits(outline, room=free - _BUFFERS - cache),
    )


def check_fit_together(models: Mapping[str, tuple[Outline, int]], *, free: int, hint: str) -> None:
    """Refuse several models that do not fit together.

    Args:
        models: by file name, each with the size of its cache in tokens.
        free: available bytes.
        hint: the next step for the user.

    Raises:
        EngineError: with the memory needed and free.
    """
    needed = {
        name: outline.weights + outline.cache(context, 1) + _BUFFERS
        for name, (outline, context) in models.items()
    }
    if sum(needed.values()) <= free:
        return
    each = " and ".join(f"{name} {size / GB:.1f} GB" for name, size in needed.items())
    raise EngineError(
        f"both models together need {sum(needed.values()) / GB:.1f} GB of memory ({each}); "
        f"{free / GB:.1f} GB are free",
        hint,
    )


def _what_fits(outline: Outline, *, room: int) -> str:
    for quant, bits in _BITS.items():
        size = outline.parameters * bits / 8
        if 0 < size < outline.weights and size <= room:
            return f"its quant {quant} (about {size / GB:.1f} GB) would fit"
    if room > outline.weights / 2:
        return "a smaller --context would help"
    if not outline.parameters:
        return "choose a smaller quant or model"
    return "no quant of it would fit: choose a smaller model"


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:  # not Linux: unknown, so no model is refused
        return None
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in sizes else None


def _of_control_group() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(0, int(limit) - used)
