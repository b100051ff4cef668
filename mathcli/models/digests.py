"""SHA-256 of model files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mathcli.cache import JsonCache

_KNOWN = JsonCache("digests.json")


def file_digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal.

    Reading gigabytes takes seconds, so digests are remembered by path, size and time of change.
    """
    stat = path.stat()
    key = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    known = _KNOWN.read().get(key)
    if isinstance(known, str):
        return known
    digest = digest_of(path)
    _KNOWN.add(key, digest)
    return digest


def digest_of(path: Path) -> str:
    """The file's SHA-256, always computed anew from the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
