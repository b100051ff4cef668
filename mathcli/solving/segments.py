"""Splits a model's streamed text into thoughts, words and programs."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Literal

from mathcli.models import CodeFormat, Thinking
from mathcli.solving.calls import ParsedCall, completed, read_call, syntax_named
from mathcli.solving.markers import MarkerBuffer, is_special

Kind = Literal["thought", "text", "code", "stray"]
FENCE_END = "\n```"
_FENCES = ("```python", "```py")
_Mode = Literal["thought", "text", "opening", "code", "call", "header", "stopped"]


class SegmentStream:
    """Reads one generation; returns (kind, text) pairs without the markers.

    A program begins after its opening marker (after that marker's line, if it is a fence) and
    ends at its closing marker. Text after a stop marker (the fence of the output, which the
    executor will fill) is dropped. The program of a tool call is returned when the call is
    complete; a fence is read too if a model that was offered a tool writes one instead.
    Inside a thought the only markers are its end and, if programs run there, those of programs.
    An end of a thought without a beginning gives a `stray`: its text and all words of the
    generation before it were a thought.

    Args:
        code: the family's markers.
        ends: strings that end the solution.
        thinking: how the family thinks, if it does.
        inside: whether the generation begins inside a thought.

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
        # A program is collected with the newline before it: that may be part of a closing marker.
        self._buffer = MarkerBuffer("\n" if code.primed else "")
        self._outer: Literal["thought", "text"] = "thought" if inside else "text"
        self._mode: _Mode = "code" if code.primed else self._outer
        if self._channels is not None and not inside:
            self._mode = "header"
        calls = code.syntax != "fenced" and self._channels is None
        self._fences = tuple(one for one in _FENCES if calls and one not in code.open)
        self._in_text = (
            *code.open, *self._fences, *self._ends, *self._hidden, *self._thought_opens,
            *self._thought_closes, *self._headers,
        )  # fmt: skip
        self._in_fence = False
        self.close = code.close
        self._program = ""
        self._closed_at = 0
        self._read: list[str] = []
        self._length = 0  # of the text read so far
        self.programs: list[str] = []
        self.calls: list[ParsedCall] = []
        self.ends_with_program = False
        self.unclosed = False

    @property
    def last_call(self) -> ParsedCall | None:
        """The call with the last program; `None` if there is none yet."""
        return self.calls[-1] if self.calls else None

    @property
    def text(self) -> str:
        """The whole text so far, markers included."""
        return "".join(self._read)

    @property
    def tail(self) -> str:
        """The text after the last program, markers included."""
        return self.text[self._closed_at :]

    @property
    def in_words(self) -> bool:
        """Is the position outside any program and thought?"""
        return self._mode == "text"

    @property
    def thinks(self) -> bool:
        """Is the position inside a thought, and outside any program?"""
        return self._mode == "thought"

    @property
    def in_thought(self) -> bool:
        """Is the position inside a thought, or inside a program in one?"""
        return self.thinks or (self._outer == "thought" and self.in_program)

    @property
    def thinks_on(self) -> bool:
        """Does a thought go on after the last program?"""
        return self._outer == "thought"

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end a generation so that a program can run."""
        return self._code.stops

    @property
    def in_program(self) -> bool:
        """Is the position inside a program or call?"""
        return self._mode in ("opening", "code", "call")

    @property
    def fences(self) -> tuple[str, ...]:
        """Strings that begin a fence, for families trained to call tools."""
        return self._fences

    @property
    def in_fence(self) -> bool:
        """Is the position, or was the last program, inside such a fence?"""
        return self._in_fence and (self.in_program or self.ends_with_program)

    @property
    def in_call(self) -> bool:
        """Is the position inside a tool call?"""
        return self._mode == "call"

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Take more text; return the pairs that no later text can change."""
        self._buffer.text += text
        self._read.append(text)
        self._length += len(text)
        return list(self._advance(final=False))

    def flush(self) -> list[tuple[Kind, str]]:
        """Return text that was held back as the possible beginning of a marker."""
        return list(self._advance(final=True))

    def finish(self) -> list[tuple[Kind, str]]:
        """End the generation: return the remaining pairs; an unclosed program counts as closed."""
        found = list(self._advance(final=True))
        if self._mode in ("code", "call"):
            called = self._mode == "call"
            if called:
                self._program += self._buffer.text
                if self.close:  # a marker that seemed inside a string ended the call after all
                    self._program = self._program.rstrip().removesuffix(self.close)
            self._buffer.text = ""
            shown = self._close_program(self._outer)
            self.unclosed = bool(self.close)
            if called:
                found.append(("code", shown))
        return found

    def copy(self) -> SegmentStream:
        """An independent copy of the stream, for a fork of its text."""
        twin = copy.copy(self)
        twin._buffer = copy.copy(self._buffer)
        twin._read = list(self._read)
        twin.programs, twin.calls = list(self.programs), list(self.calls)
        return twin

    # -- the modes -----------------------------------------------------------------------------

    def _advance(self, *, final: bool) -> Iterator[tuple[Kind, str]]:
        while self._buffer.text and self._mode != "stopped":
            step = self._next(final)
            if step is None:
                return
            if step[1] or step[0] == "stray":
                yield step

    def _next(self, final: bool) -> tuple[Kind, str] | None:
        match self._mode:
            case "thought":
                return self._next_thought(final)
            case "text":
                return self._next_text(final)
            case "opening":
                return self._next_opening(final)
            case "code":
                return self._next_code(final)
            case "call":
                return self._next_call(final)
        return self._next_header(final)

    def _next_text(self, final: bool) -> tuple[Kind, str] | None:
        """Words up to a marker, or all text that cannot be part of one."""
        text, marker = self._buffer.until(self._in_text, final, starts=self._syntax.starts)
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
        elif marker in self._code.open or marker in self._fences:
            self._begin_program(marker)
        if text.strip():
            self.ends_with_program = False
        return "text", text

    def _next_thought(self, final: bool) -> tuple[Kind, str] | None:
        """A thought up to its end marker, or all text that cannot be part of one."""
        runs = self._runs_in_thought
        opens = self._code.open if runs else ()
        ends = self._ends if runs else tuple(filter(is_special, self._solution_ends))
        text, marker = self._buffer.until(
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
        text, marker = self._buffer.until(
            (self._channels.end, *self._solution_ends), final, whole=True
        )
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
        elif "<|" not in text:  # words without a header, of a model that ignores the format
            return "text", text
        return "text", ""

    def _next_opening(self, final: bool) -> tuple[Kind, str] | None:
        """The rest of a fence's line."""
        _, newline, rest = self._buffer.text.partition("\n")
        if not newline:
            return None
        self._buffer.text = newline + rest
        self._mode = "code"
        return "text", ""

    def _next_code(self, final: bool) -> tuple[Kind, str] | None:
        """Program text up to its closing marker."""
        text, marker = self._buffer.until(
            tuple(filter(None, (self.close, *self._solution_ends))), final
        )
        if not text and not marker:
            return None
        shown = text if self._program else text[1:]  # without the newline before the program
        self._program += text
        if marker:
            self._close_program("stopped" if marker != self.close else self._outer)
        return "code", shown

    def _next_call(self, final: bool) -> tuple[Kind, str] | None:
        """A call up to its closing marker; markers inside a string do not close it."""
        ends = tuple(filter(is_special, self._solution_ends))
        text, marker = self._buffer.until(tuple(filter(None, (self.close, *ends))), final)
        self._program += text
        if marker and not self._syntax.complete(self._program):
            self._program += marker
            return "code", ""
        if marker:
            unclosed = marker != self.close
            if unclosed:
                self._buffer.text = ""
            shown = self._close_program("stopped" if unclosed else self._outer)
            if unclosed:
                self._closed_at -= len(marker)
                self.unclosed = bool(self.close)
            return "code", shown
        return ("code", "") if text else None

    # -- programs ------------------------------------------------------------------------------

    def _begin_program(self, marker: str) -> None:
        self._program = ""
        self.close = dict(self._syntax.closes).get(marker, self._code.close)
        self._in_fence = marker in self._fences
        if self._in_fence:
            self.close = FENCE_END
            self._mode = "opening"
        elif self._code.syntax != "fenced":
            self._mode = "call"
            if marker in self._syntax.starts:
                self._buffer.text = marker + self._buffer.text
        elif "```" in marker:
            self._mode = "opening"
        else:
            self._mode = "code"
            if not self._buffer.text.startswith("\n"):
                self._buffer.text = "\n" + self._buffer.text

    def _close_program(self, mode: Literal["thought", "text", "stopped"]) -> str:
        """Keep the program; return it as it is shown."""
        written = self._program
        if self._mode == "code":
            written = written[1:]
        self._mode = "header" if self._channels is not None and mode == "text" else mode
        self._closed_at = self._length - len(self._buffer.text)
        call = ParsedCall(written) if self._in_fence else read_call(written, self._code)
        self.programs.append(written)
        self.calls.append(call)
        self.ends_with_program = True
        return written.strip() if call.program is None else call.program

    # -- markers -------------------------------------------------------------------------------

    @property
    def _headers(self) -> tuple[str, ...]:
        return self._channels.begin if self._channels is not None else ()
