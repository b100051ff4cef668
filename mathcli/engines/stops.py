"""Finds stop strings in generated text, across token and UTF-8 boundaries."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class _LookedFor:
    """Stop strings, prepared for searching.

    Args:
        each: every stop string with its bytes.
        longest: bytes of the longest.
        any: a pattern for all of them; for almost every token this one search is enough.
        begun: all their prefixes.
        firsts: their first bytes.
    """

    each: tuple[tuple[str, bytes], ...]
    longest: int
    any: re.Pattern[bytes]
    begun: frozenset[bytes]
    firsts: bytes


@lru_cache(maxsize=64)
def _looked_for(stops: tuple[str, ...]) -> _LookedFor:
    """Cached, because all generations of a run have the same few stop strings."""
    data = [stop.encode() for stop in stops]
    return _LookedFor(
        tuple(zip(stops, data, strict=True)),
        max(map(len, data), default=0),
        re.compile(b"|".join(map(re.escape, data)) or b"(?!)"),
        frozenset(one[:end] for one in data for end in range(1, len(one))),
        bytes({one[0] for one in data}),
    )


class StopScanner:
    """Reads a generation token by token and reports when a stop string is complete.

    Text is returned as soon as it can no longer become part of a stop string, and only in whole
    characters; invalid UTF-8 becomes U+FFFD.

    >>> scanner = StopScanner(["END"])
    >>> scanner.feed(b"an E"), scanner.feed(b"ND!"), scanner.stop
    ('an ', '', 'END')
    >>> scanner.kept(keep_stop=True), scanner.kept(keep_stop=False)
    (6, 3)
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._looked_for = _looked_for(tuple(stop for stop in stops if stop))
        self._data = bytearray()
        self._given = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begin = 0
        self.stop: str | None = None

    def feed(self, piece: bytes) -> str:
        """Take the bytes of one more token; return the text that is now certain."""
        stops = self._looked_for
        searched = max(0, len(self._data) - stops.longest + 1)
        self._data += piece
        if stops.any.search(self._data, searched):
            found = [
                (end + len(data), end, stop)
                for stop, data in stops.each
                if (end := self._data.find(data, searched)) >= 0
            ]
            # The stop string that ends first; of two with the same end the longer one.
            _, self._begin, self.stop = min(found, key=lambda hit: hit[:2])
            return self._release(self._begin)
        return self._release(len(self._data) - self._held_back())

    @property
    def held_back(self) -> int:
        """How many of the last bytes may be the beginning of a stop string."""
        return len(self._data) - self._given

    def rest(self, *, keep_stop: bool) -> str:
        """The remaining text at the end, including the stop string if it is kept."""
        text = self._release(self.kept(keep_stop=keep_stop))
        return text + self._decoder.decode(b"", final=True)

    def kept(self, *, keep_stop: bool) -> int:
        """How many bytes of the generation are kept."""
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
        """Length of the longest suffix that is a prefix of a stop string."""
        stops = self._looked_for
        tail = bytes(self._data[max(0, len(self._data) - stops.longest + 1) :])
        firsts, begun = stops.firsts, stops.begun
        return next(
            (len(tail) - at for at, one in enumerate(tail) if one in firsts and tail[at:] in begun),
            0,
        )
