"""A log worth sending: what a command did and when, in the file that MATHCLI_LOG names.

A line has the time, the process, where it comes from, and what happened; what stands in it is
escaped as on the screen. Nothing is logged unless it is asked for, and no key of a server ever is.
Problems, programs and answers are: they are what a log is read for.
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
_LONGEST = 4000  # characters of a line
_PASSWORD = re.compile(r"://[^/@\s]+@")


class _Lines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(process)d %(name)s: %(message)s", "%F %T")

    def format(self, record: logging.LogRecord) -> str:
        line = one_line(super().format(record))[:_LONGEST]
        return _PASSWORD.sub("://…@", line)


class _File(logging.Handler):
    """Appends whole lines, so that several processes may share the file. A full disk ends no
    command."""

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
    """Log this command, where the environment asks for it.

    Raises:
        UsageError: the file cannot be written, or was not begun by a log.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return
    from mathcli import __version__

    logger = logging.getLogger("mathcli")
    logger.addHandler(_File(_opened(expanded(named))))
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    system = f"Python {platform.python_version()}, {platform.platform()}"
    logger.info("mathcli %s, %s: %s", __version__, system, list(argv))


def _opened(path: Path) -> int:
    """A descriptor that appends.

    Raises:
        UsageError: it cannot be opened, or belongs to somebody else.
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
