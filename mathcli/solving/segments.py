"""Splits a model's text, as it streams, into words and programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mathcli.models import CodeFormat

Kind = Literal["text", "code"]


class SegmentStream:
    """Reads one generation; hands out (kind, text) pairs without the markers.

    A program begins on the line after its opening marker and ends at its closing marker. What
    follows a stop marker (the fence of the output, which the executor will fill) is dropped.

    >>> stream = SegmentStream(CodeFormat())
    >>> stream.feed("Add. ```python\\nprint(1)\\n") + stream.feed("```\\n```output")
    [('text', 'Add. '), ('code', 'print(1)'), ('text', '\\n')]
    >>> stream.programs, stream.ends_with_program
    (['print(1)'], True)
    """

    def __init__(self, code: CodeFormat) -> None:
        self._code = code
        self._buffer = ""
        self._mode: Literal["text", "opening", "code", "stopped"] = "text"
        self._program = ""
        self.programs: list[str] = []
        self.ends_with_program = False

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Take more text; return what is certain by now."""
        self._buffer += text
        return list(self._advance(final=False))

    def finish(self) -> list[tuple[Kind, str]]:
        """The end of the generation: what is left, and an unclosed program counts as closed."""
        found = list(self._advance(final=True))
        if self._mode == "code":
            self._close_program()
        return found

    def _advance(self, *, final: bool) -> Iterator[tuple[Kind, str]]:
        steps = {"text": self._next_text, "opening": self._next_opening, "code": self._next_code}
        while self._buffer and self._mode != "stopped":
            step = steps[self._mode](final)
            if step is None:
                return
            if step[1]:
                yield step

    def _next_text(self, final: bool) -> tuple[Kind, str] | None:
        """Words up to a marker, or all that can be no part of one."""
        markers = (*self._code.open, *self._code.stops)
        hits = [(at, -len(m), m) for m in markers if (at := self._buffer.find(m)) >= 0]
        if hits:
            at, _, marker = min(hits)
            text, self._buffer = self._buffer[:at], self._buffer[at + len(marker) :]
            self._mode = "stopped" if marker in self._code.stops else "opening"
        else:
            text = self._all_but_overlap(markers, final)
            if not text:
                return None
        if text.strip():
            self.ends_with_program = False
        return "text", text

    def _next_opening(self, final: bool) -> tuple[Kind, str] | None:
        """The rest of the opening marker's line. Its newline stays: a closing marker may begin
        with it."""
        newline = self._buffer.find("\n")
        if newline < 0:
            return None
        self._buffer = self._buffer[newline:]
        self._mode = "code"
        self._program = ""
        return "text", ""

    def _next_code(self, final: bool) -> tuple[Kind, str] | None:
        """Program text up to its closing marker."""
        close = self._code.close
        at = self._buffer.find(close)
        if at >= 0:
            text, self._buffer = self._buffer[:at], self._buffer[at + len(close) :]
        else:
            text = self._all_but_overlap((close,), final)
            if not text:
                return None
        shown = text if self._program else text[1:]  # without the opening line's newline
        self._program += text
        if at >= 0:
            self._close_program()
        return "code", shown

    def _close_program(self) -> None:
        self._mode = "text"
        self.programs.append(self._program[1:])
        self.ends_with_program = True

    def _all_but_overlap(self, markers: tuple[str, ...], final: bool) -> str:
        """Take from the buffer everything but a tail that a marker may begin with."""
        held = 0 if final else max(_overlap(self._buffer, marker) for marker in markers)
        end = len(self._buffer) - held
        text, self._buffer = self._buffer[:end], self._buffer[end:]
        return text


def _overlap(text: str, marker: str) -> int:
    """Length of the longest tail of `text` that `marker` begins with."""
    for length in range(min(len(text), len(marker) - 1), 0, -1):
        if marker.startswith(text[-length:]):
            return length
    return 0
