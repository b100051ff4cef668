"""Downloads one file: resumed across runs and crashes, checked, then renamed.

`FILE.part` holds the bytes that have arrived, `FILE.part.json` what the whole file will be. A
process that is killed at any moment leaves both, and the next one continues at the byte where it
ended. Only a file whose SHA-256 is the published one gets its final name.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from mathcli.errors import ModelError
from mathcli.input_files import own
from mathcli.json_text import parse
from mathcli.models.digests import digest_of
from mathcli.models.quants import RemoteFile, size_text
from mathcli.models.sources import Listing, Source, Unreachable
from mathcli.output_files import write_whole

_SPARE = 64 << 20  # bytes that a download leaves free
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Progress(Protocol):
    """Watches a download."""

    def begin(self, name: str, total: int, done: int) -> None:
        """A file begins; `done` bytes of it are here already."""

    def advance(self, size: int) -> None:
        """More bytes are on the disk."""

    def end(self) -> None:
        """The file is complete, or given up."""

    def say(self, text: str) -> None:
        """Show a message: a wait, or a new try."""


def download(
    source: Source, listing: Listing, file: RemoteFile, target: Path, progress: Progress
) -> int:
    """Download `file` to `target`; return how many bytes came over the network.

    If another process downloads the same file, this waits and uses its file.

    Raises:
        ModelError: the file cannot be downloaded, the disk is full, or what arrived is not what
            was published.
    """
    make_folder(target.parent)
    with _alone(target, progress):
        if _is_here(target, file):
            return 0  # another process was faster, or another revision has the same file
        part = _Part(target, listing, file)
        check_space(target.parent, file.size - part.size)
        progress.begin(target.name, file.size, part.size)
        try:
            arrived = _complete(source, listing, file, part, progress)
        finally:
            part.close()
            progress.end()
        part.install()
    return arrived


def _is_here(target: Path, file: RemoteFile) -> bool:
    if not target.exists() or target.stat().st_size != file.size:
        return False
    return file.sha256 is not None and digest_of(target) == file.sha256


def check_space(folder: Path, needed: int) -> None:
    """Raise a ModelError if `needed` bytes do not fit on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if needed > 0 and needed + _SPARE > free:
        raise ModelError(
            f"{size_text(needed)} are needed in {folder}, {size_text(free)} are free",
            "make room, or choose a smaller quant",
        )


def make_folder(folder: Path) -> None:
    """Make a folder for models, or say why that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            f"the folder {folder} cannot be made: {error.strerror}",
            "XDG_DATA_HOME says where models are kept",
        ) from None


class _Part:
    """A file that is being downloaded, and the digest of the bytes that have arrived."""

    def __init__(self, target: Path, listing: Listing, file: RemoteFile) -> None:
        self._target = target
        self._file = file
        self.path = target.with_name(f"{target.name}.part")
        self._label = target.with_name(f"{target.name}.part.json")
        origin = {
            "repository": listing.repository,
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256 or listing.revision,
        }
        if self._read_label() != origin:
            self.path.unlink(missing_ok=True)
            write_whole(self._label, json.dumps(origin))
        self._digest = hashlib.sha256()
        self.size = 0
        self._output = self.path.open("a+b", buffering=0)
        self._output.seek(0)
        while chunk := self._output.read(1 << 20):
            self._digest.update(chunk)
            self.size += len(chunk)

    def add(self, chunk: bytes) -> None:
        """Append bytes; if this is interrupted, the file still holds at least `size` bytes."""
        written = 0
        while written < len(chunk):
            written += self._output.write(chunk[written:]) or 0
        self._digest.update(chunk)
        self.size += len(chunk)

    def start_over(self) -> None:
        """Forget what has arrived."""
        self._output.truncate(0)
        self._digest = hashlib.sha256()
        self.size = 0

    def discard(self) -> None:
        """Delete what has arrived."""
        self._output.close()
        self.path.unlink(missing_ok=True)
        self._label.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what has arrived stays."""
        self._output.close()

    def install(self) -> None:
        """Give the complete file its final name.

        Raises:
            ModelError: its digest is not the published one; the file is gone then.
        """
        digest = self._digest.hexdigest()
        if self.size != self._file.size or digest != (self._file.sha256 or digest):
            self.discard()
            raise ModelError(
                f"{self._file.name} arrived damaged (sha256 {digest[:12]}…, not "
                f"{(self._file.sha256 or '?')[:12]}…) and was removed",
                "run the same command again; if it happens twice, tell the repository's owner",
            )
        _sync(self.path)
        self.path.replace(self._target)
        self._label.unlink(missing_ok=True)

    def _read_label(self) -> Any:
        try:
            return parse(own(self._label))
        except (OSError, ValueError):
            return None


def _complete(
    source: Source, listing: Listing, file: RemoteFile, part: _Part, progress: Progress
) -> int:
    """Fetch until the file is complete; each arrived byte resets the waits between tries."""
    arrived = 0
    furthest = part.size
    waits = iter(source.waits)
    while part.size < file.size:
        before = part.size
        trouble: Unreachable | None = None
        try:
            arrived += _fetch(source, listing, file, part, progress)
        except Unreachable as error:
            trouble = error
            arrived += max(0, part.size - before)
        if part.size > file.size:
            break  # not the published file: its digest will say so
        if part.size > furthest:
            furthest = part.size
            waits = iter(source.waits)
        if part.size < file.size:
            source.pause(trouble or _short(source, file, part.size), waits)
    return arrived


def _fetch(
    source: Source, listing: Listing, file: RemoteFile, part: _Part, progress: Progress
) -> int:
    """One request, from where the part ends; return the bytes that it brought."""
    arrived = 0
    with source.stream(listing, file.name, part.size) as response:
        if response.status_code == 416:
            part.discard()
            raise ModelError(
                f"{file.name} is shorter on {source.title} than its listed size",
                "try another repository",
            )
        if part.size and not _continues(response, part.size):
            progress.advance(-part.size)  # the server sends all of it again
            part.start_over()
        for chunk in response.iter_raw():
            _write(part, chunk)
            arrived += len(chunk)
            progress.advance(len(chunk))
            if part.size > file.size:
                break
    return arrived


def _continues(response: Any, start: int) -> bool:
    """Does the response begin at the byte that was asked for?"""
    given = str(response.headers.get("content-range", ""))
    return response.status_code == 206 and given.startswith(f"bytes {start}-")


def _write(part: _Part, chunk: bytes) -> None:
    try:
        part.add(chunk)
    except OSError as error:
        if error.errno not in _FULL:
            raise ModelError(
                f"{part.path} cannot be written: {error.strerror}", "check the folder and its disk"
            ) from None
        raise ModelError(
            f"the disk is full after {size_text(part.size)}",
            "make room and run the same command again: what has arrived is kept",
        ) from None


def _short(source: Source, file: RemoteFile, size: int) -> Unreachable:
    return Unreachable(
        ModelError(
            f"{source.title} sent {size_text(size)} of {size_text(file.size)} and stopped",
            "run the same command again: what has arrived is kept",
        )
    )


@contextmanager
def _alone(target: Path, progress: Progress) -> Iterator[None]:
    """Lock the file against other processes; the system frees the lock of a killed one."""
    from filelock import FileLock, Timeout

    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"another process is downloading {target.name}: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sync(path: Path) -> None:
    """Flush the bytes to the disk before the file gets its final name."""
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
