"""Model files on disk: which one a name means, its digest, its number format."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mathcli.cache import JsonCache
from mathcli.errors import ModelError
from mathcli.resources import embedded_model

_DIGESTS = JsonCache("digests.json")
_EMBEDDED = ("nano", "embedded")

# `general.file_type` values of the GGUF specification.
_QUANTS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 38: "MXFP4",
}  # fmt: skip


def find_model(name: str | None) -> Path:
    """The file that `name` means: a path, or `nano` (also `None`) for the embedded model.

    Raises:
        ModelError: there is no such file.
    """
    if name is None or name in _EMBEDDED:
        return embedded_model()
    path = Path(name).expanduser()
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a model file", "name the .gguf file in it")
    if not path.exists():
        raise ModelError(f"there is no model file {path}", "give the path of a .gguf file, or nano")
    return path


def quant_name(file_type: str | None) -> str:
    """`Q8_0` for the metadata value `7`, and so on."""
    if file_type is None or not file_type.isdigit():
        return "unknown"
    return _QUANTS.get(int(file_type), f"type {file_type}")


def file_digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal.

    Reading gigabytes takes seconds, so digests are remembered by path, size and time of change.
    """
    stat = path.stat()
    key = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    known = _DIGESTS.read().get(key)
    if isinstance(known, str):
        return known
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    _DIGESTS.add(key, digest.hexdigest())
    return digest.hexdigest()
