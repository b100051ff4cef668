"""The progress of a batch on standard error: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from mathcli.cli import output
from mathcli.cli.status_line import StatusLine, has_terminal, showing
from mathcli.counting import counted, numbered

_EVERY = 10.0  # seconds between plain lines
_TICK = 0.2  # seconds between readings of the token count
_BAR = 20  # columns


class BatchProgress:
    """Counts finished items and reports the progress from time to time.

    Args:
        what: the name of an item.
        how: what is done with it, if not only that.
    """

    def __init__(self, what: str, how: str = "") -> None:
        self._what = what
        self._how = how
        self._total: int | None = None
        self._done = 0
        self._skipped = 0
        self._solved: int | None = None
        self._keyed = 0
        self._correct = 0
        self._tokens = 0
        self._written = 0
        self._began = self._said = time.monotonic()
        self._terminal = ExitStack()
        self._plain = not has_terminal()
        self._saying = threading.Lock()

    def expect(self, total: int) -> None:
        """Set the total, once it is known."""
        self._total = total
        self._show()

    def skip(self) -> None:
        """Count an item that needs no work."""
        self._skipped += 1
        self._show()

    def done(
        self, *, solved: bool | None = None, correct: bool | None = None, tokens: int = 0
    ) -> None:
        """Count a finished item; `solved` is `None` if nothing is solved, `correct` if there is
        no key."""
        self._done += 1
        if solved is not None:
            self._solved = (self._solved or 0) + solved
        self._keyed += correct is not None
        self._correct += bool(correct)
        self._tokens += tokens
        self._show()

    @contextmanager
    def watching(self, written: Callable[[], int]) -> Iterator[None]:
        """Show the number of tokens written so far, even before the first problem is done.

        Args:
            written: returns the tokens so far of all problems; called from another thread.
        """
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_TICK):
                self._written = written()
                self._show()

        watcher = threading.Thread(target=watch, name="progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def __enter__(self) -> BatchProgress:
        if not self._plain:
            self._terminal.enter_context(showing(StatusLine(self._with_bar)))
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.close()
        output.note(self._line())

    def _show(self) -> None:
        """Print a plain line if the last one is old; a terminal's line is drawn by its thread."""
        with self._saying:
            if self._plain and time.monotonic() - self._said >= _EVERY:
                self._said = time.monotonic()
                output.note(self._line())

    def _with_bar(self) -> str:
        """The line of a terminal; no bar where the total is not known."""
        if not self._total:
            return self._line()
        from mathcli.rendering.drawn_answers import encodes  # with Rich, which completion lacks

        full, empty = "━─" if encodes("━─", sys.stderr.encoding) else "#-"
        done = min(_BAR, _BAR * (self._done + self._skipped) // self._total)
        return f"{full * done}{empty * (_BAR - done)} {self._line()}"

    def _line(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-9)
        of_total = f"/{self._total}" if self._total is not None else ""
        before = f" ({self._skipped} skipped)" if self._skipped else ""
        count = self._done + self._skipped
        what = numbered(count if self._total is None else self._total, self._what)
        parts = [f"{count}{of_total} {what}{self._how}{before}"]
        if self._solved is not None:
            parts.append(f"{self._solved} answered")
        if self._keyed:
            parts.append(f"{self._correct} correct")
        if tokens := max(self._tokens, self._written):
            parts += [] if self._done else [counted(tokens, "token")]
            parts.append(f"{tokens / seconds:.0f} tok/s")
        spent = self._time(seconds)
        return ", ".join([*parts, spent] if spent else parts)

    def _time(self, seconds: float) -> str | None:
        """The time so far while nothing is done; then the time left, and in the end all of it."""
        remaining = None if self._total is None else self._total - self._done - self._skipped
        if not self._done:
            return None if remaining == 0 else _clock(seconds)
        if remaining is None:
            return None
        if remaining <= 0:
            return f"{_clock(seconds)} in all"
        return f"{_clock(remaining * seconds / self._done)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
