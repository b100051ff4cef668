"""Number formats of GGUF files: read from file names, and chosen by what fits this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mathcli.errors import ModelError

GB = 1e9
_QUANT = re.compile(
    r"(?:^|[-._/])((?:UD-)?(?:I?Q[1-8](?:_[A-Z0-9]{1,4}){0,2}|TQ[12]_0|MXFP4(?:_MOE)?|BF16|FP?16|FP?32))"
    r"(?=[-._/]|$)",
    re.I,
)
_SHARD = re.compile(r"^(.*)-(\d{5})-of-(\d{5})\.gguf$", re.I)
_NO_MODEL = re.compile(r"mmproj|imatrix", re.I)

# The quants to try where none is asked for. Q4_K_M is half the size of Q8_0 and loses little;
# small models lose more, and are small anyway.
_LADDER = (
    "Q4_K_M", "Q4_K_S", "IQ4_XS", "IQ4_NL", "Q4_0", "MXFP4", "Q5_K_M", "Q5_K_S", "Q6_K", "Q8_0",
    "Q3_K_L", "Q3_K_M", "IQ3_M", "Q3_K_S", "IQ3_XS", "IQ3_XXS", "Q2_K", "IQ2_M",
)  # fmt: skip
_SMALL_FILE = 2.5 * GB
_OVERHEAD = 1 * GB  # cache, buffers and the process itself
_BITS = 4.84  # per weight in Q4_K_M (llama.cpp's own table, Llama 2 7B)


@dataclass(frozen=True)
class RemoteFile:
    """A file as the hub lists it; `sha256` is `None` where the hub does not say."""

    name: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class Variant:
    """One quant of a model: a file, or the shards of one, in order."""

    quant: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def quant_in(name: str) -> str | None:
    """The quant in a file's name, in capitals.

    >>> quant_in("Qwen2.5-Math-7B-Instruct-Q4_K_M.gguf"), quant_in("tora-code-7b-v1.0.q8_0.gguf")
    ('Q4_K_M', 'Q8_0')
    >>> quant_in("model.gguf")
    """
    quants = _QUANT.findall(re.sub(r"(-\d{5}-of-\d{5})?\.gguf$", "", name, flags=re.I))
    if not quants:
        return None
    quant = str(quants[-1]).upper()
    return {"FP16": "F16", "FP32": "F32"}.get(quant, quant)


def variants(files: Iterable[RemoteFile]) -> list[Variant]:
    """The models among a repository's files, the smallest first; shards belong together.

    A set of shards that is not complete is no model.
    """
    groups: dict[str, list[RemoteFile]] = {}
    whole: dict[str, int] = {}
    for file in sorted(files, key=lambda file: file.name):
        if not _is_model(file.name):
            continue
        shard = _SHARD.match(file.name)
        key = shard.group(1) if shard else file.name
        groups.setdefault(key, []).append(file)
        whole[key] = int(shard.group(3)) if shard else 1
    complete = [
        Variant(quant_in(key) or quant_in(group[0].name) or "unknown", tuple(group))
        for key, group in groups.items()
        if len(group) == whole[key]
    ]
    return sorted(complete, key=lambda variant: variant.size)


def _is_model(name: str) -> bool:
    """Is this a model's file, with a name that stays in its folder?"""
    parts = name.replace("\\", "/").split("/")
    escapes = ".." in parts or "" in parts or ":" in name
    return name.lower().endswith(".gguf") and not escapes and not _NO_MODEL.search(name)


def choose(
    found: Sequence[Variant], wanted: str | None, memory: int, place: str
) -> tuple[Variant, str]:
    """The variant to download, and why.

    Args:
        found: what there is, the smallest first.
        wanted: a quant that was asked for.
        memory: bytes of this machine.
        place: the repository, for errors.

    Raises:
        ModelError: there is no such quant; the hint lists those there are.
    """
    if not found:
        raise ModelError(f"{place} holds no GGUF file", "name a repository with .gguf files in it")
    listed = ", ".join(f"{one.quant} ({size_text(one.size)})" for one in found)
    if wanted is not None:
        for variant in found:
            if variant.quant == wanted.upper():
                return variant, f"{variant.quant}, as asked"
        raise ModelError(f"{place} has no {wanted.upper()}", f"it has: {listed}")
    by_quant = {variant.quant: variant for variant in found}
    full = by_quant.get("Q8_0")
    if full is not None and full.size <= _SMALL_FILE and fits(full.size, memory):
        return full, f"Q8_0, {size_text(full.size)}: small enough to keep all its digits"
    for quant in _LADDER:
        best = by_quant.get(quant)
        if best is not None and fits(best.size, memory):
            return best, f"{quant}, {size_text(best.size)}: fits {size_text(memory)} of memory"
    if fits(found[0].size, memory):
        return found[0], f"{found[0].quant}, {size_text(found[0].size)}: the smallest there is"
    raise ModelError(
        f"{place} does not fit {size_text(memory)} of memory: it has {listed}",
        f"choose a smaller model, or insist: mathcli models pull {place}:{found[0].quant}",
    )


def fits(size: int, memory: int) -> bool:
    """Is there room for a model file of `size` bytes, its cache and the process?"""
    return memory_needed(size) <= 0.9 * memory


def memory_needed(size: int) -> int:
    """Bytes of memory that a model file of `size` bytes takes while it writes, about."""
    return int(size + _OVERHEAD)


def estimated_size(parameters: str | None) -> int | None:
    """About how many bytes a model of this nominal size (`7B`) has in Q4_K_M.

    >>> round(estimated_size("7B") / 1e9)
    4
    """
    number = re.fullmatch(r"([\d.]+)([BM])", parameters or "")
    if number is None:
        return None
    weights = float(number.group(1)) * {"B": 1e9, "M": 1e6}[number.group(2)]
    return int(weights * _BITS / 8)


def size_text(size: float) -> str:
    """`4.7 GB`, with the decimal units that the hub uses.

    >>> size_text(4_683_074_240), size_text(5_400_000), size_text(980)
    ('4.7 GB', '5.4 MB', '980 bytes')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size:.0f} bytes"


def about_text(size: float) -> str:
    """An estimated size, with no more digits than it deserves.

    >>> about_text(4_235_000_000), about_text(907_500_000)
    ('~4 GB', '~0.9 GB')
    """
    return f"~{size / GB:.1f} GB" if size < GB else f"~{size / GB:.0f} GB"
