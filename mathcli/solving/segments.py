"""Splits a model's text, as it streams, into thoughts, words and programs."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Literal

from mathcli.models import CodeFormat, Thinking
from mathcli.solving.calls import Call, completed, read_call, syntax_named

Kind = Literal["thought", "text", "code", "stray"]
_Mode = Literal["thought", "text", "opening", "code", "call", "header", "stopped"]


class SegmentStream:
    """Reads one generation; hands out (kind, text) pairs without the markers.

    A program begins after its opening marker (after that marker's line, if it is a fence) and
    ends at its closing marker. What follows a stop marker (the fence of the output, which the
    executor will fill) is dropped. The program of a tool call is handed out when the call is
    complete. Inside of a thought nothing is a marker but its end, and programs if they run there.
    The end of a thought that nothing has opened gives a `stray`: what stands in it and all words
    of the generation before it were a thought.

    Args:
        code: the family's markers.
        ends: strings that end the solution.
        thinking: how the family thinks, if it does.
        inside: the generation begins inside of a thought.

    >>> stream = SegmentStream(CodeFormat())
    >>> stream.feed("Add. ```python\\nprint(1)\\n") + stream.feed("```\\n```output")
    [('text', 'Add. '), ('code', 'print(1)'), ('text', '\\n')]
    >>> stream.programs, stream.ends_with_program, stream.tail
    (['print(1)'], True, '\\n```output')
    >>> SegmentStream(CodeFormat(), thinking=Thinking()).feed("<think>Is it 3?</think>It is 2.")
    [('thought', 'Is it 3?'), ('text', 'It is 2.')]
    """

    def __init__(
        self,
        code: CodeFormat,
        ends: Sequence[str] = (),
        thinking: Thinking | None = None,
        *,
        inside: bool = False,
    ) -> None:
        self._code = code = completed(code)
        self._syntax = syntax_named(code.syntax)
        self._channels = self._syntax.channels
        literal = thinking is not None and self._channels is None
        self._thought_opens = thinking.open if thinking and literal else ()
        self._thought_closes = thinking.close if thinking and literal else ()
        self._runs_in_thought = thinking is not None and thinking.runs_code
        self._ends = (*(stop for stop in code.stops if stop not in code.continues), *ends)
        self._hidden = (*code.continues, *code.hidden)
        self._solution_ends = tuple(ends)
        # A program is collected with the newline before it: a closing marker may begin with it.
        self._buffer = "\n" if code.primed else ""
        self._outer: Literal["thought", "text"] = "thought" if inside else "text"
        self._mode: _Mode = "code" if code.primed else self._outer
        if self._channels is not None and not inside:
            self._mode = "header"
        self._close = code.close
        self._program = ""
        self._line_begins = True
        self._closed_at = 0
        self.text = ""
        self.programs: list[str] = []
        self.calls: list[Call] = []
        self.ends_with_program = False
        self.unclosed = False

    @property
    def tail(self) -> str:
        """What was written after the last program, markers included."""
        return self.text[self._closed_at :]

    @property
    def in_words(self) -> bool:
        """Is this outside of any program and thought?"""
        return self._mode == "text"

    @property
    def thinks(self) -> bool:
        """Is this inside of a thought, and outside of any program?"""
        return self._mode == "thought"

    @property
    def in_thought(self) -> bool:
        """Is this inside of a thought, or of a program in one?"""
        return self.thinks or (self._outer == "thought" and self.in_program)

    @property
    def thinks_on(self) -> bool:
        """Does the text after the last program go on inside of a thought?"""
        return self._outer == "thought"

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end a generation so that a program can run."""
        return self._code.stops

    @property
    def in_program(self) -> bool:
        """Is this inside of a program or call?"""
        return self._mode in ("opening", "code", "call")

    @property
    def in_call(self) -> bool:
        """Is this inside of a tool call?"""
        return self._mode == "call"

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Take more text; return what is certain by now."""
        self._buffer += text
        self.text += text
        return list(self._advance(final=False))

    def flush(self) -> list[tuple[Kind, str]]:
        """What was held back because a marker may begin with it: none does."""
        return list(self._advance(final=True))

    def finish(self) -> list[tuple[Kind, str]]:
        """The end of the generation: what is left, and an unclosed program counts as closed."""
        found = list(self._advance(final=True))
        if self._mode in ("code", "call"):
            called = self._mode == "call"
            if called:
                self._program += self._buffer
                if self._close:  # one that seemed to stand in a string ended the call after all
                    self._program = self._program.rstrip().removesuffix(self._close)
            self._buffer = ""
            shown = self._close_program(self._outer)
            self.unclosed = bool(self._close)
            if called:
                found.append(("code", shown))
        return found

    def copy(self) -> SegmentStream:
        """This stream, to be gone on with by a copy of its text."""
        twin = copy.copy(self)
        twin.programs, twin.calls = list(self.programs), list(self.calls)
        return twin

    # -- the modes -----------------------------------------------------------------------------

    def _advance(self, *, final: bool) -> Iterator[tuple[Kind, str]]:
        steps = {
            "thought": self._next_thought,
            "text": self._next_text,
            "opening": self._next_opening,
            "code": self._next_code,
            "call": self._next_call,
            "header": self._next_header,
        }
        while self._buffer and self._mode != "stopped":
            step = steps[self._mode](final)
            if step is None:
                return
            if step[1] or step[0] == "stray":
                yield step

    def _next_text(self, final: bool) -> tuple[Kind, str] | None:
        """Words up to a marker, or all that can be no part of one."""
        starts = self._syntax.starts
        text, marker = self._until(
            (*self._code.open, *self._ends, *self._hidden, *self._thought_opens,
             *self._thought_closes, *self._headers),
            final, starts=starts,
        )  # fmt: skip
        if not text and not marker:
            return None
        if marker in self._thought_opens:
            self._outer = self._mode = "thought"
        elif marker in self._thought_closes:
            return "stray", text
        elif marker in self._headers:
            self._mode = "header"
        elif marker in self._ends:
            self._mode = "stopped"
        elif marker in self._code.open:
            self._begin_program(marker)
        if text.strip():
            self.ends_with_program = False
        return "text", text

    def _next_thought(self, final: bool) -> tuple[Kind, str] | None:
        """A thought up to its end, or all that can be no part of that."""
        runs = self._runs_in_thought
        opens = self._code.open if runs else ()
        ends = self._ends if runs else tuple(filter(is_special, self._solution_ends))
        text, marker = self._until(
            (*self._thought_closes, *self._thought_opens, *self._headers, *opens, *ends),
            final,
            starts=self._syntax.starts if runs else (),
        )
        if not text and not marker:
            return None
        if marker in self._thought_closes:
            self._outer = self._mode = "text"
        elif marker in self._headers:
            self._outer, self._mode = "text", "header"
        elif marker in ends:
            self._mode = "stopped"
        elif marker in opens:
            self._begin_program(marker)
        if text.strip():
            self.ends_with_program = False
        return "thought", text

    def _next_header(self, final: bool) -> tuple[Kind, str] | None:
        """The header of a message."""
        assert self._channels is not None
        text, marker = self._until((self._channels.end, *self._solution_ends), final, whole=True)
        if marker == self._channels.end:
            kind = self._channels.kind(text)
            self._outer = "thought" if kind == "thought" else "text"
            self._mode = kind
            if kind == "call":
                self._program = text + marker
        elif marker:
            self._mode = "stopped"
        elif not final:
            return None
        elif "<|" not in text:  # words of a model that forgot the format
            return "text", text
        return "text", ""

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
        text, marker = self._until(tuple(filter(None, (self._close, *self._solution_ends))), final)
        if not text and not marker:
            return None
        shown = text if self._program else text[1:]  # without the newline before the program
        self._program += text
        if marker:
            self._close_program("stopped" if marker != self._close else self._outer)
        return "code", shown

    def _next_call(self, final: bool) -> tuple[Kind, str] | None:
        """A call up to the marker that closes it, which none does inside of a string."""
        ends = tuple(filter(is_special, self._solution_ends))
        text, marker = self._until(tuple(filter(None, (self._close, *ends))), final)
        self._program += text
        if marker and not self._syntax.complete(self._program):
            self._program += marker
            return "code", ""
        if marker:
            unclosed = marker != self._close
            if unclosed:
                self._buffer = ""
            shown = self._close_program("stopped" if unclosed else self._outer)
            if unclosed:
                self._closed_at -= len(marker)
                self.unclosed = bool(self._close)
            return "code", shown
        return ("code", "") if text else None

    # -- programs ------------------------------------------------------------------------------

    def _begin_program(self, marker: str) -> None:
        self._program = ""
        self._close = dict(self._syntax.closes).get(marker, self._code.close)
        if self._code.syntax != "fenced":
            self._mode = "call"
            if marker in self._syntax.starts:
                self._buffer = marker + self._buffer
        elif "```" in marker:
            self._mode = "opening"
        else:
            self._mode = "code"
            if not self._buffer.startswith("\n"):
                self._buffer = "\n" + self._buffer

    def _close_program(self, mode: Literal["thought", "text", "stopped"]) -> str:
        """Keep the program; return it as readers see it."""
        written = self._program
        if self._mode == "code":
            written = written[1:]
        self._mode = "header" if self._channels is not None and mode == "text" else mode
        self._closed_at = len(self.text) - len(self._buffer)
        call = read_call(written, self._code)
        self.programs.append(written)
        self.calls.append(call)
        self.ends_with_program = True
        return written.strip() if call.program is None else call.program

    # -- markers -------------------------------------------------------------------------------

    @property
    def _headers(self) -> tuple[str, ...]:
        return self._channels.begin if self._channels is not None else ()

    def _until(
        self,
        markers: tuple[str, ...],
        final: bool,
        *,
        starts: tuple[str, ...] = (),
        whole: bool = False,
    ) -> tuple[str, str]:
        """Take the text before the first of `markers`, and that marker; without one take all
        but a tail that one may begin with.

        Args:
            starts: those of the markers that are ones at the begin of a line only.
            whole: without a marker take nothing, if this is not the end.
        """
        hits = [(at, -len(m), m) for m in markers if (at := self._find(m, m in starts)) >= 0]
        if hits:
            at, _, marker = min(hits)
            return self._take(at, len(marker)), marker
        if whole and not final:
            return "", ""
        held = 0 if final else max((_overlap(self._buffer, m) for m in markers), default=0)
        return self._take(len(self._buffer) - held), ""

    def _find(self, marker: str, at_line_begin: bool) -> int:
        at = self._buffer.find(marker)
        while at_line_begin and at >= 0:
            before = self._buffer[:at].rpartition("\n")
            if not before[2].strip() and (before[1] or self._line_begins):
                break
            at = self._buffer.find(marker, at + 1)
        return at

    def _take(self, length: int, marker: int = 0) -> str:
        """Take text from the buffer, and the marker after it."""
        text, self._buffer = self._buffer[:length], self._buffer[length + marker :]
        if text:
            _, newline, last = text.rpartition("\n")
            self._line_begins = not last.strip() and (bool(newline) or self._line_begins)
        if marker:
            self._line_begins = True  # a marker is as good as a line's begin
        return text


def is_special(marker: str) -> bool:
    """Whether a string is spelled as special tokens are, and so means the end wherever it stands.

    >>> is_special("<|im_end|>"), is_special("[/INST]"), is_special("### Problem")
    (True, True, False)
    """
    return marker[:1] + marker[-1:] in ("<>", "[]")


def _overlap(text: str, marker: str) -> int:
    """Length of the longest tail of `text` that `marker` begins with."""
    for length in range(min(len(text), len(marker) - 1), 0, -1):
        if marker.startswith(text[-length:]):
            return length
    return 0
