"""Finds markers in streamed text, also where a marker arrives in several pieces."""

from __future__ import annotations


class MarkerBuffer:
    """Text that has arrived and is not yet read.

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
        """Take the text before the first of `markers`, and that marker. Without a marker, take all
        text except a tail that may be the beginning of one.

        Args:
            final: no more text will arrive, so no tail is held back.
            starts: those of the markers that count only at the beginning of a line.
            whole: take nothing if there is no marker yet, unless `final`.
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
        """Take `length` characters of text and the marker after them."""
        text, self.text = self.text[:length], self.text[length + marker :]
        if text:
            _, newline, last = text.rpartition("\n")
            self._line_begins = not last.strip() and (bool(newline) or self._line_begins)
        if marker:
            self._line_begins = True  # a line may begin after a marker
        return text


def is_special(marker: str) -> bool:
    """Whether a string is spelled like a special token, and so ends a text wherever it occurs.

    >>> is_special("<|im_end|>"), is_special("[/INST]"), is_special("### Problem")
    (True, True, False)
    """
    return marker[:1] + marker[-1:] in ("<>", "[]")


def _overlap(text: str, marker: str) -> int:
    """Length of the longest suffix of `text` that is a prefix of `marker`."""
    at = text.find(marker[0], max(0, len(text) - len(marker) + 1))
    while at >= 0 and not marker.startswith(text[at:]):
        at = text.find(marker[0], at + 1)
    return len(text) - at if at >= 0 else 0
