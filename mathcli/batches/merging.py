"""Merges the files of shards into one: each problem once, in input order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mathcli.batches.journal import LONGEST_LINE, foreign
from mathcli.batches.shards import MOST_SHARDS, Shard
from mathcli.errors import BatchStopped, UsageError
from mathcli.json_text import is_json, parse
from mathcli.text_safety import json_line

_SHOWN = 5  # most shards named in a message
_AGAIN = "run it again with the same command: it resumes where it stopped"


@dataclass(frozen=True)
class _Line:
    """The position of a result in its file; the result itself is not kept in memory."""

    key: str
    path: Path
    at: int
    length: int

    def read(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.at)
            return file.read(self.length)


class Merge:
    """Results of shards, checked as they are added.

    Raises:
        UsageError: a file cannot be read, holds something else, or contradicts another.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._lines: dict[int, _Line] = {}
        self._indexes: dict[str, int] = {}
        self._solved: dict[int, int] = {}  # number of problems, by shard
        self._due: dict[int, int] = {}
        self._total = 0
        self._first: tuple[Path, tuple[object, ...]] | None = None
        for path in paths:
            self._add(path)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def shards(self) -> int:
        """The number of shards with results."""
        return len(self._solved)

    def check_complete(self) -> None:
        """Check that all problems of the input have results.

        Raises:
            BatchStopped: some are missing; the message names their shards.
        """
        missing = self._total - len(self._lines)
        if self._first is None:
            raise BatchStopped("there are no results", "solve the shards first: batch --shard")
        if missing <= 0:
            return
        of = self._of()
        parts = [
            f"shard {number}/{of} has {self._solved[number]} of its {due}"
            for number, due in sorted(self._due.items())
            if self._solved[number] < due
        ]
        absent = [n for n in range(1, of + 1) if n not in self._solved]
        if len(self._lines) + sum(self._due[n] - self._solved[n] for n in self._due) < self._total:
            parts += [f"there are no results of shard {number}/{of}" for number in absent]
        more = ", and more" if len(parts) > _SHOWN else ""
        raise BatchStopped(
            f"{missing} of {self._total} problems are missing: {', '.join(parts[:_SHOWN])}{more}",
            "run the missing shards with the same command: they resume where they stopped",
        )

    def records(self) -> Iterator[str]:
        """The lines of a batch over the whole input, in input order."""
        for _, line in sorted(self._lines.items()):
            record = dict(parse(line.read()))
            record.pop("shard", None)
            yield f"{json_line(record)}\n"

    def _add(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                at = number = 0
                while data := file.readline(LONGEST_LINE):
                    number += 1
                    if not data.endswith(b"\n") and not is_json(data):
                        raise BatchStopped(f"{path} ends in the middle of a line", _AGAIN)
                    self._take(path, number, at, data)
                    at += len(data)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"cannot read {path}: {reason}", "name files of results") from None

    def _take(self, path: Path, number: int, at: int, data: bytes) -> None:
        record = _record(path, number, data)
        shard = record["shard"]
        self._check_same_run(path, (record["run"], record.get("calibration"), shard["of"]))
        line = _Line(record["key"], path, at, len(data))
        index = record["index"]
        earlier = self._lines.get(index)
        if earlier is None and line.key not in self._indexes:
            self._lines[index] = line
            self._indexes[line.key] = index
            part = shard["number"]
            self._solved[part] = self._solved.get(part, 0) + 1
            self._due[part] = max(self._due.get(part, 0), shard["problems"])
            self._total = max(self._total, shard["total"])
        elif earlier is None or earlier.key != line.key:
            other = earlier or self._lines[self._indexes[line.key]]
            raise UsageError(
                f"{path}, line {number}, and {other.path} are results of different inputs",
                "merge shards of one file of problems",
            )
        elif earlier.read().rstrip(b"\n") != data.rstrip(b"\n"):
            raise UsageError(
                f"problem {index + 1} has two different results, in {earlier.path} and {path}",
                "leave one of the files out",
            )

    def _check_same_run(self, path: Path, run: tuple[object, ...]) -> None:
        if self._first is None:
            self._first = path, run
        first, expected = self._first
        if run[2] != expected[2]:
            raise UsageError(
                f"{path} is one of {run[2]} shards, {first} one of {expected[2]}",
                "merge shards of one batch",
            )
        if run != expected:
            raise UsageError(
                f"{path} was solved with another model, method or sampling than {first}",
                "merge shards of one batch",
            )

    def _of(self) -> int:
        assert self._first is not None
        return int(str(self._first[1][2]))


def _record(path: Path, number: int, data: bytes) -> Mapping[str, Any]:
    """A line of a shard's results.

    Raises:
        UsageError: the line is not a result of `batch --shard`.
    """
    try:
        record = parse(data)
        known = isinstance(record["key"], str) and isinstance(record["run"], str)
        index = record["index"]
    except (ValueError, KeyError, TypeError):
        raise foreign(path, number) from None
    if not known or not _is_count(index, 0):
        raise foreign(path, number)
    shard = record.get("shard")
    if not isinstance(shard, dict):
        raise UsageError(
            f"{path}, line {number}, was not written with --shard",
            "merge joins what batch --shard wrote",
        )
    if not all(_is_count(shard.get(name), 1) for name in ("number", "of", "problems", "total")):
        raise foreign(path, number)
    if shard["of"] > MOST_SHARDS:
        raise foreign(path, number)
    try:
        owned = Shard(shard["number"], shard["of"]).owns(record["key"])
    except ValueError:
        owned = False
    if not owned:
        raise foreign(path, number)
    found: Mapping[str, Any] = record
    return found


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
