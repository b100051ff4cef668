"""The embedded model first: accuracy and time of a cascade against the larger model alone.

    python -m tests.benchmarks.cascade --model FILE --own OWN.jsonl --data GSM8K.jsonl [--count 100]

OWN are problems of the embedded model's own kinds (`models/nano/evaluate.py --write`). The first
`count` of each file make one dataset, on which both run, one after the other: times are compared
within one call, and mean something only if nothing else runs. Writes `docs/results/cascade.json`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mathcli.models.store import InstalledModel, StoredFile, models_folder, save
from tests.benchmarks.evaluations import RESULTS, digest, processor, write

GREEDY = ("--temperature", "0")


def mixed(files: list[Path], count: int, out: Path) -> Path:
    """The first problems of each file, one from each in turn."""
    rows = [file.read_text(encoding="utf-8").splitlines()[:count] for file in files]
    out.write_text("".join(f"{one}\n" for turn in zip(*rows, strict=True) for one in turn))
    return out


def installed(model: Path, home: Path) -> None:
    """Make a models folder in which this model is the only one that was pulled."""
    os.environ["XDG_DATA_HOME"] = str(home)
    place = models_folder() / "benchmark" / model.stem / model.name
    place.parent.mkdir(parents=True)
    place.symlink_to(model.resolve())
    stored = StoredFile(str(place), model.stat().st_size, digest(model))
    save(InstalledModel(f"benchmark/{model.stem}", "main", "", (stored,)))


def run(model: str, dataset: Path, out: Path, words: list[str]) -> dict[str, Any]:
    """One evaluation: its summary, and the seconds of the whole command."""
    command = [sys.executable, "-m", "mathcli", "eval", str(dataset), "--model", model, "-o",
               str(out), "--json", "--fresh", "--no-resident", *GREEDY, *words]  # fmt: skip
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - began
    summary = json.loads(out.with_name(f"{out.name}.summary.json").read_text(encoding="utf-8"))
    return {
        "accuracy": summary["accuracy"],
        "seconds": round(seconds, 1),
        "by_model": summary.get("by_model"),
        "tokens": summary.get("tokens"),
    }


def main() -> None:
    """Measure the larger model alone, then the cascade."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--words", default="", help="further options of mathcli eval")
    options = parser.parse_args()
    words = options.words.split()
    work = Path(tempfile.mkdtemp(prefix="cascade-"))
    try:
        dataset = mixed([options.own, options.data], options.count, work / "mixed.jsonl")
        installed(options.model, work / "data")
        alone = run(str(options.model), dataset, work / "alone.jsonl", words)
        print(json.dumps(alone), flush=True)
        both = run("auto", dataset, work / "cascade.jsonl", words)
        record = {
            "name": options.model.stem,
            "command": "python -m tests.benchmarks.cascade …",
            "date": datetime.date.today().isoformat(),
            "processor": processor(),
            "model": {"file": options.model.name, "sha256": digest(options.model)},
            "data": {
                "file": f"{options.own.name}, {options.data.name}: {options.count} of each",
                "sha256": digest(dataset),
            },
            "alone": alone,
            "cascade": both,
            "time": round(both["seconds"] / alone["seconds"], 3),
        }
        write(RESULTS / "cascade.json", [record])
        print(json.dumps(record, indent=1))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
