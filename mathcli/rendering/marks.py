"""The marks for verdicts and texts of a table, in characters that a terminal can show."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from mathcli.rendering.drawn_answers import encodes
from mathcli.text_safety import one_line

STYLES = {
    "correct": "green", "incorrect": "red", "undecided": "yellow", "blank": "red",
    "in part": "yellow",
}  # fmt: skip
"""The colour of each mark."""


@dataclass(frozen=True)
class Marks:
    """The marks for verdicts, in characters that the terminal can show."""

    signs: dict[str, str]
    more: str
    encoding: str

    @classmethod
    def of(cls, encoding: str | None) -> Marks:
        """The signs that an encoding has."""
        names = ("correct", "incorrect", "undecided", "blank", "in part")
        if encodes("✓✗·◐…", encoding):
            return cls(dict(zip(names, "✓✗?·◐", strict=True)), "…", encoding or "utf-8")
        return cls(dict(zip(names, "+x?.~", strict=True)), "...", encoding or "ascii")

    def shown(self, text: str) -> str:
        """A text on one line, in characters that the terminal has."""
        text = one_line(text)
        if encodes(text, self.encoding):
            return text
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def cut(self, text: str, size: int) -> str:
        """A text on one line that takes at most so many columns."""
        text = self.shown(text)
        if cell_len(text) <= size:
            return text
        end = self.more if size > len(self.more) else ""
        while text and cell_len(text) > size - len(end):
            text = text[: min(len(text) - 1, size)]
        return text + end

    def fitted(self, text: str, size: int) -> str:
        """A text on one line that takes exactly so many columns."""
        return padded(self.cut(text, size), size)


def padded(text: str, size: int) -> str:
    """The text with spaces up to so many columns."""
    return text + " " * (size - cell_len(text))
