"""A loss curve as a Markdown table. Command: python log_table.py RUN/log.jsonl [ROWS]."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def table(path: Path, rows: int = 15) -> str:
    """Evenly spaced points of the log, each the mean loss since the point before."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    size = max(1, len(lines) // rows)
    text = ["| step | million tokens | minutes | loss |", "|---|---|---|---|"]
    for start in range(0, len(lines), size):
        group = lines[start : start + size]
        last, mean = group[-1], sum(line["loss"] for line in group) / len(group)
        millions, minutes = last["tokens"] / 1e6, last["seconds"] / 60
        text.append(f"| {last['step']} | {millions:.2f} | {minutes:.1f} | {mean:.3f} |")
    return "\n".join(text)


if __name__ == "__main__":
    print(table(Path(sys.argv[1]), *map(int, sys.argv[2:3])))
