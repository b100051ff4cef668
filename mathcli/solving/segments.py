"""Splits a model's text, as it streams, into words and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from mathcli.models import CodeFormat

Kind = Literal["text", "code"]


class SegmentStream:
    """Reads one generation; hands out (kind, text) pairs without the markers.

    A program begins after its opening marker (after that marker's line, if it is a fence) and
    ends at its closing marker. What follows a stop marker (the fence of the output, which the
    executor will fill) is dropped.

    Args:
        code: the family's markers.
        ends: strings that end the solution.

    >>> stream = SegmentStream(CodeFormat())
    >>> stream.feed("Add. ```python\\nprint(1)\\n") + stream.feed("```\\n```output")
    [('text', 'Add. '), ('code', 'print(1)'), ('text', '\\n')]
    >>> stream.programs, stream.ends_with_program, stream.tail
    (['print(1)'], True, '\\n```output')
    """

    def __init__(self, code: CodeFormat, ends: Sequence[str] = ()) -> None:
        self._open = code.open
        self._ends = (*(stop for stop in code.stops if stop not in code.continues), *ends)
        self._hidden = (*code.continues, *code.hidden)
        self._closers = tuple(marker for marker in (code.close, *ends) if marker)
        self._close = code.close
        # A program is collected with the newline before it: a closing marker may begin with it.
        self._buffer = "\n" if code.primed else ""
        self._mode: Literal["text", "opening", "code", "stopped"] = (
            "code" if code.primed else "text"
        )
        self._program = ""
        self._fed = ""
        self._closed_at = 0
        self.programs: list[str] = []
        self.ends_with_program = False
        self.unclosed = False

    @property
    def tail(self) -> str:
        """What was written after the last program, markers included."""
        return self._fed[self._closed_at :]

    @property
    def in_words(self) -> bool:
        """Is this outside of any program?"""
        return self._mode == "text"

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Take more text; return what is certain by now."""
        self._buffer += text
        self._fed += text
        return list(self._advance(final=False))

    def finish(self) -> list[tuple[Kind, str]]:
        """The end of the generation: what is left, and an unclosed program counts as closed."""
        found = list(self._advance(final=True))
        if self._mode == "code":
            self._buffer = ""
            self._close_program("text")
            self.unclosed = bool(self._close)
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
        text, marker = self._until((*self._open, *self._ends, *self._hidden), final)
        if not text and not marker:
            return None
        if marker in self._ends:
            self._mode = "stopped"
        elif marker in self._open:
            self._begin_program(fenced="```" in marker)
        if text.strip():
            self.ends_with_program = False
        return "text", text

    def _begin_program(self, *, fenced: bool) -> None:
        self._program = ""
        if fenced:
            self._mode = "opening"
        else:
            self._mode = "code"
            if not self._buffer.startswith("\n"):
                self._buffer = "\n" + self._buffer

    def _next_opening(self, final: bool) -> tuple[Kind, str] | None:
        """The rest of a fence's line."""
        newline = self._buffer.find("\n")
        if newline < 0:
            return None
        self._buffer = self._buffer[newline:]
        self._mode = "code"
        return "text", ""

    def _next_code(self, final: bool) -> tuple[Kind, str] | None:
        """Program text up to its closing marker."""
        text, marker = self._until(self._closers, final)
        if not text and not marker:
            return None
        shown = text if self._program else text[1:]  # without the newline before the program
        self._program += text
        if marker:
            self._close_program("stopped" if marker != self._close else "text")
        return "code", shown

    def _close_program(self, mode: Literal["text", "stopped"]) -> None:
        self._mode = mode
        self._closed_at = len(self._fed) - len(self._buffer)
        self.programs.append(self._program[1:])
        self.ends_with_program = True

    def _until(self, markers: tuple[str, ...], final: bool) -> tuple[str, str]:
        """Take the text before the first of `markers`, and that marker; without one take all
        but a tail that one may begin with."""
        hits = [(at, -len(m), m) for m in markers if (at := self._buffer.find(m)) >= 0]
        if hits:
            at, _, marker = min(hits)
            text, self._buffer = self._buffer[:at], self._buffer[at + len(marker) :]
            return text, marker
        held = 0 if final else max((_overlap(self._buffer, m) for m in markers), default=0)
        end = len(self._buffer) - held
        text, self._buffer = self._buffer[:end], self._buffer[end:]
        return text, ""


def _overlap(text: str, marker: str) -> int:
    """Length of the longest tail of `text` that `marker` begins with."""
    for length in range(min(len(text), len(marker) - 1), 0, -1):
        if marker.startswith(text[-length:]):
            return length
    return 0
