"""Writes output files: checked first, written atomically, and never over another kind of file.

What may exist at the path of an output, and what is done:

- nothing, or an empty file: the output is written;
- a file that mathcli wrote as the same kind of output: replaced atomically, with the same mode
  and owner;
- any other file, and the command's own input under any name: refused;
- a symbolic link: its target is written, and the link is kept;
- a pipe, a terminal, a character device (`/dev/stdout`, `/dev/null`): written as a stream;
  nothing is read from it, and no other file is written beside it;
- a pipe without a reader, a folder, a block device, a socket: refused.
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

_HEAD = 65536  # bytes by which the kind of a file is recognized
_NEW = 0o666  # less the process's umask
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_NO_TERMINAL = getattr(os, "O_NOCTTY", 0)


@dataclass(frozen=True)
class Place:
    """The checked place of an output.

    Args:
        path: as named by the user.
        target: the file itself, after following symbolic links.
        streams: whether it is a pipe or a device, which cannot be read back or replaced.
        exists: whether a file exists there.
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
    """Check the place of an output, without changing anything.

    Args:
        what: the kind of output, for messages (`the page`).
        inputs: files (or open descriptors) that the command reads.
        is_ours: returns whether a file with this beginning is the same kind of output.
        folders: whether missing folders above it are made later.

    Raises:
        UsageError: it cannot be written there, or would overwrite another file.
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
        UsageError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def open_stream(place: Place) -> int:
    """A descriptor of a pipe or a device, for writing.

    Raises:
        OSError: it cannot be opened; `ENXIO` for a pipe without a reader.
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
    """Write all bytes, in several parts if a pipe accepts less at once.

    Raises:
        OSError: it cannot be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


class Draft:
    """An output that is being written; all write errors are `OutputError`."""

    def __init__(self, place: Place, handle: int) -> None:
        self._place = place
        self._file = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")

    def write(self, text: str) -> int:
        """Add text.

        Raises:
            OutputError: the disk is full, or the pipe has no reader any more.
        """
        with _told(self._place.path):
            return self._file.write(text)

    def write_bytes(self, data: bytes) -> None:
        """Add bytes, for a workbook.

        Raises:
            OutputError: as `write`.
        """
        with _told(self._place.path):
            self._file.flush()
            self._file.buffer.write(data)

    def flush(self) -> None:
        """Flush the output so far, if a reader may already read it."""
        if self._place.streams:
            with _told(self._place.path):
                self._file.flush()

    def close(self, *, durable: bool) -> None:
        """Write the rest and close; `durable`: sync it to the disk."""
        with _told(self._place.path), self._file:
            self._file.flush()
            if durable and not self._place.streams:
                os.fsync(self._file.fileno())

    def give_up(self) -> None:
        """Close the file and ignore errors."""
        with suppress(OSError):
            self._file.close()


@contextmanager
def writing(place: Place, *, mode: int | None = None, durable: bool = True) -> Iterator[Draft]:
    """A draft that becomes the output when the block ends without an error; until then an existing
    file is unchanged.

    Args:
        mode: of a new file; an existing file keeps its own.
        durable: survive a loss of power.

    Raises:
        OutputError: it cannot be written; an existing file is unchanged.
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
    """Write one of mathcli's own files atomically.

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
    """A new file beside the target, with the mode and owner of an existing target."""
    target = place.target
    name = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
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
