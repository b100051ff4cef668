"""A solution as it is written, on a terminal or in a pipe.

Output is only appended and never redrawn, so that nothing flickers, and a scrolled-back terminal, a
log and a pipe read the same. Words are wrapped to the width as they arrive, a formula is drawn when
its closing delimiter has arrived, a program is highlighted line by line, with its output below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from rich.cells import cell_len
from rich.text import Text

from mathcli.rendering.answer_box import show_end
from mathcli.rendering.drawn_answers import encodes
from mathcli.rendering.formulas import Formula, FormulaReader
from mathcli.rendering.mathml import MOST_DRAWN
from mathcli.rendering.several_solutions import numbered
from mathcli.rendering.thoughts import ThoughtTrace
from mathcli.rendering.wording import what_comes_now, why_given_up
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.syntax import Syntax

    from mathcli.solving.transcript import Sample, Segment, SegmentKind, Transcript


_MOST_LINES = 1000  # of a program, and of an output
_LONGEST_IN_COLOUR = 2000  # characters of a line


class TerminalTrace:
    """Shows segments while they are written; a `Listener` of the solving loop.

    Args:
        console: where to write; colour and width are its own.
        whole_thoughts: show all that the model thinks.
    """

    def __init__(self, console: Console, *, whole_thoughts: bool = False) -> None:
        self._console = console
        more = "…" if _encodes(console, "…") else "..."
        self._thoughts = ThoughtTrace(console, whole=whole_thoughts, more=more)
        self._wrapper = _Wrapper(console)
        self._formulas = FormulaReader()
        self._line = ""
        self._syntax: Syntax | None = None
        self._bar = "│ " if _encodes(console, "│") else "| "
        self._empty = True
        self._heard = False
        self._room = MOST_DRAWN
        self._ended: SegmentKind | None = None
        self._code_lines = 0

    def delta(self, kind: SegmentKind, text: str) -> None:
        """More of the model's thought, its words or its program."""
        text = safe(text)
        self._heard = True
        if kind == self._ended == "text":  # words after words: another part of the problem
            self._console.print()
        self._ended = None
        if kind == "thought":
            self._thoughts.write(text)
        elif kind == "text":
            self._show_words(self._formulas.feed(text))
        elif kind == "code":
            if self._line == "" and self._syntax is None:
                self._start_block()
            *lines, self._line = (self._line + text).split("\n")
            self._show_code(lines)

    def segment(self, segment: Segment) -> None:
        """A segment is complete."""
        if segment.kind == "thought":
            self._thoughts.end(segment.tokens)
        elif segment.kind == "text":
            self._show_words(self._formulas.finish())
            self._wrapper.end()
        elif segment.kind == "code":
            if self._line:
                self._show_code([self._line])
            if self._code_lines > _MOST_LINES:
                more = f"… and {self._code_lines - _MOST_LINES:,} more lines"
                self._console.print(Text(more), soft_wrap=True)
            self._line, self._syntax, self._code_lines = "", None, 0
        else:
            self._show_output(segment)
        self._empty = True
        self._ended = segment.kind

    def sample(self, number: int, of: int, sample: Sample) -> None:
        """One of several solutions has ended: one line, cut to the terminal's width."""
        line = Text(safe(numbered(number, of, sample)), style="dim")
        if self._console.is_terminal:
            line.truncate(self._console.width, overflow="ellipsis")
        self._console.print(line, soft_wrap=True)

    def given_up(self, sample: Sample) -> None:
        """The attempt shown so far does not count: print one line that says why."""
        self._wrapper.end()
        line = f"{why_given_up(sample)}; {what_comes_now(sample)}"
        self._console.print(Text(f"\n{line}:\n", style="dim"))

    def interrupted(self) -> None:
        """The solution was interrupted: print what was held back, and end its line."""
        if self._line:
            self._show_code([self._line])
        self._show_words(self._formulas.finish())
        self._wrapper.end()

    def finish(self, transcript: Transcript, note: str | None = None) -> None:
        """The answer, how far to trust it, and what it cost.

        Of several solutions the chosen one is shown first: they were not shown as they came.
        """
        if not self._heard:
            self._show_solution(transcript)
        self._wrapper.end()
        show_end(self._console, transcript, note)

    def _show_solution(self, transcript: Transcript) -> None:
        """All segments at once."""
        if transcript.segments and transcript.segments[0].kind != "code":
            self._console.print()  # as before a program
        for segment in transcript.segments:
            if segment.kind != "output":
                self.delta(segment.kind, segment.text)
            self.segment(segment)

    def _show_words(self, pieces: Iterable[str | Formula]) -> None:
        for piece in _joined(pieces):
            if isinstance(piece, str):
                text = piece
            else:
                lines = self._drawn(piece)
                if len(lines) > 1 or piece.display:
                    self._show_block(lines)
                    continue
                text = lines[0] if lines else piece.source
            nothing_yet = self._wrapper.write(text.lstrip() if self._empty else text)
            self._empty = self._empty and nothing_yet

    def _show_block(self, lines: list[str]) -> None:
        """A formula on lines of its own; the break that follows it in the text is not another."""
        self._wrapper.end()
        for line in lines:
            self._console.print(Text(f"  {line}"), soft_wrap=True)
        self._empty = True

    def _drawn(self, piece: Formula) -> list[str]:
        """The lines of a formula: Unicode, or its source where that cannot be shown."""
        from mathcli.rendering.unicode import formula

        self._room -= len(piece.latex)
        if self._room < 0:
            return piece.source.split("\n")
        width = self._console.width - 2 if self._console.is_terminal else 100
        lines = formula(piece.latex, display=piece.display, width=width)
        if lines is None or not all(_encodes(self._console, line) for line in lines):
            return piece.source.split("\n")
        return list(lines)

    def _start_block(self) -> None:
        from rich.syntax import Syntax

        self._wrapper.end()
        self._console.print()
        self._syntax = Syntax("", "python", theme="ansi_dark", background_color="default")

    def _show_code(self, lines: Sequence[str]) -> None:
        """Lines of a program, printed at once: a model may write thousands of empty ones."""
        room = max(0, _MOST_LINES - self._code_lines)
        self._code_lines += len(lines)
        lines = lines[:room]
        if lines:
            bar = Text(self._bar, style="dim")
            shown = (bar + part for line in lines for part in self._folded(self._coloured(line)))
            self._console.print(Text("\n").join(map(_without_end, shown)), soft_wrap=True)

    def _coloured(self, line: str) -> Text:
        if len(line) > _LONGEST_IN_COLOUR or not line.strip() or self._syntax is None:
            return Text(line)
        return _without_end(self._syntax.highlight(line))

    def _folded(self, line: Text) -> Iterable[Text]:
        """The line in parts that fit a terminal's width beside the bar."""
        room = self._console.width - cell_len(self._bar)
        if not self._console.is_terminal or room < 1 or len(line) > _LONGEST_IN_COLOUR:
            return (line,)
        if cell_len(line.plain) <= room:
            return (line,)
        return line.wrap(self._console, room, no_wrap=False, overflow="fold")

    def _show_output(self, segment: Segment) -> None:
        arrow = "→ " if _encodes(self._console, "→") else "> "
        style = "red" if segment.error else "cyan"
        lines = safe(segment.text).split("\n")
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES:] = [f"… and {len(lines) - _MOST_LINES:,} more lines"]
        parts = (part for line in lines for part in self._folded(Text(line, style=style)))
        shown = (
            Text("  " if index else arrow, style="dim") + part for index, part in enumerate(parts)
        )
        self._console.print(Text("\n").join(shown), soft_wrap=True)
        if self._console.is_terminal:
            self._console.print(Text(f"  {segment.ms / 1000:.2f} s", style="dim"))
        self._console.print()


