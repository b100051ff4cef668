"""A log of what a command did and when, in the file that MATHCLI_LOG names; for bug reports.

A line has the time, the process, the logger and the message, escaped as on the screen. Nothing is
logged unless requested, and a server's key never is. Problems, programs and answers are logged,
because bug reports need them.
"""

from __future__ import annotations

import logging
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from mathcli.errors import UsageError
from mathcli.input_files import expanded
from mathcli.output_files import look, open_stream, write_all
from mathcli.text_safety import one_line

VARIABLE = "MATHCLI_LOG"

_HEAD = "# mathcli log\n"
_LONGEST = 4000  # most characters of a line
# What other programs take in such a variable.
_LEVELS = frozenset(
    ("0", "1", "2", "true", "false", "yes", "no", "on", "off", "debug", "info", "warn", "warning",
     "error", "critical", "trace", "verbose")
)  # fmt: skip
_PASSWORD = re.compile(r"://[^/@\s]+@")


class _Lines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(process)d %(name)s: %(message)s", "%F %T")

    def format(self, record: logging.LogRecord) -> str:
        line = one_line(super().format(record))[:_LONGEST]
        return _PASSWORD.sub("://…@", line)


class _File(logging.Handler):
    """Appends whole lines, so that several processes may share the file. A full disk does not end
    the command."""

    def __init__(self, handle: int) -> None:
        super().__init__()
        self._handle = handle
        self.setFormatter(_Lines())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
            write_all(self._handle, line.encode("utf-8", "backslashreplace"))
        except OSError:
            return


def begin(argv: Sequence[str]) -> None:
    """Start logging this command, if MATHCLI_LOG is set.

    Raises:
        UsageError: the file cannot be written, is not a log, or is a word such as `debug`.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return
    if named.lower() in _LEVELS:
        raise UsageError(
            f"{VARIABLE} names the file of the log, and {named} is rather a level",
            f"for example: {VARIABLE}=mathcli.log",
        )
    from mathcli import __version__

    logger = logging.getLogger("mathcli")
    logger.addHandler(_File(_opened(expanded(named))))
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    system = f"Python {platform.python_version()}, {platform.platform()}"
    logger.info("mathcli %s, %s: %s", __version__, system, list(argv))


def _opened(path: Path) -> int:
    """A descriptor for appending.

    Raises:
        UsageError: the file cannot be opened, or is not a log.
    """
    place = look(path, "a log", is_ours=lambda head: head.startswith(_HEAD.encode()))
    try:
        if place.streams:
            return open_stream(place)
        handle = os.open(place.target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if not os.fstat(handle).st_size:
            write_all(handle, _HEAD.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{VARIABLE}: {path} cannot be written: {reason}") from None
    return handle
