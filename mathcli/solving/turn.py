"""One turn of the model: a generation, split into segments while it streams.

A turn may be paused after a step and gone on with, in the same sequence or in a copy of it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import replace

from mathcli.models import CodeFormat
from mathcli.solving.options import Listener
from mathcli.solving.segments import SegmentStream
from mathcli.solving.transcript import Segment, SegmentKind


class Turn:
    """Collects streamed text into segments and tells the listener.

    `text` is all that the turn has written, markers included; `tokens` how many tokens that is.
    """

    def __init__(self, code: CodeFormat, ends: Sequence[str], listener: Listener) -> None:
        self.stream = SegmentStream(code, ends)
        self.text = ""
        self.tokens = 0
        self._listener = listener
        self._began = time.perf_counter()
        self._kind: SegmentKind = "text"
        self._parts: list[str] = []
        self._done: list[Segment] = []

    @property
    def in_words(self) -> bool:
        """Is the model writing words, not a program?"""
        return self.stream.in_words

    def take(self, text: str) -> None:
        """Show more text, completing a segment where its kind changes."""
        self.text += text
        self._show(self.stream.feed(text))

    def segments(self, tokens: int) -> list[Segment]:
        """The segments so far, at a pause; `tokens` are counted with the last of them."""
        self.tokens += tokens
        self._complete()
        done, self._done = self._done, []
        if done:
            done[-1] = replace(done[-1], tokens=tokens)
        return done

    def finish(self, tokens: int) -> list[Segment]:
        """The rest of the segments, at the turn's end."""
        self._show(self.stream.finish())
        return self.segments(tokens)

    def copy(self) -> Turn:
        """This turn, to be gone on with in a copy of its sequence."""
        twin = copy.copy(self)
        twin.stream = copy.deepcopy(self.stream)
        twin._parts, twin._done = list(self._parts), list(self._done)
        return twin

    def _show(self, pairs: Sequence[tuple[SegmentKind, str]]) -> None:
        for kind, text in pairs:
            if kind != self._kind:
                self._complete()
                self._kind = kind
            self._parts.append(text)
            self._listener.delta(kind, text)

    def _complete(self) -> None:
        text = "".join(self._parts)
        now = time.perf_counter()
        if text.strip():
            segment = Segment(self._kind, text, round(1000 * (now - self._began), 3), 0)
            self._done.append(segment)
            self._listener.segment(segment)
        self._began = now
        self._parts = []
