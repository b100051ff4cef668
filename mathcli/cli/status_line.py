"""A status line at the bottom of a terminal: the current activity, until other text is written.

It is drawn on standard error, only if that is a terminal, and erased before any other text.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mathcli import screen
from mathcli.cli import guard
from mathcli.counting import counted
from mathcli.text_safety import one_line
from mathcli.wrapping import columns

if TYPE_CHECKING:
    from mathcli.solving.transcript import SegmentKind

_AFTER = 0.15  # seconds without output before the line appears
_TICK = 0.1  # seconds between updates
_KEPT_FREE = 3  # columns: a terminal echoes `^C` there, and must not begin a new line for it
_RATE_AFTER = 1.0  # seconds of writing before a rate is shown

_NEXT = {"thought": "writing", "text": "writing", "code": "running the program",
         "output": "reading the output"}  # fmt: skip


class StatusLine(screen.Passing):
    """Draws a text again and again.

    Args:
        text: returns the text of now; called from another thread.
    """

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text
        self._silent_since = time.monotonic()
        self._shown = False
        self._at_start = True
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="passing", daemon=True)

    def before(self) -> None:
        """Erase the line before other text is written."""
        if self._shown:
            screen.draw("\r\x1b[K")
            self._shown = False

    def after(self, text: str) -> None:
        """Note that other text was written."""
        self._silent_since = time.monotonic()
        if plain := screen.without_colours(text):
            self._at_start = plain.endswith("\n")

    def start(self) -> None:
        """Start the thread that draws the line."""
        self._thread.start()

    def end(self) -> None:
        """Stop the thread and erase the line."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_TICK):
            with screen.TURN:
                if self._at_start and time.monotonic() - self._silent_since >= _AFTER:
                    width = max(1, columns(screen.Stream(sys.stderr)) - _KEPT_FREE)
                    screen.draw(f"\r\x1b[K\x1b[2m{one_line(self._text())[:width]}\x1b[0m")
                    self._shown = True
        with screen.TURN:
            self.before()


class PassingLine(StatusLine):
    """Shows the current activity and its duration."""

    def __init__(self) -> None:
        super().__init__(self._line)
        self._what = "starting"
        self._since = time.monotonic()
        self._written: Callable[[], int] | None = None
        self._first: tuple[float, int] | None = None

    def doing(self, what: str) -> None:
        """Set the current activity."""
        if what != self._what:
            self._what, self._since = what, time.monotonic()

    def counting(self, written: Callable[[], int]) -> None:
        """Start counting tokens: the model is ready.

        Args:
            written: returns the tokens so far; called from another thread.
        """
        self._written = written
        self.doing("reading the problem")

    def heard(self, kind: SegmentKind, *, complete: bool) -> None:
        """Note that a segment is being written, or is complete."""
        self.doing(_NEXT[kind] if complete else "writing")

    def _line(self) -> str:
        tokens = self._written() if self._written is not None else 0
        if tokens and self._first is None:
            self._first = time.monotonic(), tokens
            if self._what == "reading the problem":
                self.doing("writing")
        now = time.monotonic()
        parts = [f"{self._what}: {now - self._since:.0f} s"]
        if self._first is not None:
            began, before = self._first
            parts.append(counted(tokens, "token"))
            if now - began >= _RATE_AFTER:
                parts.append(f"{(tokens - before) / (now - began):.0f} tok/s")
        return ", ".join(parts)


@contextmanager
def passing_line() -> Iterator[PassingLine | None]:
    """The status line of a solve; `None` without a suitable terminal."""
    if not has_terminal():
        yield None
        return
    line = PassingLine()
    guard.tell(line.doing)
    try:
        with showing(line):
            yield line
    finally:
        guard.tell(None)


def has_terminal() -> bool:
    """Can a status line be drawn on standard error?"""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


@contextmanager
def showing(line: StatusLine) -> Iterator[None]:
    """Show a status line for the duration of the context."""
    with screen.passing(line):
        line.start()
        try:
            yield
        finally:
            line.end()
