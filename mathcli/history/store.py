"""Stores transcripts: one private file each; the oldest are deleted when there are too many.

A file is written completely under another name and then renamed, so any number of processes may
add, read and delete at the same time. Its name contains the time and the transcript's id.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mathcli.errors import UsageError
from mathcli.history import MAX_BYTES, MAX_COUNT
from mathcli.json_text import parse
from mathcli.output_files import write_whole
from mathcli.text_safety import json_line

_NAME = re.compile(r"([0-9]{8}T[0-9]{6})([0-9]{6})Z-([0-9a-z]+)\.json")
# Drafts of transcripts: by this version, and by earlier ones.
_DRAFT = re.compile(r"\.[0-9]{8}T[0-9]{12}Z-.*\.[0-9a-f]{8}|[0-9]{8}T[0-9]{12}Z-.*\.[0-9]+")
_STALE_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """A kept transcript: when it was kept (UTC), its id, and its file."""

    at: datetime
    id: str
    path: Path
    size: int

    def read(self) -> dict[str, Any] | None:
        """The record; `None` if it was deleted meanwhile, is damaged, or is not a transcript."""
        try:
            record = parse(self._data())
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) else None

    def _data(self) -> bytes:
        """The file's content; a pipe in its place is refused rather than waited for."""
        handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
                raise ValueError("it is no transcript")
            return file.read(MAX_BYTES)


class History:
    """The transcripts in one folder.

    Args:
        folder: default: `history` in the user's data folder.
        max_count: most transcripts kept.
        max_bytes: most bytes of all of them together.
    """

    def __init__(
        self, folder: Path | None = None, max_count: int = MAX_COUNT, max_bytes: int = MAX_BYTES
    ) -> None:
        self.folder = folder or _default_folder()
        self._max_count = max_count
        self._max_bytes = max_bytes

    def add(self, record: Mapping[str, Any]) -> Path:
        """Keep a transcript's record; return its file.

        Raises:
            OSError, OutputError: the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            self.folder.chmod(0o700)
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
        name = re.sub("[^0-9a-z]", "", str(record.get("id", "")).lower())[:32] or "0"
        path = self.folder / f"{now}-{name}.json"
        write_whole(path, json_line(record), mode=0o600, durable=False)
        self._shrink()
        return path

    def entries(self) -> list[Entry]:
        """The kept transcripts, the newest first.

        Raises:
            UsageError: the folder cannot be read.
        """
        found = []
        for path, size in self._files():
            named = _NAME.fullmatch(path.name)
            if named is None:
                continue
            try:
                at = datetime.strptime(named[1] + named[2], "%Y%m%dT%H%M%S%f")
            except ValueError:
                continue
            found.append(Entry(at.replace(tzinfo=timezone.utc), named[3], path, size))
        return sorted(found, key=lambda entry: entry.path.name, reverse=True)

    def find(self, name: str) -> Entry:
        """The transcript whose id begins with `name`, or the `last` one.

        Raises:
            UsageError: there is no such transcript, or there are several.
        """
        entries = self.entries()
        if name == "last" and entries:
            return entries[0]
        matches = [entry for entry in entries if name and entry.id.startswith(name.lower())]
        if not matches:
            raise UsageError(
                f"there is no transcript {name} in the history", "see: mathcli history"
            )
        if len({entry.id for entry in matches}) > 1:
            ids = ", ".join(entry.id for entry in matches[:3])
            raise UsageError(f"{name} may mean several transcripts: {ids}", "type more of the id")
        return matches[0]

    def clear(self) -> int:
        """Delete all transcripts and drafts; return how many transcripts there were.

        Raises:
            UsageError: the folder cannot be read.
        """
        count = 0
        for path, _ in self._files():
            is_entry = _NAME.fullmatch(path.name) is not None
            if is_entry or _DRAFT.fullmatch(path.name):
                count += is_entry and _deleted(path)
        return count

    def _shrink(self) -> None:
        """Delete the oldest transcripts beyond the limits, and drafts left by killed processes."""
        kept = total = 0
        for entry in self.entries():
            kept, total = kept + 1, total + entry.size
            if kept > self._max_count or (total > self._max_bytes and kept > 1):
                _deleted(entry.path)
        for path, _ in self._files():
            try:
                age = time.time() - path.lstat().st_mtime
            except OSError:
                continue
            if _DRAFT.fullmatch(path.name) and age > _STALE_SECONDS:
                _deleted(path)

    def _files(self) -> Iterator[tuple[Path, int]]:
        try:
            with os.scandir(self.folder) as files:
                for file in files:
                    try:
                        yield Path(file.path), file.stat(follow_symlinks=False).st_size
                    except OSError:  # deleted by another process meanwhile
                        continue
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(
                f"the history {self.folder} cannot be read: {error.strerror}",
                "correct its permissions, or delete what is in its place",
            ) from None


def _deleted(path: Path) -> bool:
    """Delete a file; ignore folders and files that cannot be deleted."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _default_folder() -> Path:
    import platformdirs

    return platformdirs.user_data_path("mathcli") / "history"
