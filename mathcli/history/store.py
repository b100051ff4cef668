"""Where transcripts are kept: one private file each, the oldest deleted when there are too many.

A file is written whole under another name and then renamed, so that any number of processes may
add, read, and delete at the same time. Its name holds the time and the transcript's id.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mathcli.errors import UsageError
from mathcli.history import MAX_BYTES, MAX_COUNT

_NAME = re.compile(r"(\d{8}T\d{6})(\d{6})Z-([0-9a-z]+)\.json")
_STALE_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """A kept transcript: when it was kept (UTC), its id, and its file."""

    at: datetime
    id: str
    path: Path
    size: int

    def read(self) -> dict[str, Any] | None:
        """The record; `None` if it was deleted meanwhile or is damaged."""
        try:
            record = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) else None


class History:
    """The transcripts in one folder.

    Args:
        folder: `history` in the user's data folder without.
        max_count: how many are kept.
        max_bytes: how large all of them may be together.
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
            OSError: the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            self.folder.chmod(0o700)
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
        name = re.sub("[^0-9a-z]", "", str(record.get("id", "")).lower())[:32] or "0"
        path = self.folder / f"{now}-{name}.json"
        draft = path.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 (a handle, not a path)
                json.dump(record, file, ensure_ascii=False)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        self._shrink()
        return path

    def entries(self) -> list[Entry]:
        """What is kept, the newest first."""
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
            UsageError: there is none, or there are several.
        """
        entries = self.entries()
        if name == "last" and entries:
            return entries[0]
        found = [entry for entry in entries if name and entry.id.startswith(name.lower())]
        if not found:
            raise UsageError(
                f"there is no transcript {name} in the history", "see: mathcli history"
            )
        if len({entry.id for entry in found}) > 1:
            ids = ", ".join(entry.id for entry in found[:3])
            raise UsageError(f"{name} may mean several transcripts: {ids}", "type more of the id")
        return found[0]

    def clear(self) -> int:
        """Delete everything; return how many transcripts there were."""
        count = 0
        for path, _ in self._files():
            count += _NAME.fullmatch(path.name) is not None
            path.unlink(missing_ok=True)
        return count

    def _shrink(self) -> None:
        """Delete the oldest beyond the limits, and drafts that a killed process left."""
        kept = total = 0
        for entry in self.entries():
            kept, total = kept + 1, total + entry.size
            if kept > self._max_count or (total > self._max_bytes and kept > 1):
                entry.path.unlink(missing_ok=True)
        for path, _ in self._files():
            try:
                stale = (
                    path.suffix != ".json" and time.time() - path.stat().st_mtime > _STALE_SECONDS
                )
            except OSError:
                continue
            if stale:
                path.unlink(missing_ok=True)

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


def _default_folder() -> Path:
    import platformdirs

    return platformdirs.user_data_path("mathcli") / "history"
