"""The hand-checked pairs: `pairs/*.toml` by topic, verdict and reason."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Pair:
    first: str
    second: str
    verdict: str
    topic: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.first} ~ {self.second}"


def load_pairs() -> list[Pair]:
    found = []
    for file in sorted((Path(__file__).parent / "pairs").glob("*.toml")):
        for topic, verdicts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for verdict, rows in verdicts.items():
                found += [Pair(row[0], row[1], verdict, topic) for row in rows]
    return found
