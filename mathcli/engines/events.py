"""Parses server-sent events from pieces as they arrive from the network.

Existing libraries decode a stream to text first and return one event at a time; with a fast server
a client spends more time on that than on everything else. This reader returns all complete events
in the available bytes at once.
"""

from __future__ import annotations

from codecs import BOM_UTF8

LONGEST_EVENT = 1 << 20
"""Most bytes of an unfinished event."""


class EventReader:
    """Reads a stream of events and returns the data of each.

    Line ends and fields are those of the WHATWG's HTML standard, section 9.2 (2026).

    >>> reader = EventReader()
    >>> reader.feed(b"data: a\\r"), reader.feed(b"\\n\\r\\ndata:b\\ndata: c\\n\\ndata: d")
    ([], [b'a', b'b\\nc'])
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []  # parts of the line that has not ended
        self._held = 0  # bytes of it
        self._data: list[bytes] = []  # lines of the event that has not ended
        self._size = 0  # bytes of them
        self._begun = False
        self._after_return = False

    def feed(self, part: bytes) -> list[bytes]:
        """Take bytes; return the data of all events that end in them.

        Raises:
            ValueError: an event is longer than `LONGEST_EVENT`.
        """
        if b"\r" in part or self._after_return:
            part = self._with_newlines(part)
        *lines, rest = part.split(b"\n")
        found: list[bytes] = []
        if lines:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line, self._held = [], 0
            if not self._begun:
                self._begun = True
                lines[0] = lines[0].removeprefix(BOM_UTF8)
            for line in lines:
                self._read(line, found)
        if rest:
            self._line.append(rest)
            self._held += len(rest)
        if self._held + self._size > LONGEST_EVENT:
            raise ValueError(f"it sends an event of more than {LONGEST_EVENT >> 20} MiB")
        return found

    def _read(self, line: bytes, found: list[bytes]) -> None:
        if line.startswith(b"data:"):
            self._add(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line == b"data":
            self._add(b"")
        elif not line and self._data:
            found.append(b"\n".join(self._data))
            self._data, self._size = [], 0

    def _add(self, data: bytes) -> None:
        self._data.append(data)
        self._size += len(data) + 1

    def _with_newlines(self, part: bytes) -> bytes:
        """The bytes with all line ends as line feeds; a CR LF pair may be split between calls."""
        if self._after_return and part:
            part = part.removeprefix(b"\n")
            self._after_return = False
        if part:
            self._after_return = part.endswith(b"\r")
        return part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