def _without_end(line: Text) -> Text:
    """The line without white space at its end."""
    line.rstrip()
    return line


def _joined(pieces: Iterable[str | Formula]) -> Iterator[str | Formula]:
    """Words that follow each other as one text: a loop of delimiters is thousands of them."""
    for is_words, group in groupby(pieces, lambda one: isinstance(one, str)):
        if is_words:
            yield "".join(str(one) for one in group)
        else:
            yield from group


_OPENING, _CLOSING = frozenset("（「『【《〈“"), frozenset("）」』】》〉”。，、！？；：…")


class _Wrapper:
    """Writes words as they come, breaking lines between words at the console's width.

    On a terminal `**bold**` words and headings are bold instead of marked.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._column = 0
        self._word = ""
        self._space = False
        self._bold = self._heading = False

    def write(self, text: str) -> bool:
        """Write what is complete of `text`; true while nothing has been written at all."""
        if not self._console.is_terminal:
            self._put(text)
            return not text
        for part in re.findall(r"\n|[^\S\n]+|\S+", text):
            if not part.isspace():
                if part.isascii() and "*" not in part:
                    self._word += part
                else:
                    self._add(part)
                continue
            self._flush_word()
            if part == "\n":
                self._new_line()
                self._heading = False
            else:
                self._space = self._column > 0
        return self._column == 0 and not self._word

    def _add(self, part: str) -> None:
        """Add to the current word. Lines may break between Chinese characters, which need no
        spaces, but not before a closing mark or after an opening one."""
        for char in part:
            last = self._word[-1:]
            if _is_wide(last) and char == "*":
                ends = not self._bold
            elif self._bold and self._word.endswith("**"):
                ends = _is_wide(char)
            else:
                ends = _is_wide(last) and _is_wide(char)
            if ends and char not in _CLOSING and last not in _OPENING:
                self._flush_word()
            self._word += char

    def end(self) -> None:
        """The paragraph is over."""
        self._flush_word()
        if self._column:
            self._new_line()
        self._bold = self._heading = False

    def _flush_word(self) -> None:
        word, self._word = self._word, ""
        if re.fullmatch("#{1,6}", word) and self._column == 0:
            self._heading = True
            return
        opens = re.match(r"\*\*(?=[^\s*])", word) if not self._bold else None
        if opens:
            self._bold, word = True, word[2:]
        closes = re.fullmatch(r"(.*\S)\*\*([^\w*]*)", word) if self._bold else None
        pieces = [closes[1], closes[2]] if closes else [word, ""]
        if not word:
            return
        wide = cell_len("".join(pieces)) + self._space
        if self._column and self._column + wide > self._console.width:
            self._new_line()
        style = "bold" if self._bold or self._heading else ""
        self._put(" " * self._space + pieces[0], style)
        self._bold = self._bold and not closes
        self._put(pieces[1])
        self._space = False

    def _new_line(self) -> None:
        self._put("\n")
        self._space = False

    def _put(self, text: str, style: str = "") -> None:
        if not text:
            return
        self._console.print(Text(text, style=style), end="", soft_wrap=True)
        self._console.file.flush()
        last = text.rsplit("\n", 1)[-1]
        self._column = cell_len(last) if "\n" in text else self._column + cell_len(last)


def _is_wide(text: str) -> bool:
    return bool(text) and east_asian_width(text[0]) in "WF"


def _encodes(console: Console, text: str) -> bool:
    return encodes(text, console.encoding)
