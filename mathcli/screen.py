"""All output to the terminal goes through this module; text from outside is made `safe`.

Data goes to standard output, everything else to standard error. Characters that the
encoding lacks are escaped. A closed pipe (`| head -1`) is not an error; a full disk is one.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from mathcli.errors import OutputError
from mathcli.text_safety import json_line, json_safe, safe, shortened
from mathcli.wrapping import columns, wrapped

_log = logging.getLogger("mathcli.screen")

_LONGEST_NOTE = 4000  # characters
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)

TURN = threading.RLock()
"""The lock for writing: the status line is drawn from another thread."""


class OutputEnded(SystemExit):
    """Standard output cannot be written any more, so the command ends.

    It is a `SystemExit`, because an event loop would only log another exception.

    Args:
        error: the reason; `None` for a closed pipe, which is not an error: exit code 0, silently.
    """

    def __init__(self, error: OutputError | None) -> None:
        super().__init__(int(error.exit_code) if error is not None else 0)
        self.error = error


class Styled(str):
    """Text with mathcli's own colours. Only `mathcli.console` creates it, from safe text."""


class Passing(Protocol):
    """A temporary status line on a terminal, which is erased before other text."""

    def before(self) -> None:
        """Erase the line: other text follows."""

    def after(self, text: str) -> None:
        """Note that other text was written."""


_passing: Passing | None = None
_lost: TextIO | None = None  # the standard output that failed


@contextmanager
def passing(line: Passing) -> Iterator[None]:
    """Notify a status line of all text written to the terminal during the context."""
    global _passing
    _passing = line
    try:
        yield
    finally:
        _passing = None


def draw(text: str) -> None:
    """Write mathcli's own control sequences and text to the terminal on standard error."""
    try:
        sys.stderr.write(_encodable(sys.stderr, text))
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def without_colours(text: str) -> str:
    """The text without the colours of `Styled`."""
    return _COLOURS.sub("", text)


@contextmanager
def _writing(stream: Any, text: str) -> Iterator[None]:
    """Hold the lock while a stream is written."""
    line = _passing
    if line is None or not _may_be_seen(stream):
        yield
        return
    with TURN:
        line.before()
        yield
        line.after(text)


def _may_be_seen(stream: Any) -> bool:
    """Is it a terminal, or a pipe, whose reader may print on the same terminal?"""
    if stream.isatty():
        return True
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def write(text: str) -> bool:
    """Write to standard output; return whether it still has a reader.

    Raises:
        OutputError: it cannot be written: a full disk, or a closed stream.
    """
    try:
        if text:
            Stream(sys.stdout).write(text)
        Stream(sys.stdout).flush()
    except OutputEnded as ended:
        if ended.error is not None:
            raise ended.error from None
        return False
    return True


def flush() -> None:
    """Write out what standard output still holds back, so that nothing is lost at the exit.

    Raises:
        OutputError: it cannot be written.
    """
    write("")


def is_lost() -> bool:
    """Has standard output failed before? Then nothing that is written to it arrives."""
    return _lost is not None and _lost is sys.stdout


def record_line(record: Any) -> str:
    """One line of JSON for standard output, in characters of its encoding."""
    line = json_line(record)
    return (line if _encodes(sys.stdout, line) else json_line(record, ascii_only=True)) + "\n"


def write_record(record: Any) -> bool:
    """Write one line of JSON to standard output; return whether it still has a reader.

    Raises:
        OutputError: it cannot be written.
    """
    return write(record_line(record))


def note(text: str) -> None:
    """Print a progress line, warning or hint on standard error."""
    _log.info("%s", text)
    text = shortened(text, _LONGEST_NOTE)
    if sys.stderr is not None and sys.stderr.isatty():
        text = wrapped(safe(text), columns(sys.stderr))
    echo(text + "\n")


def typed(prompt: str) -> str:
    """The line that is typed on the terminal after a prompt, without its end; EOFError without."""
    return input(safe(prompt))


def echo(text: str) -> None:
    """Write to standard error, made safe for terminals; errors of writing are ignored."""
    try:
        with _writing(sys.stderr, text):
            sys.stderr.write(_encodable(sys.stderr, safe(text)))
            sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def confirm(question: str) -> None:
    """Ask on standard error; return only after a yes.

    Raises:
        typer.Abort: the answer was not yes.
    """
    import typer

    typer.confirm(safe(question), abort=True, err=True)


class Sink(Protocol):
    """An object that text can be written to."""

    def write(self, text: str) -> int: ...

    def flush(self) -> None: ...


class Stream:
    """A standard stream for other libraries (Rich, `csv`): each text passes `safe`.

    Args:
        styled: whether the texts contain mathcli's colours and have already passed `safe`.
    """

    def __init__(self, stream: TextIO | None, *, styled: bool = False) -> None:
        self._stream = stream
        self._styled = styled

    @property
    def encoding(self) -> str:
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "ascii"

    def isatty(self) -> bool:
        """Is the stream a terminal?"""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self._stream is None:
            raise OSError("it is closed")
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write a text.

        Raises:
            Ended: it cannot be written, or the pipe was closed.
        """
        if self._stream is None:
            raise OutputEnded(OutputError("standard output is closed"))
        is_safe = self._styled or isinstance(text, Styled)
        try:
            with _writing(self._stream, text):
                self._stream.write(_encodable(self._stream, text if is_safe else safe(text)))
                if _passing is not None:
                    self._stream.flush()  # before the status line is drawn again on another stream
        except OSError as error:
            raise _ended(error) from None
        return len(text)

    def flush(self) -> None:
        """Flush it to the operating system.

        Raises:
            Ended: as `write`.
        """
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            raise _ended(error) from None


class Rows:
    """Rows of a table or of JSON, made `safe` before they are written to a stream or file.

    Args:
        as_json: whether they are JSON, which has its own escapes.
    """

    def __init__(self, sink: Sink, *, as_json: bool) -> None:
        self._sink = sink
        self._safe = json_safe if as_json else safe

    def write(self, text: str) -> int:
        """Add text."""
        return self._sink.write(self._safe(text))

    def flush(self) -> None:
        """Flush the stream or file."""
        self._sink.flush()


def reopen_closed() -> None:
    """Replace standard streams that were closed at the start (`>&-`) by ones that fail properly.

    Otherwise the next file opened would become standard output. A closed standard input is empty,
    text for a closed standard error is dropped, and writing to a closed standard output is an
    error.
    """
    for number, way in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, way)  # gets the lowest free descriptor number
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _drop_output() -> None:
    """Redirect standard output to /dev/null, so that the flush at exit cannot fail."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, AttributeError, ValueError):
        return


def _ended(error: OSError) -> OutputEnded:
    reason = lost(error)
    return OutputEnded(None if isinstance(error, BrokenPipeError) else reason)


def lost(error: OSError) -> OutputError:
    """The error for a failed standard output, whose further text is dropped."""
    global _lost
    _drop_output()
    _lost = sys.stdout
    reason, hint = error.strerror or str(error), "send it to a file: > FILE"
    if error.errno == errno.EBADF:  # `>&-`
        reason, hint = "it is closed", "leave out >&-, or send it to a file: > FILE"
    elif error.errno in _FULL:
        hint = "send it to a disk with free space"
    return OutputError(f"standard output cannot be written: {reason}", hint)


def _encodable(stream: Any, text: str) -> str:
    if _encodes(stream, text):
        return text
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _encodes(stream: Any, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
