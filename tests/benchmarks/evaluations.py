"""Runs of `mathcli eval` for measuring: resumable, one at a time, and what came of them as data.

Every run writes its solutions to a file of its own in a folder outside the tree, so that a run
that was killed goes on where it was. What is kept in the tree is a result file: the command, the
digests of the model and of the data, the date, the processor, and the measures.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "docs/results"
RUNS = Path(os.environ.get("MATHCLI_TEST_RUNS") or "runs")  # the folder `runs` is ignored by git


@dataclass(frozen=True)
class Run:
    """One run of `mathcli eval`; its `name` is that of its file of solutions."""

    name: str
    model: Path
    dataset: Path
    count: int
    words: tuple[str, ...] = ()
    seed: int = 0

    @property
    def options(self) -> tuple[str, ...]:
        """Of `mathcli eval`, without the places of files."""
        return ("--sample", str(self.count), "--seed", str(self.seed), *self.words)

    @property
    def command(self) -> str:
        """As a reader would type it."""
        given = [Path(word).name if "/" in word else word for word in self.options]
        words = ["mathcli", "eval", self.dataset.name, "--model", self.model.name, *given]
        return " ".join(words)


@dataclass(frozen=True)
class Measured:
    """What a run came to; `seconds` is wall time, of the part that was not done before."""

    run: Run
    summary: Mapping[str, Any]
    solutions: Path
    extra: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As result files hold it."""
        return {
            "name": self.run.name,
            "command": self.run.command,
            "model": {"file": self.run.model.name, "sha256": self.summary["model"]["sha256"]},
            "data": {"file": self.run.dataset.name, "sha256": digest(self.run.dataset)},
            "card": self.summary["model"].get("card"),
            "date": datetime.date.today().isoformat(),
            "processor": processor(),
            **{name: self.summary[name] for name in _MEASURES if name in self.summary},
            **self.extra,
        }


_MEASURES = (
    "complete", "problems", "samples", "accuracy", "maj@k", "pass@k", "undecided", "unanswered",
    "by_method", "code_rate", "executions", "errors", "timeouts", "tokens",
)  # fmt: skip


def measure(run: Run, folder: Path = RUNS) -> Measured:
    """Run it, or what is left of it.

    Raises:
        subprocess.CalledProcessError: it failed, or was interrupted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{run.name}.jsonl"
    words = [sys.executable, "-m", "mathcli", "eval", str(run.dataset), "--model", str(run.model)]
    subprocess.run(
        [*words, *run.options, "-o", str(out), "--json"],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"OMP_WAIT_POLICY": "passive"},
        check=True,
    )
    summary = json.loads(out.with_name(f"{out.name}.summary.json").read_text(encoding="utf-8"))
    return Measured(run, summary, out)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def processor() -> str:
    """The name of this machine's processor, and how many of its cores may be used."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{name}, {cores} cores"


def share(found: Mapping[str, Any]) -> str:
    """A share with its 95 % interval, in per cent."""
    value, low, high = (100 * found[name] for name in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f}–{high:.1f})"


def save(name: str, runs: Sequence[Measured]) -> Path:
    """Write `docs/results/NAME.json`; what it has of other runs stays."""
    return write(RESULTS / f"{name}.json", [run.record() for run in runs])


def write(path: Path, runs: Sequence[Mapping[str, Any]]) -> Path:
    """Write a result file; what it has of runs with other names stays."""
    old = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    new = {run["name"] for run in runs}
    kept = [run for run in old if run["name"] not in new]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"runs": [*kept, *runs]}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path
