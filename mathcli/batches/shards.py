"""Divides a batch into shards for several machines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mathcli.batches.problem_files import BadLine, Problem
from mathcli.errors import UsageError

MOST_SHARDS = 999_999
_WRITTEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """One of `of` parts of a batch, counted from 1.

    Problems are assigned by their keys, so a shard is the same on every machine and in every run;
    lines without a problem are assigned by their number. Every row belongs to exactly one shard.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `2/8`.

        Raises:
            UsageError: the text is not of this form, or the numbers are out of range.
        """
        match = _WRITTEN.fullmatch(text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(
                f"--shard {text!r} is not of the form I/N", "for the first of eight: --shard 1/8"
            )
        return cls(int(match[1]), int(match[2]))

    def has(self, row: Problem | BadLine) -> bool:
        """Does this row belong to the shard?"""
        if isinstance(row, BadLine):
            return row.index % self.of == self.number - 1
        return self.owns(row.key)

    def owns(self, key: str) -> bool:
        """Does the problem with this key belong to the shard?

        Raises:
            ValueError: the text is not a key of a problem.
        """
        return int(key, 16) % self.of == self.number - 1

    def record(self, own: int, total: int) -> dict[str, int]:
        """The shard as recorded in each line of results, so that `merge` can find missing ones.

        Args:
            own: number of problems in this shard.
            total: number of problems in the whole input.
        """
        return {"number": self.number, "of": self.of, "problems": own, "total": total}

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
