"""Caches small facts that are slow to find out, in the user's cache folder."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from mathcli.errors import OutputError
from mathcli.input_files import own
from mathcli.json_text import parse
from mathcli.output_files import write_whole


class JsonCache:
    """A dictionary in one JSON file. Losing the file costs time, never correctness.

    Args:
        name: the file's name in the cache folder.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def path(self) -> Path:
        """The path of the file."""
        import platformdirs

        return platformdirs.user_cache_path("mathcli") / self._name

    def read(self) -> dict[str, Any]:
        """The cached facts; empty if the file is missing or damaged."""
        try:
            found = parse(own(self.path))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def add(self, key: str, value: Any) -> None:
        """Cache one more fact. A folder that cannot be written is ignored."""
        path = self.path
        with suppress(OSError, OutputError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(self.read() | {key: value}), durable=False)


def keep(
    path: Path, data: bytes, *, most_files: int | None = None, most_bytes: int | None = None
) -> None:
    """Write one of many files of a cache atomically, and delete the oldest ones of its folder.

    A folder that cannot be written is no error.

    Args:
        most_files: most files that the folder may have.
        most_bytes: most bytes that they may have together.
    """
    draft = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        known = [(file, file.stat()) for file in path.parent.iterdir()]
        known.sort(key=lambda item: item[1].st_mtime, reverse=True)
        size = 0
        for at, (file, about) in enumerate(known):
            size += about.st_size
            if (most_files is not None and at >= most_files) or (
                most_bytes is not None and size > most_bytes
            ):
                file.unlink()
