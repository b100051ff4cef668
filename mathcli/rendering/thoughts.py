"""A model's thinking on a terminal: dimmed, and folded to its first line."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from mathcli.rendering.wording import thinking

_DOT = 100  # pieces of text for each of which a terminal shows that something happens
_LINE = 72  # characters of the first line, at most


class ThoughtTrace:
    """Writes one thought after the other.

    Args:
        whole: show all of the thought.
        more: the text that stands for the rest.
    """

    def __init__(self, console: Console, *, whole: bool, more: str) -> None:
        self._console = console
        self._whole = whole
        self._more = more
        self._first = ""
        self._folded = False
        self._pieces = 0

    def write(self, text: str) -> None:
        """More of a thought."""
        if self._whole:
            text = text if self._first else text.lstrip()
            self._first += text[:1]
            self._put(text)
        elif self._folded:
            self._pieces += 1
            if self._console.is_terminal and self._pieces % _DOT == 0:
                self._put(".")
        else:
            self._begin(text)

    def end(self, tokens: int) -> None:
        """The thought is over."""
        count = thinking(tokens) if tokens else ""
        if self._whole:
            line = f"\n[{count}]\n\n" if count else "\n\n"
        else:
            space = " " if self._first else ""
            line = f"{space}{self._more} {count or 'thinking'}\n\n"
        self._put(line)
        self._first, self._folded, self._pieces = "", False, 0

    def _begin(self, text: str) -> None:
        """The first line, as far as it goes."""
        most = min(_LINE, max(8, self._console.width - 32))
        text = text if self._first else text.lstrip()
        line, newline, _ = text.partition("\n")
        line = line[: most - len(self._first)]
        self._first += line
        self._folded = bool(newline) or len(self._first) >= most
        self._put(line)

    def _put(self, text: str) -> None:
        if text:
            self._console.print(Text(text, style="dim"), end="", soft_wrap=True)
            self._console.file.flush()
