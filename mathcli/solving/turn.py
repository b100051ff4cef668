"""One turn of the model: a generation, split into segments while it streams.

A turn may be paused after a step and continued, in the same sequence or in a fork of it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable
from dataclasses import replace

from mathcli.solving.options import Listener
from mathcli.solving.segments import Kind, SegmentStream
from mathcli.solving.transcript import Segment, SegmentKind


class Turn:
    """Collects streamed text into segments and passes them to the listener.

    `tokens` is the number of its tokens.
    `closed` counts the thoughts that were closed for the model.
    """

    def __init__(self, stream: SegmentStream, listener: Listener) -> None:
        self.stream = stream
        self.tokens = 0
        self.closed = 0
        self._listener = listener
        self._began = time.perf_counter()
        self._kind: SegmentKind = "thought" if stream.in_thought else "text"
        self._parts: list[str] = []
        self._words: list[str] = []
        self._done: list[Segment] = []
        self._stray = False
        self._uncounted = 0

    @property
    def words(self) -> str:
        """The text outside thoughts."""
        return "".join(self._words)

    def take(self, text: str) -> None:
        """Take more text; a change of kind completes the segment before it."""
        self._show(self.stream.feed(text))

    def flush(self) -> None:
        """Show the text held back as a possible marker; no more text will arrive."""
        self._show(self.stream.flush())

    def count(self, tokens: int) -> None:
        """Count tokens with the segment that is being written."""
        self.tokens += tokens
        self._uncounted += tokens

    def hand_over(self, kept: list[Segment], first: int, tokens: int, *, cut: bool = False) -> int:
        """At a pause, move the segments so far to `kept`.

        Args:
            first: the index in `kept` of the turn's first segment.
            tokens: how many were written since the last pause; they are counted with the last
                segment.
            cut: whether the last segment is a thought that was cut off.

        Returns:
            The number of tokens of words that turned out to be a thought.
        """
        self.count(tokens)
        tokens, self._uncounted = self._uncounted, 0
        self._complete(tokens, cut=cut)
        strayed = 0
        if self._stray:
            strayed = tokens + sum(one.tokens for one in kept[first:] if one.kind == "text")
            kept[first:] = [_thought(segment) for segment in kept[first:]]
            self._stray = False
        if self._done and not self._done[-1].tokens:
            self._done[-1] = replace(self._done[-1], tokens=tokens)
        kept += self._done
        self._done = []
        return strayed

    def finish(self, kept: list[Segment], first: int, tokens: int) -> int:
        """At the turn's end, do the same as `hand_over`."""
        self._show(self.stream.finish())
        return self.hand_over(kept, first, tokens)

    def copy(self) -> Turn:
        """An independent copy of the turn, for a fork of its sequence."""
        twin = copy.copy(self)
        twin.stream = self.stream.copy()
        twin._parts, twin._done = list(self._parts), list(self._done)
        twin._words = list(self._words)
        return twin

    def _show(self, pairs: Iterable[tuple[Kind, str]]) -> None:
        for kind, text in pairs:
            if kind == "stray":
                self._take_back()
                kind = "thought"
            if kind != self._kind:
                self._complete()
                self._kind = kind
            self._parts.append(text)
            if kind != "thought":
                self._words.append(text)
            if text:
                self._listener.delta(kind, text)

    def _take_back(self) -> None:
        """Turn the words so far into a thought; the listener has already received them as words."""
        self._stray = True
        self._words = []
        self._done = [_thought(segment) for segment in self._done]
        if self._kind == "text":
            self._kind = "thought"

    def _complete(self, tokens: int = 0, *, cut: bool = False) -> None:
        text = "".join(self._parts)
        now = time.perf_counter()
        if text.strip():
            ms = round(1000 * (now - self._began), 3)
            segment = Segment(self._kind, text, ms, tokens, truncated=cut or None)
            self._done.append(segment)
            self._listener.segment(segment)
        self._began = now
        self._parts = []


def _thought(segment: Segment) -> Segment:
    return replace(segment, kind="thought") if segment.kind == "text" else segment
