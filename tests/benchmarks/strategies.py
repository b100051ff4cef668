"""What each strategy gets out of its tokens, on fresh problems that the embedded model never saw.

    python -m tests.benchmarks.strategies [--problems 200] [--temperature 1.5] [--only NAME ...]

Every row is a run of `mathcli eval` on the same file of problems. Samples are drawn at a
temperature at which they differ. The columns: the share solved with its 95 % interval, and tokens
written per problem. Tokens do not depend on the machine; seconds do, and are not told. The runs go
to `docs/results/strategies-nano.json`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mathcli.resources import embedded_model
from tests.benchmarks.evaluations import RESULTS, Run, measure, share, write

sys.path.insert(0, str(Path(__file__).parents[2] / "models/nano"))
from evaluate import dataset_row, fresh
from problems import FAMILIES

SEED = 2026  # of the problems: neither training nor the model's own evaluation uses it
BUDGET = 450  # tokens a problem: eight solutions of the embedded model
MANY = 64  # more than the budget pays for


ROWS: Mapping[str, str] = {
    "one solution, greedy": "--temperature 0",
    "one solution, sampled": "",
    "vote of 8": "--samples 8",
    "vote of 8, stopped when safe": "--samples 8 --confidence 0.95",
    "vote of 16": "--samples 16",
    "vote of 16, stopped when safe": "--samples 16 --confidence 0.95",
    # At one budget of tokens, which as good as all of them spend. There is no reward model for
    # the embedded model: what programs did is what searches go by.
    f"{BUDGET} tokens: vote": f"--samples {MANY} --budget {BUDGET}",
    f"{BUDGET} tokens: best": f"--strategy best --samples {MANY} --budget {BUDGET}",
    f"{BUDGET} tokens: select": f"--strategy select --samples {MANY} --budget {BUDGET}",
    f"{BUDGET} tokens: particles": f"--strategy particles --samples 8 --budget {BUDGET}",
    f"{BUDGET} tokens: particles, twice": (
        f"--strategy particles --samples 4 --iterations 2 --budget {BUDGET}"
    ),
    f"{BUDGET} tokens: beam": f"--strategy beam --samples 8 --branch 4 --budget {BUDGET}",
    f"{BUDGET} tokens: tree": (
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


def line(found: Mapping[str, Any]) -> str:
    """One line of the table, as Markdown."""
    tokens = found["tokens"]["generated"] / found["problems"]
    return f"| {found['name']} | {share(found['accuracy'])} | {tokens:.0f} |"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=1.5)
    parser.add_argument("--only", nargs="*", choices=list(ROWS))
    options = parser.parse_args()
    sampling = ("--temperature", str(options.temperature), "--top-p", "1")
    print("| strategy | solved | tokens a problem |")
    print("|---|---|---|")
    done = []
    with tempfile.TemporaryDirectory() as folder:
        problems = Path(folder) / "fresh.jsonl"
        write_problems(problems, options.problems)
        for name, words in ROWS.items():
            if not options.only or name in options.only:
                # Of an option that is given twice the last one counts.
                asked = (*sampling, *words.split())
                run = Run(name, embedded_model(), problems, options.problems, asked, seed=1)
                found = measure(run, Path(folder)).record()
                done.append(found)
                print(line(found), flush=True)
    write(RESULTS / "strategies-nano.json", done)


if __name__ == "__main__":
    main()
