"""Markers in a text that streams: found wherever a stream cuts them."""

from __future__ import annotations


class MarkerBuffer:
    """Text that has come and is not yet read.

    >>> buffer = MarkerBuffer("It is <thi")
    >>> buffer.until(("<think>",)), buffer.text
    (('It is ', ''), '<thi')
    >>> buffer.text += "nk>Hm"
    >>> buffer.until(("<think>",)), buffer.text
    (('', '<think>'), 'Hm')
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._line_begins = True

    def until(
        self,
        markers: tuple[str, ...],
        final: bool = False,
        *,
        starts: tuple[str, ...] = (),
        whole: bool = False,
    ) -> tuple[str, str]:
        """Take the text before the first of `markers`, and that marker; without one take all
        but a tail that one may begin with.

        Args:
            final: no more text comes, so that no tail is held back.
            starts: those of the markers that are ones at the begin of a line only.
            whole: without a marker take nothing, if this is not the end.
        """
        hits = [(at, -len(m), m) for m in markers if (at := self._find(m, m in starts)) >= 0]
        if hits:
            at, _, marker = min(hits)
            return self._take(at, len(marker)), marker
        if whole and not final:
            return "", ""
        held = 0 if final else max((_overlap(self.text, m) for m in markers), default=0)
        return self._take(len(self.text) - held), ""

    def _find(self, marker: str, at_line_begin: bool) -> int:
        at = self.text.find(marker)
        while at_line_begin and at >= 0:
            _, newline, line = self.text[:at].rpartition("\n")
            if not line.strip() and (newline or self._line_begins):
                break
            at = self.text.find(marker, at + 1)
        return at

    def _take(self, length: int, marker: int = 0) -> str:
        """Take text, and a marker of this length after it."""
        text, self.text = self.text[:length], self.text[length + marker :]
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
    at = text.find(marker[0], max(0, len(text) - len(marker) + 1))
    while at >= 0 and not marker.startswith(text[at:]):
        at = text.find(marker[0], at + 1)
    return len(text) - at if at >= 0 else 0
