"""The README's table of real models: model × data × method, from runs of `mathcli eval`.

    python -m tests.benchmarks.table --model FILE … --data FILE … [--methods cot tir auto vote]
        [--count 150] [--words "--context 4096"]

One run at a time, each in a file of its own in the folder `runs` (or the one that MATHCLI_TEST_RUNS
names): started again with the same words it goes on where it was. `vote` is a vote of 8 by `tir`,
with the sampling that the card has for votes; the others are greedy. After every cell
`docs/results/models.json` is written; `python -m tests.benchmarks.results` puts it into the README.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tests.benchmarks.evaluations import RESULTS, Measured, Run, measure, share, write

WAYS = {
    "cot": ("--method", "cot", "--temperature", "0"),
    "tir": ("--method", "tir", "--temperature", "0"),
    "pal": ("--method", "pal", "--temperature", "0"),
    "auto": ("--method", "auto", "--temperature", "0"),
    "vote": ("--method", "tir", "--samples", "8"),
}
USUAL = ["tir", "cot", "auto", "vote"]


def cell(model: Path, data: Path, way: str, options: argparse.Namespace) -> Run:
    """One cell of the table."""
    name = "-".join((model.stem, data.stem, way, str(options.count)))
    return Run(name, model, data, options.count, (*WAYS[way], *options.words.split()))


def record(measured: Measured, way: str) -> dict[str, Any]:
    """As the result file holds it."""
    return {**measured.record(), "column": way}


def main() -> None:
    """Measure cell by cell, the quick ones of each model first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--methods", nargs="+", default=["tir", "cot", "auto", "vote"], choices=WAYS
    )
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--words", default="", help="further options of mathcli eval")
    options = parser.parse_args()
    for model in options.model:
        for way in options.methods:
            for data in options.data:
                found = measure(cell(model, data, way, options))
                write(RESULTS / "models.json", [record(found, way)])
                print(f"{model.stem}  {data.stem}  {way}: {share(found.summary['accuracy'])}")


if __name__ == "__main__":
    main()
