"""Reads files and streams, up to bounds that fit into memory.

A path named by a user may be a pipe or a device (`/dev/stdin`, a shell's `<(…)`), so it is read as
a stream, up to a bound. Files that mathcli looks up by itself (settings, cards, caches) must be
regular files: reading a pipe in their place could block forever.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mathcli.errors import UsageError

LONGEST_LINE = 16 << 20
"""Most bytes of a line, and of a single text: a problem, a program, a template."""
MOST_BYTES = 512 << 20
"""Most bytes of a file that is read as a whole: a sheet of answers, a dataset, transcripts."""
MOST_SETTINGS = 4 << 20
"""Most bytes of a file that mathcli looks up by itself."""
_ENDLESS = 256 << 20  # bytes of a line after which reading is given up
_PIECE = 1 << 16


def named(path: str | Path, *, most: int = MOST_BYTES) -> bytes:
    """The content of a file that the user named; `-` is standard input.

    Args:
        most: most bytes.

    Raises:
        UsageError: it cannot be read, or is longer than `most`.
    """
    shown = "standard input" if str(path) == "-" else str(path)
    try:
        if str(path) != "-":
            with Path(path).open("rb") as file:
                return bounded(file, shown, most=most)
        if sys.stdin is None:  # standard input was closed by the caller
            return b""
        return bounded(sys.stdin.buffer, shown, most=most)
    except (OSError, ValueError) as error:  # a NUL in a name raises ValueError
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot read {shown}: {reason}", "name a file, or - for standard input"
        ) from None


def anything_arrives(within: float = 0.2) -> bool:
    """Does text come on standard input, which is no terminal, within some seconds? Its first byte
    is taken."""
    import select
    import stat

    try:
        mode = os.fstat(0).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
            return False
        ready, _, _ = select.select([0], [], [], within)
        return bool(ready and os.read(0, 1))
    except (OSError, ValueError):  # closed; on Windows only sockets can be waited for
        return False


def bounded(file: BinaryIO, shown: str, *, most: int = MOST_BYTES) -> bytes:
    """The rest of an open file.

    Raises:
        UsageError: there are more than `most` bytes.
        OSError: it cannot be read.
    """
    data = file.read(most + 1)
    if len(data) > most:
        raise UsageError(f"{shown} is longer than {most >> 20} MiB", "give it in smaller parts")
    return data


def own(path: Path, *, most: int = MOST_SETTINGS) -> bytes:
    """The content of a file that mathcli looks up by itself.

    Raises:
        OSError: it does not exist, or cannot be read.
        ValueError: it is not a regular file, or has more than `most` bytes.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no file")
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is longer than {most >> 20} MiB")
    return data


def expanded(name: str | Path) -> Path:
    """The path with `~` replaced by the user's folder; unchanged if there is no such user."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_file(path: Path) -> bool:
    """Is there a file? False also if the folder is not readable or the name is invalid."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Is there a folder? False also if its parent is not readable or the name is invalid."""
    return stat.S_ISDIR(_mode(path))


def matching(folder: Path, pattern: str) -> list[Path]:
    """The paths that match a pattern below a folder, in order; none if it is not readable."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # a NUL or a lone surrogate in a name raises ValueError
        return 0


def lines(file: BinaryIO | int, shown: str) -> Iterator[bytes]:
    """Lines as they arrive, with or without line ends. A line longer than `LONGEST_LINE` is cut to
    its beginning, which is still longer than that.

    A descriptor is read without a buffered reader: at exit the interpreter waits for that reader's
    lock, which a thread waiting for input would hold forever.

    Raises:
        UsageError: a line is endless.
    """
    rest, beyond, number = bytearray(), 0, 1
    while piece := os.read(file, _PIECE) if isinstance(file, int) else file.read(_PIECE):
        *whole, last = piece.split(b"\n")
        for end in whole:
            if not beyond:
                yield bytes(rest) + end
            rest.clear()
            beyond = 0
            number += 1
        if beyond:
            beyond += len(last)
            if beyond > _ENDLESS:
                raise UsageError(
                    f"line {number} of {shown} is longer than {_ENDLESS >> 20} MiB",
                    "give one problem a line",
                )
            continue
        rest += last
        if len(rest) > LONGEST_LINE:
            yield bytes(rest)
            beyond = len(rest)
            rest.clear()
    if rest:
        yield bytes(rest)
