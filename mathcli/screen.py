"""The one gate to the screen: whatever is printed passes here, and text from outside `safe`.

Data goes to standard output, everything else to standard error. What its encoding lacks becomes
escapes. A reader that has gone (`| head -1`) is no error; a disk that is full is one.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from mathcli.errors import OutputError
from mathcli.text_safety import json_line, json_safe, safe, shortened

_log = logging.getLogger("mathcli.screen")

_LONGEST_NOTE = 4000  # characters
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

TURN = threading.RLock()
"""Who holds it may write: a passing line is drawn from another thread."""


class Ended(SystemExit):
    """Standard output takes no more, and the command ends, wherever it is.

    An event loop lets a `SystemExit` through where it would only log another error.

    Args:
        error: why; `None` where the reader has gone, which is no error: exit code 0, in silence.
    """

    def __init__(self, error: OutputError | None) -> None:
        super().__init__(int(error.exit_code) if error is not None else 0)
        self.error = error


class Styled(str):
    """Text with colours of our own. Only `mathcli.console` makes it, of text that is safe."""


class Passing(Protocol):
    """What stands on the last line of a terminal for a moment, and goes before other text."""

    def before(self) -> None:
        """Other text comes."""

    def after(self, text: str) -> None:
        """It was written."""


_passing: Passing | None = None


@contextmanager
def passing(line: Passing) -> Iterator[None]:
    """Let a line know of all that is written to a terminal meanwhile."""
    global _passing
    _passing = line
    try:
        yield
    finally:
        _passing = None


def draw(text: str) -> None:
    """Write controls and text of our own to the terminal that standard error is."""
    try:
        sys.stderr.write(_encodable(sys.stderr, text))
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def without_colours(text: str) -> str:
    """A text without the colours of `Styled`."""
    return _COLOURS.sub("", text)


@contextmanager
def _writing(stream: Any, text: str) -> Iterator[None]:
    """A stream's turn to write."""
    line = _passing
    if line is None or not stream.isatty():
        yield
        return
    with TURN:
        line.before()
        yield
        line.after(text)


def write(text: str) -> bool:
    """Write to standard output; returns whether anybody still reads.

    Raises:
        OutputError: it cannot be written, as on a full disk or where it is closed.
    """
    try:
        Stream(sys.stdout).write(text)
        Stream(sys.stdout).flush()
    except Ended as ended:
        if ended.error is not None:
            raise ended.error from None
        return False
    return True


def record_line(record: Any) -> str:
    """One line of JSON for standard output, in characters that it can show."""
    line = json_line(record)
    return (line if _encodes(sys.stdout, line) else json_line(record, ascii_only=True)) + "\n"


def write_record(record: Any) -> bool:
    """Write one line of JSON to standard output; returns whether anybody still reads.

    Raises:
        OutputError: it cannot be written.
    """
    return write(record_line(record))


def note(text: str) -> None:
    """A progress line, warning or hint for the person who watches (standard error)."""
    _log.info("%s", text)
    echo(shortened(text, _LONGEST_NOTE) + "\n")


def echo(text: str) -> None:
    """Write to standard error as it is; where that is closed or full, nobody is told."""
    try:
        with _writing(sys.stderr, text):
            sys.stderr.write(_encodable(sys.stderr, safe(text)))
            sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def confirm(question: str) -> None:
    """Ask on standard error, and go on only after a yes.

    Raises:
        typer.Abort: it was no yes.
    """
    import typer

    typer.confirm(safe(question), abort=True, err=True)


class Sink(Protocol):
    """What takes text."""

    def write(self, text: str) -> int: ...

    def flush(self) -> None: ...


class Stream:
    """A standard stream as others print to it (Rich, `csv`): each text passes `safe`.

    Args:
        styled: the texts hold colours of our own, and have passed `safe`.
    """

    def __init__(self, stream: TextIO | None, *, styled: bool = False) -> None:
        self._stream = stream
        self._styled = styled

    @property
    def encoding(self) -> str:
        """That of the stream."""
        return getattr(self._stream, "encoding", None) or "ascii"

    def isatty(self) -> bool:
        """Is it a terminal?"""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self._stream is None:
            raise OSError("it is closed")
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write a text.

        Raises:
            Ended: it cannot be written, or nobody reads any more.
        """
        if self._stream is None:
            raise Ended(OutputError("standard output is closed"))
        is_safe = self._styled or isinstance(text, Styled)
        try:
            with _writing(self._stream, text):
                self._stream.write(_encodable(self._stream, text if is_safe else safe(text)))
                if _passing is not None:
                    self._stream.flush()  # before the line is drawn again, on another stream
        except OSError as error:
            raise _ended(error) from None
        return len(text)

    def flush(self) -> None:
        """Hand it on to the operating system.

        Raises:
            Ended: as `write`.
        """
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            raise _ended(error) from None


class Rows:
    """A table's or JSON's rows on their way into a stream or a file, each text `safe` there.

    Args:
        as_json: they are JSON, which has escapes of its own.
    """

    def __init__(self, sink: Sink, *, as_json: bool) -> None:
        self._sink = sink
        self._safe = json_safe if as_json else safe

    def write(self, text: str) -> int:
        """Add text."""
        return self._sink.write(self._safe(text))

    def flush(self) -> None:
        """Hand it on."""
        self._sink.flush()


def reopen_closed() -> None:
    """Give a command that was started with closed streams (`>&-`) some that fail as they should.

    Otherwise the next file that is opened would become its standard output. What is read from a
    closed standard input is empty, what is written to a closed standard error is dropped, and
    writing to a closed standard output is an error.
    """
    for number, way in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, way)  # takes the lowest number that is free
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _drop_output() -> None:
    """Send standard output nowhere from now on, so that the exit's flush cannot fail."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, AttributeError, ValueError):
        return


def _ended(error: OSError) -> Ended:
    told = lost(error)
    return Ended(None if isinstance(error, BrokenPipeError) else told)


def lost(error: OSError) -> OutputError:
    """What to say when standard output takes no more; it is dropped from then on."""
    _drop_output()
    reason = error.strerror or str(error)
    return OutputError(
        f"standard output cannot be written: {reason}", "send it to a file on a disk with room"
    )


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
