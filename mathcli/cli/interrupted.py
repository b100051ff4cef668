"""Interrupted solutions: the screen is ended cleanly and the text is kept in the history."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mathcli.screen import OutputEnded
from mathcli.solving.options import Listener, Silent
from mathcli.solving.transcript import Segment
from mathcli.solving.unsolved import unsolved

if TYPE_CHECKING:
    from mathcli.cli.status_line import PassingLine
    from mathcli.rendering.terminal import TerminalTrace
    from mathcli.solving import SolveOptions, Solver
    from mathcli.solving.transcript import Sample, SegmentKind


class InterruptedSolution:
    """A listener that keeps the text of a solution and passes all events on.

    Args:
        show: displays the solution; `None` for no display.
        line: the status line; `None` without one.
    """

    def __init__(self, show: TerminalTrace | None, line: PassingLine | None = None) -> None:
        self._show = show
        self._line = line
        self._segments: list[Segment] = []
        self._open: tuple[SegmentKind, str] | None = None
        self._samples: list[Sample] = []
        self.unread = False
        """Was the output closed, so that nobody reads on?"""
        self._began = time.perf_counter()

    def delta(self, kind: SegmentKind, text: str) -> None:
        """More text of a segment."""
        before = self._open[1] if self._open is not None and self._open[0] == kind else ""
        self._open = kind, before + text
        if self._line is not None:
            self._line.heard(kind, complete=False)
        with self._hearing() as show:
            show.delta(kind, text)

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""
        self._segments.append(segment)
        self._open = None
        if self._line is not None:
            self._line.heard(segment.kind, complete=True)
        with self._hearing() as show:
            show.segment(segment)

    def sample(self, number: int, of: int, sample: Sample) -> None:
        """One of several solutions has ended."""
        self._samples.append(sample)
        with self._hearing() as show:
            show.sample(number, of, sample)

    def given_up(self, sample: Sample) -> None:
        """Drop the text so far: the solution was given up."""
        self._segments.clear()
        with self._hearing() as show:
            show.given_up(sample)

    @contextmanager
    def _hearing(self) -> Iterator[Listener]:
        """The display to pass events to; records if its output was closed."""
        try:
            yield self._show or Silent()
        except OutputEnded:
            self.unread = True
            raise

    def interrupted(
        self, problem: str, solver: Solver, options: SolveOptions
    ) -> dict[str, Any] | None:
        """End the display; return the record of the unfinished solution, and of several solutions
        those that came to their end.

        `None` if nothing was written, or if the command ended because its output was closed.
        """
        if self.unread:
            return None
        if self._show is not None:
            self._show.interrupted()
        segments = list(self._segments)
        if self._open is not None and self._open[1].strip():
            segments.append(Segment(*self._open, ms=0.0, tokens=0))
        if not segments and not self._samples:
            return None
        found = unsolved(
            solver, problem, options,
            finish="stopped",
            segments=segments,
            generated=solver.written,
            total_ms=1000 * (time.perf_counter() - self._began),
        )  # fmt: skip
        if self._samples:
            found = replace(found, samples=tuple(self._samples), strategy=options.strategy)
        return found.record()
