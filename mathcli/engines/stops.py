"""Where generated text ends: stop strings across token and UTF-8 boundaries."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence


class StopScanner:
    """Reads a generation token by token and says when a stop string is complete.

    Text is handed out as soon as it can no longer become part of a stop string, and only in
    whole characters; bytes that are no UTF-8 come out as U+FFFD.

    >>> scanner = StopScanner(["END"])
    >>> scanner.feed(b"an E"), scanner.feed(b"ND!"), scanner.stop
    ('an ', '', 'END')
    >>> scanner.kept(keep_stop=True), scanner.kept(keep_stop=False)
    (6, 3)
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [(stop, stop.encode()) for stop in stops if stop]
        self._longest = max((len(data) for _, data in self._stops), default=0)
        self._begun = {data[:end] for _, data in self._stops for end in range(1, len(data))}
        # One search for all of them says of almost every token that there is nothing to see.
        self._any = re.compile(b"|".join(re.escape(data) for _, data in self._stops) or b"(?!)")
        self._firsts = bytes({data[0] for _, data in self._stops})
        self._data = bytearray()
        self._given = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begin = 0
        self.stop: str | None = None

    def feed(self, piece: bytes) -> str:
        """Take the bytes of one more token; return the text that is now certain."""
        searched = max(0, len(self._data) - self._longest + 1)
        self._data += piece
        if self._any.search(self._data, searched):
            found = [
                (end + len(data), end, stop)
                for stop, data in self._stops
                if (end := self._data.find(data, searched)) >= 0
            ]
            # The one that is complete first; of two that end together the longer one.
            _, self._begin, self.stop = min(found, key=lambda hit: hit[:2])
            return self._release(self._begin)
        return self._release(len(self._data) - self._held_back())

    @property
    def held_back(self) -> int:
        """How many of the last bytes may be the beginning of a stop string."""
        return len(self._data) - self._given

    def rest(self, *, keep_stop: bool) -> str:
        """What is left to hand out at the end, the stop string included if it is kept."""
        text = self._release(self.kept(keep_stop=keep_stop))
        return text + self._decoder.decode(b"", final=True)

    def kept(self, *, keep_stop: bool) -> int:
        """How many bytes of the generation stay."""
        if self.stop is None:
            return len(self._data)
        return self._begin + (len(self.stop.encode()) if keep_stop else 0)

    def _release(self, end: int) -> str:
        if end <= self._given:
            return ""
        text = self._decoder.decode(bytes(self._data[self._given : end]))
        self._given = end
        return text

    def _held_back(self) -> int:
        """Length of the longest tail that a stop string begins with."""
        tail = bytes(self._data[max(0, len(self._data) - self._longest + 1) :])
        firsts, begun = self._firsts, self._begun
        return next(
            (len(tail) - at for at, one in enumerate(tail) if one in firsts and tail[at:] in begun),
            0,
        )
