"""Records that stay in their file: what is kept in memory is where each begins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from mathcli.json_text import parse


class StoredRecords(Mapping[str, Mapping[str, Any]]):
    """Records of a file by their keys, read from it whenever one is asked for.

    A batch of any length takes the same memory, but for some bytes a problem.

    Args:
        file: a descriptor that can be read; it stays the caller's.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}

    def note(self, key: str, at: int, length: int) -> None:
        """The record of `key` is the line of `length` bytes at `at`; it replaces an earlier one."""
        self._places[key] = at, length

    def line(self, key: str) -> str:
        """A record as it stands in the file, without its line's end.

        Raises:
            KeyError: there is none.
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
