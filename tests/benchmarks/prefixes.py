"""How long a call waits for its first word: with an empty cache folder, and as every call after.

    python -m tests.benchmarks.prefixes MODEL.gguf … [--pairs 3]

Each pair is two calls of `mathcli solve` for two problems, in a cache folder of their own: the
first evaluates what the card's prompts begin with, the second finds it there. Writes
`docs/results/prefixes.json`. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.evaluations import RESULTS, digest, processor, write

PROBLEMS = (
    "A box holds 24 eggs. How many eggs are in 13 boxes?",
    "A train needs 45 minutes for one way. How many hours do 16 ways take?",
)


def solved(model: Path, problem: str, cache: str) -> dict[str, Any]:
    """The transcript of one call."""
    words = ["solve", "--json", "--no-history", "--no-resident", "--model", str(model), problem]
    done = subprocess.run(
        [sys.executable, "-m", "mathcli", *words],
        stdout=subprocess.PIPE,
        env=os.environ | {"XDG_CACHE_HOME": cache},
        check=False,  # a wrong or missing answer is not what is measured
    )
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def measured(model: Path, pairs: int) -> dict[str, Any]:
    """Medians of both calls, in milliseconds from a model that is loaded to its first word."""
    first, second = [], []
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as cache:
            for problem, found in zip(PROBLEMS, (first, second), strict=True):
                found.append(solved(model, problem, cache))
    evaluated = [
        int(statistics.median(one["counts"]["evaluated_tokens"] for one in found))
        for found in (first, second)
    ]
    waits = [
        statistics.median(one["timing"]["first_token_ms"] for one in found)
        for found in (first, second)
    ]
    return {
        "name": model.stem,
        "command": f"python -m tests.benchmarks.prefixes {model.name} --pairs {pairs}",
        "model": {"file": model.name, "sha256": digest(model)},
        "data": None,  # the two problems above
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "first_token_ms": {"first": round(waits[0]), "later": round(waits[1])},
        "evaluated_tokens": {"first": evaluated[0], "later": evaluated[1]},
        "ratio": round(waits[0] / waits[1], 1),
    }


def main() -> None:
    """Measure each model, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    for model in options.models:
        record = measured(model, options.pairs)
        write(RESULTS / "prefixes.json", [record])
        print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
