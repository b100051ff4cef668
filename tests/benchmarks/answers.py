"""How fast answers are compared, and how often rightly, in one run.

    python -m tests.benchmarks.answers [--quick] [--file ROWS.jsonl]

Prints pairs a minute with one and two workers, the same with math-verify alone in this process,
how many of the hand-checked verdicts each of them finds (in one order and in both), what the first
comparison costs, and by how much a comparison overran its time on random texts. With `--file` also
how the verdicts on a file of answers (as `mathcli grade` reads it) are spread, and which
verdicts differ from a field `verdict` that a person filled in. Compare figures of one run only.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from mathcli.answers import Grader
from mathcli.grading.joining import items
from mathcli.sheets.rows import read_sheet
from tests.answers.table import Pair, load_pairs

TIMEOUT = 2.0


def rate(pairs: list[Pair], workers: int) -> float:
    """Pairs a minute, start of the workers left out."""
    with Grader(timeout=TIMEOUT, workers=workers) as grader:
        warm = [(rf"\sin {n}", r"\cos 1") for n in range(4 * workers)]
        list(grader.compare_many(warm))
        start = time.perf_counter()
        found = list(grader.compare_many((pair.first, pair.second) for pair in pairs))
        return 60 * len(found) / (time.perf_counter() - start)


def with_library(pairs: list[Pair]) -> tuple[float, int, int]:
    """Pairs a minute of math-verify, its right verdicts, and those the same in both orders."""
    from math_verify import parse, verify

    logging.disable(logging.CRITICAL)

    def equal(first: str, second: str) -> bool:
        return bool(verify(parse(f"${first}$"), parse(f"${second}$")))

    right = symmetric = 0
    start = time.perf_counter()
    for pair in pairs:
        found = equal(pair.first, pair.second)
        right += found == (pair.verdict == "correct")
    pace = 60 * len(pairs) / (time.perf_counter() - start)
    for pair in pairs:
        symmetric += equal(pair.first, pair.second) == equal(pair.second, pair.first)
    return pace, right, symmetric


def seconds(program: str) -> float:
    """The best of five runs of a program in a new interpreter."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def worst_overrun(pairs: list[Pair], count: int) -> float:
    """Seconds by which a comparison of spliced texts went beyond its time at most."""
    chance, worst = random.Random(1), -TIMEOUT
    texts = [text for pair in pairs for text in (pair.first, pair.second)]
    with Grader(timeout=TIMEOUT) as grader:
        grader.compare(r"\sin 1", r"\sin 2")
        for _ in range(count):
            parts = [chance.choice(texts) for _ in range(chance.randint(2, 6))]
            spliced = "".join(part[: chance.randint(0, len(part))] for part in parts)
            start = time.perf_counter()
            grader.compare(spliced, chance.choice(texts))
            worst = max(worst, time.perf_counter() - start - TIMEOUT)
    return worst


def report_file(path: Path) -> None:
    """Verdicts on a file of answers, against a person's where it has them."""
    sheet = read_sheet(path.name, path.read_bytes())
    found = items(sheet, None)
    with Grader(workers=2) as grader:
        start = time.perf_counter()
        verdicts = list(
            grader.compare_many((item.predicted, item.expected or "") for item in found)
        )
        took = time.perf_counter() - start
    spread = Counter(verdict.verdict.value for verdict in verdicts)
    print(f"{path.name}: {dict(spread)}, {60 * len(found) / took:,.0f} a minute")
    for item, verdict in zip(found, verdicts, strict=True):
        human = item.fields.get("verdict")
        if human is not None and human != verdict.verdict.value:
            row = {"predicted": item.predicted, "expected": item.expected, "human": human}
            print(json.dumps(row | {"found": verdict.verdict.value, "reason": verdict.reason}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--file", type=Path, action="append", default=[])
    options = parser.parse_args()
    pairs = load_pairs()
    some = pairs[:: 4 if options.quick else 1]

    with Grader(timeout=20) as grader:
        verdicts = [grader.compare(pair.first, pair.second).verdict.value for pair in some]
    right = sum(found == pair.verdict for found, pair in zip(verdicts, some, strict=True))
    one, two = rate(some * 2, 1), rate(some * 2, 2)
    library, library_right, symmetric = with_library(some)
    print(f"pairs: {len(some)}")
    print(f"right verdicts: {right} (math-verify, equal or not: {library_right})")
    print(f"the same in both orders: {len(some)} (math-verify: {symmetric})")
    print(f"a minute, one worker: {one:,.0f}   two workers: {two:,.0f}   ratio {two / one:.2f}")
    print(f"a minute, math-verify in process: {library:,.0f}   ratio {one / library:.1f}")
    bare = seconds("pass")
    for name, program in (
        ("import of mathcli.answers", "import mathcli.answers"),
        ("an easy comparison", "from mathcli.answers import Grader; Grader().compare('1/2', '.5')"),
        ("one that needs a worker",
         "from mathcli.answers import Grader\nwith Grader() as g: g.compare('sin(1)', 'cos(1)')"),
        ("import of math_verify", "import math_verify"),
    ):  # fmt: skip
        print(f"{name}: {1000 * (seconds(program) - bare):.0f} ms above a bare interpreter")
    print(f"worst overrun: {worst_overrun(pairs, 300 if options.quick else 2000):+.2f} s")
    for path in options.file:
        report_file(path)


if __name__ == "__main__":
    main()
