"""Records that stay in their file; only their positions are kept in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from mathcli.json_text import parse


class StoredRecords(Mapping[str, Mapping[str, Any]]):
    """The records of a file by key, read from the file on each access.

    The memory is a few bytes per problem.

    Args:
        file: a readable descriptor, which the caller closes.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}

    def note(self, key: str, at: int, length: int) -> None:
        """Set the record of `key` to the line of `length` bytes at `at`, replacing any other."""
        self._places[key] = at, length

    def line(self, key: str) -> str:
        """A record's line in the file, without the newline.

        Raises:
            KeyError: there is no such record.
            OSError: the file cannot be read.
        """
        at, length = self._places[key]
        os.lseek(self._file, at, os.SEEK_SET)
        data = b""
        while len(data) < length and (piece := os.read(self._file, length - len(data))):
            data += piece
        return data.decode("utf-8").rstrip("\n")

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = parse(self.line(key))
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
