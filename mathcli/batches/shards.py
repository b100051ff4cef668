"""A batch in parts for many machines: which problems are whose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mathcli.batches.reading import BadLine, Problem
from mathcli.errors import UsageError

MOST_SHARDS = 999_999
_WRITTEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """One of `of` parts of a batch, counted from 1.

    Problems go by their keys, so that a part is the same wherever and whenever it is solved; lines
    that hold no problem go by their number. Every row belongs to exactly one part.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `2/8`.

        Raises:
            UsageError: that is no part of a whole.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(
                f"--shard {text!r} is no part of a whole", "the first of eight: --shard 1/8"
            )
        return cls(int(found[1]), int(found[2]))

    def has(self, row: Problem | BadLine) -> bool:
        """Is this row solved here?"""
        if isinstance(row, BadLine):
            return row.index % self.of == self.number - 1
        return self.owns(row.key)

    def owns(self, key: str) -> bool:
        """Is the problem of this key solved here?

        Raises:
            ValueError: that is no problem's key.
        """
        return int(key, 16) % self.of == self.number - 1

    def record(self, own: int, total: int) -> dict[str, int]:
        """As it stands in each line of results, for `merge` to know when nothing is missing.

        Args:
            own: problems of this part.
            total: problems of the whole input.
        """
        return {"number": self.number, "of": self.of, "problems": own, "total": total}

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
