"""Measures the embedded model for the README: what it solves of each kind of problem.

    python -m tests.benchmarks.nano [--per-family 60] [--seed 1] [--gsm8k FILE] [--method tir …]

runs `models/nano/evaluate.py` and writes `docs/results/nano.json`. Fresh problems come from seeds
that training never uses; of the kinds with few different problems some are, word for word, in the
training data all the same (`evaluate.py --training` leaves these out where that data is at hand).
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mathcli.resources import embedded_model
from tests.benchmarks.evaluations import RESULTS, digest, processor, write

EVALUATE = Path(__file__).parents[2] / "models/nano/evaluate.py"


def measured(options: argparse.Namespace, method: str) -> dict[str, Any]:
    """One method over all kinds of problems."""
    words = ["--per-family", str(options.per_family), "--seed", str(options.seed)]
    words += ["--method", method]
    data = {}
    if options.gsm8k:
        words += ["--gsm8k", str(options.gsm8k)]
        data = {"file": options.gsm8k.name, "sha256": digest(options.gsm8k)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scores.json"
        subprocess.run([sys.executable, str(EVALUATE), *words, "--json", str(out)], check=True)
        scores = json.loads(out.read_text(encoding="utf-8"))
    shown = [Path(word).name if "/" in word else word for word in words]
    sets = {
        name: {key: found[key] for key in ("right", "total", "programs")}
        for name, found in scores.items()
    }
    return {
        "name": method,
        "command": " ".join(["python models/nano/evaluate.py", *shown]),
        "model": {"file": embedded_model().name, "sha256": digest(embedded_model())},
        "data": data,
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "sets": sets,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-family", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gsm8k", type=Path, help="GSM8K's training file: its tenth held out")
    parser.add_argument("--method", nargs="+", default=["tir", "auto"])
    options = parser.parse_args()
    write(RESULTS / "nano.json", [measured(options, method) for method in options.method])


if __name__ == "__main__":
    main()
