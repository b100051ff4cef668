"""Will the model fit? Found out before it is loaded, and said with numbers.

A model larger than the free memory does not fail to load: its pages are read from disk again and
again, and the machine stands still. So it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mathcli.errors import EngineError

GB = 1e9
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

    `weights` is in bytes, `parameters` is 0 where the number format does not tell;
    `cache_per_token` are the bytes of one cell of the key-value cache.
    """

    weights: int
    parameters: int
    layers: int
    trained_context: int
    cache_per_token: int


def outline_of(metadata: Callable[[str], str | None], weights: int) -> Outline:
    """Read the dimensions from a GGUF's metadata; `weights` is the file's size in bytes."""
    family = metadata("general.architecture")

    def number(key: str, default: int) -> int:
        text = metadata(f"{family}.{key}") or ""
        digits = [int(part) for part in re.findall(r"\d+", text)]  # some keys list every layer
        return max(digits, default=default)

    layers = number("block_count", 1)
    heads = number("attention.head_count", 1)
    head_size = number("embedding_length", 0) // max(1, heads)
    wide = number("attention.key_length", head_size) + number("attention.value_length", head_size)
    bits = _FILE_TYPES.get(metadata("general.file_type") or "")
    return Outline(
        weights=weights,
        parameters=int(weights * 8 / bits) if bits else 0,
        layers=layers,
        trained_context=number("context_length", 0),
        cache_per_token=2 * layers * number("attention.head_count_kv", heads) * wide,  # F16
    )


def available() -> int | None:
    """Bytes that may still be used: of the machine, or of its control group if that is less."""
    limits = [size for size in (_of_machine(), _of_control_group()) if size is not None]
    return min(limits, default=None)


def needed(outline: Outline, *, context: int, on_gpu: float = 0.0) -> int:
    """Bytes of memory that a model takes with a cache of `context` cells.

    Args:
        on_gpu: share of the layers that go to a graphics processor, from 0 to 1.
    """
    cache = context * outline.cache_per_token
    return int((outline.weights + cache) * (1 - on_gpu)) + _BUFFERS


def check_fits(name: str, outline: Outline, *, context: int, on_gpu: float, free: int) -> None:
    """Refuse a model that does not fit.

    Args:
        name: the file's name, for the message.
        context: cells of the cache, in tokens.
        on_gpu: share of the layers that go to a graphics processor, from 0 to 1.
        free: bytes that are available.

    Raises:
        EngineError: with the bytes needed and free, and the quant that would fit.
    """
    cache = context * outline.cache_per_token
    wanted = needed(outline, context=context, on_gpu=on_gpu)
    if wanted <= free:
        return
    raise EngineError(
        f"{name} needs {wanted / GB:.1f} GB of memory ({outline.weights / GB:.1f} GB of weights, "
        f"{cache / GB:.1f} GB for a context of {context} tokens); {free / GB:.1f} GB are free",
        _what_fits(outline, room=free - _BUFFERS - cache),
    )


def check_fit_together(models: Mapping[str, tuple[Outline, int]], *, free: int, hint: str) -> None:
    """Refuse several models that do not fit next to each other.

    Args:
        models: by their files' names; with each the cells of its cache, in tokens.
        free: bytes that are available.
        hint: what else can be done.

    Raises:
        EngineError: with the bytes needed and free.
    """
    needed = {
        name: outline.weights + context * outline.cache_per_token + _BUFFERS
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
    except OSError:  # not Linux: unknown, so nothing is refused
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
