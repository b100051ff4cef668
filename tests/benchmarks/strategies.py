"""What each strategy gets out of its tokens, on fresh problems that the embedded model never saw.

    python -m tests.benchmarks.strategies [--problems 200] [--temperature 1.5] [--only NAME ...]

Every row is a run of `mathcli eval` on the same file of problems. Samples are drawn at a
temperature at which they differ. The columns: the share solved with its 95 % interval, tokens
written per problem, and their share of the row named in `ROWS` as what it is compared with. Tokens
do not depend on the machine; seconds do, and are not told.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "models/nano"))
from evaluate import dataset_row, fresh
from problems import FAMILIES

SEED = 2026  # of the problems: neither training nor the model's own evaluation uses it
BUDGET = 450  # tokens a problem: eight solutions of the embedded model
MANY = 64  # more than the budget pays for


@dataclass(frozen=True)
class Row:
    """One way to solve: the options of `mathcli eval`, and the row whose tokens it is beside."""

    words: str
    against: str | None = None


ROWS: Mapping[str, Row] = {
    "one solution, greedy": Row("--temperature 0"),
    "one solution, sampled": Row(""),
    "vote of 8": Row("--samples 8"),
    "vote of 8, stopped when safe": Row("--samples 8 --confidence 0.95", "vote of 8"),
    "vote of 16": Row("--samples 16"),
    "vote of 16, stopped when safe": Row("--samples 16 --confidence 0.95", "vote of 16"),
    # At one budget of tokens, which as good as all of them spend. There is no reward model for
    # the embedded model: what programs did is what searches go by.
    "budget: vote": Row(f"--samples {MANY} --budget {BUDGET}"),
    "budget: best": Row(f"--strategy best --samples {MANY} --budget {BUDGET}"),
    "budget: select": Row(f"--strategy select --samples {MANY} --budget {BUDGET}"),
    "budget: particles": Row(f"--strategy particles --samples 8 --budget {BUDGET}"),
    "budget: particles, twice": Row(
        f"--strategy particles --samples 4 --iterations 2 --budget {BUDGET}"
    ),
    "budget: beam": Row(f"--strategy beam --samples 8 --branch 4 --budget {BUDGET}"),
    "budget: tree": Row(
        f"--strategy tree --samples 2 --branch 4 --iterations {MANY} --budget {BUDGET}"
    ),
}


def write_problems(path: Path, count: int) -> None:
    """Fresh problems with their answers, the same number of each family."""
    families = [family for family in FAMILIES if family != "not mathematics"]
    each = [list(fresh(family, -(-count // len(families)), SEED)) for family in families]
    mixed = itertools.chain(*zip(*each, strict=True))
    rows = [json.dumps(dataset_row(problem)) for problem in itertools.islice(mixed, count)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def measured(problems: Path, words: str, temperature: float) -> dict[str, Any]:
    """The summary of one run."""
    command = [sys.executable, "-m", "mathcli", "eval", str(problems), "--model", "nano", "--json"]
    sampling = ["--temperature", str(temperature), "--top-p", "1", "--seed", "1"]
    done = subprocess.run([*command, *sampling, *words.split()], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(name: str, found: dict[str, Any], against: dict[str, Any] | None) -> str:
    """One line of the table, as Markdown."""
    solved = found["accuracy"]
    tokens = found["tokens"]["generated"] / found["problems"]
    share = ""
    if against is not None:
        share = f"{100 * found['tokens']['generated'] / against['tokens']['generated']:.0f} %"
    return (
        f"| {name} | {100 * solved['value']:.1f} % "
        f"| {100 * solved['low']:.1f}-{100 * solved['high']:.1f} % | {tokens:.0f} | {share} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=1.5)
    parser.add_argument("--only", nargs="*", choices=list(ROWS))
    options = parser.parse_args()
    print("| strategy | solved | 95 % interval | tokens a problem | of |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        problems = Path(folder) / "fresh.jsonl"
        write_problems(problems, options.problems)
        done: dict[str, dict[str, Any]] = {}
        for name, asked in ROWS.items():
            if not options.only or name in options.only:
                done[name] = measured(problems, asked.words, options.temperature)
                print(line(name, done[name], done.get(asked.against or "")), flush=True)


if __name__ == "__main__":
    main()
