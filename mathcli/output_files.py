"""Files that a command writes: looked at first, written whole, and never over what is not its own.

What there may be at the path of an output, and what becomes of it:

- nothing, or an empty file: it is written;
- a file that mathcli wrote as such an output: replaced at once by one with its mode and owner;
- any other file, and the command's own input by whatever name: refused;
- a symbolic link: the file behind it is written, and the link stays;
- a pipe, a terminal, a character device (`/dev/stdout`, `/dev/null`): written as the text comes;
  nothing is read from it, and no other file is put beside it;
- a pipe that nobody reads, a folder, a block device, a socket: refused.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mathcli.errors import OutputError, UsageError

_HEAD = 65536  # bytes that tell what a file is
_NEW = 0o666  # less the process's umask
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_NO_TERMINAL = getattr(os, "O_NOCTTY", 0)


@dataclass(frozen=True)
class Place:
    """Where an output goes.

    Args:
        path: as it was named.
        target: the file itself, behind symbolic links.
        streams: it is a pipe or a device: it keeps nothing that could be read or replaced.
        exists: there is something.
    """

    path: Path
    target: Path
    streams: bool
    exists: bool


def look(
    path: Path,
    what: str,
    *,
    inputs: Iterable[Path | int] = (),
    is_ours: Callable[[bytes], bool] | None = None,
    folders: bool = False,
) -> Place:
    """Look where an output would go, without touching it.

    Args:
        what: the output is to be, for messages (`the page`).
        inputs: files (or open descriptors) that the command reads.
        is_ours: whether a file that begins so was written as such an output before.
        folders: the folders above it may still have to be made.

    Raises:
        UsageError: it cannot be written there, or would cost what is not its own.
    """
    try:
        target = Path(os.path.realpath(path))
        found = target.stat() if target.exists() else path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not folders:
            _check_folder(path, target, what)
        return Place(path, target, streams=False, exists=False)
    except (OSError, ValueError) as error:
        raise _refused(path, getattr(error, "strerror", None) or str(error)) from None
    kind = found.st_mode
    if stat.S_ISDIR(kind):
        raise UsageError(f"{path} is a folder, not a file for {what}", "name a file in it")
    if stat.S_ISCHR(kind) or stat.S_ISFIFO(kind):
        return Place(path, path, streams=True, exists=True)
    if not stat.S_ISREG(kind):
        raise UsageError(f"{path} is no file for {what}", "name another file")
    if any(_is_input(found, one) for one in inputs):
        raise UsageError(f"{path} is the input, and cannot be {what}", "name another file")
    if not os.access(target, os.W_OK):
        raise _refused(path, os.strerror(errno.EACCES).capitalize())
    if is_ours is not None and found.st_size and not is_ours(head(target)):
        raise UsageError(
            f"{path} was not written by mathcli as {what}, and is left as it is",
            "name another file, or move that one away",
        )
    return Place(path, target, streams=False, exists=True)


def head(path: Path) -> bytes:
    """The beginning of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def open_stream(place: Place) -> int:
    """A descriptor of a pipe or a device, for writing.

    Raises:
        OSError: it cannot be opened; `ENXIO` where nobody reads from a pipe.
    """
    try:
        handle = os.open(place.path, os.O_WRONLY | _NO_WAITING | _NO_TERMINAL)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from it") from None
        raise
    if _NO_WAITING:
        os.set_blocking(handle, True)
    return handle


def write_all(handle: int, data: bytes) -> None:
    """Write all of it, in as many parts as a pipe takes.

    Raises:
        OSError: it cannot be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


class Draft:
    """A text on its way into an output; what cannot be written is an `OutputError`."""

    def __init__(self, place: Place, handle: int) -> None:
        self._place = place
        self._file = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")

    def write(self, text: str) -> int:
        """Add text.

        Raises:
            OutputError: the disk is full, or nobody reads any more.
        """
        with _told(self._place.path):
            return self._file.write(text)

    def write_bytes(self, data: bytes) -> None:
        """Add what is no text: a workbook.

        Raises:
            OutputError: as `write`.
        """
        with _told(self._place.path):
            self._file.flush()
            self._file.buffer.write(data)

    def flush(self) -> None:
        """Hand on what is written so far, where somebody may read it already."""
        if self._place.streams:
            with _told(self._place.path):
                self._file.flush()

    def close(self, *, durable: bool) -> None:
        """Write the rest; `durable`: to the disk itself."""
        with _told(self._place.path), self._file:
            self._file.flush()
            if durable and not self._place.streams:
                os.fsync(self._file.fileno())

    def give_up(self) -> None:
        """Close it, whatever becomes of the text."""
        with suppress(OSError):
            self._file.close()


@contextmanager
def writing(place: Place, *, mode: int | None = None, durable: bool = True) -> Iterator[Draft]:
    """A text that becomes the output when the block ends well; until then nothing is changed.

    Args:
        mode: of a new file; a file that is there keeps its own.
        durable: survive a loss of power.

    Raises:
        OutputError: it cannot be written; what was there stays.
    """
    if place.streams:
        with _told(place.path):
            draft = Draft(place, open_stream(place))
        try:
            yield draft
        except BaseException:
            draft.give_up()
            raise
        draft.close(durable=False)
        return
    with _told(place.path):
        name, handle = _new_file(place, mode)
    draft = Draft(place, handle)
    try:
        yield draft
        draft.close(durable=durable)
        with _told(place.path):
            name.replace(place.target)
    except BaseException:
        draft.give_up()
        name.unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str, *, mode: int | None = None, durable: bool = True) -> None:
    """Write a file of mathcli's own at once: all of it, or nothing is changed.

    Args:
        mode: of a new file.
        durable: survive a loss of power.

    Raises:
        OutputError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    place = Place(path, target, streams=False, exists=target.is_file())
    with writing(place, mode=mode, durable=durable) as draft:
        draft.write(text)


def _new_file(place: Place, mode: int | None) -> tuple[Path, int]:
    """A file beside the target, of its mode and owner where it is there."""
    target = place.target
    name = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    found = target.stat() if place.exists else None
    handle = os.open(name, flags, _NEW if mode is None else mode)
    if found is not None and os.name == "posix":
        try:
            if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(OSError):
                    os.fchown(handle, found.st_uid, found.st_gid)
            os.fchmod(handle, stat.S_IMODE(found.st_mode))
        except BaseException:
            os.close(handle)
            name.unlink(missing_ok=True)
            raise
    return name, handle


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {reason}", "name another place") from None


def _check_folder(path: Path, target: Path, what: str) -> None:
    if not target.parent.is_dir():
        raise UsageError(
            f"there is no folder {target.parent} for {what} {path.name}", "make it first"
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _refused(path, f"the folder {target.parent} cannot be written to")


def _is_input(found: os.stat_result, one: Path | int) -> bool:
    try:
        return os.path.samestat(found, os.fstat(one) if isinstance(one, int) else one.stat())
    except (OSError, ValueError):
        return False


def _refused(path: Path, reason: str) -> UsageError:
    return UsageError(f"{path} cannot be written: {reason}", "name another file")
