"""The progress of a download: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mathcli.cli import output

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PAUSE = 10.0  # seconds between lines
_STEP = 0.1  # share of the file between lines, if that takes longer


@contextmanager
def download_progress() -> Iterator[Bar | Lines]:
    """A progress display on standard error: a bar on a terminal, lines elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Lines()
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from mathcli.console import console

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    shown = Progress(*columns, console=console(stderr=True), redirect_stdout=False)
    with shown as progress:
        yield Bar(progress)


class Bar:
    """A progress bar with rate and time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, name: str, total: int, done: int) -> None:
        """A file begins."""
        self._task = self._progress.add_task(name, total=total, completed=done)

    def advance(self, size: int) -> None:
        """More bytes have arrived."""
        if self._task is not None:
            self._progress.advance(self._task, size)

    def end(self) -> None:
        """The file is done, or given up."""
        self._task = None

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text)


class Lines:
    """Prints a line from time to time, for logs."""

    def __init__(self) -> None:
        self._name = ""
        self._total = self._done = self._from = self._shown = 0
        self._began = self._last = 0.0

    def begin(self, name: str, total: int, done: int) -> None:
        """A file begins."""
        from mathcli.models.quants import size_text

        self._name, self._total = name, total
        self._done = self._from = self._shown = done
        self._began = self._last = time.monotonic()
        rest = f", {size_text(done)} are here already" if done else ""
        output.note(f"{name}: {size_text(total)}{rest}")

    def advance(self, size: int) -> None:
        """More bytes have arrived; print a line if enough has happened."""
        self._done += size
        now = time.monotonic()
        if now - self._last < _PAUSE or self._done - self._shown < _STEP * self._total:
            return
        self._last, self._shown = now, self._done
        output.note(self._line(now))

    def end(self) -> None:
        """The file is done, or given up."""

    def say(self, text: str) -> None:
        """Print a line."""
        output.note(text)

    def _line(self, now: float) -> str:
        from mathcli.models.quants import size_text

        rate = (self._done - self._from) / max(now - self._began, 1e-3)
        left = (self._total - self._done) / rate if rate > 0 else 0.0
        share = 100 * self._done / max(1, self._total)
        return f"{self._name}: {share:.0f} %, {size_text(rate)}/s, {left:.0f} s left"
