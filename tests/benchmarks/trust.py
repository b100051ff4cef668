"""How far answers can be trusted: fits the shipped estimators, and measures them elsewhere.

    python -m tests.benchmarks.trust fit NAME RESULTS.jsonl …      writes models/trust/NAME.json
    python -m tests.benchmarks.trust fit --pooled RESULTS.jsonl …  that for models nobody measured
    python -m tests.benchmarks.trust report NAME RESULTS.jsonl …   measures on these, and adds to
                                                                   docs/results/trust.json

RESULTS are files of `mathcli eval -o`. Nothing that is reported on is fitted to: the script refuses
a file that has a problem in common with what the estimator knows by name.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mathcli.resources import data_path
from mathcli.solving.transcript import TrustBasis
from mathcli.trust import POOLED, Kept, Known, Solved, of_record, signs
from mathcli.trust.fitting import fit
from mathcli.trust.reliability import reliability
from mathcli.trust.store import read, save
from tests.benchmarks.evaluations import RESULTS, processor, write

Row = tuple[dict[str, Any], Solved, bool]


def rows(files: Iterable[Path]) -> Iterator[tuple[Path, Row]]:
    """The graded solutions of result files."""
    for path in files:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                record = json.loads(line)
                if "verdict" in record:
                    solved = of_record(record, f"{path.name}, line {number}")
                    yield path, (record, solved, record["verdict"] == "correct")


def data_of(path: Path) -> str:
    """The dataset's name, which names of runs begin with or hold."""
    summary = path.with_name(f"{path.name}.summary.json")
    if summary.exists():
        return Path(json.loads(summary.read_text(encoding="utf-8"))["dataset"]).name
    return path.name


def fitted(name: str, files: list[Path], *, pooled: bool) -> Kept:
    """The estimator of one model, or of all of them as one."""
    found = [(path, row) for path, row in rows(files)]
    models = {record["model"]["sha256"]: record["model"] for _, (record, _, _) in found}
    if not pooled and len(models) != 1:
        sys.exit(f"these are runs of {len(models)} models")
    many = Counter(record["model"]["sha256"] for _, (record, solved, _) in found if solved.answer)
    known = [
        Known(solved.problem, signs(solved), right, 1 / many[record["model"]["sha256"]])
        for _, (record, solved, right) in found
        if solved.answer is not None
    ]
    model = next(iter(models.values()))
    data = tuple(sorted({data_of(path) for path in files}))
    basis = TrustBasis(
        POOLED if pooled else model["name"],
        len({solved.problem for _, (_, solved, _) in found}),
        data,
    )
    estimator = fit(known, basis)
    today = datetime.date.today().isoformat()
    if pooled:
        return Kept(POOLED, "", "", today, estimator)
    return Kept(model["name"], model["sha256"], model["card"], today, estimator)


def _digest(records: Iterable[dict[str, Any]]) -> str:
    """Of the problems and their keys, in any order."""
    texts = sorted(f"{one['problem']}\n{one['expected_answer']}" for one in records)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def report(name: str, files: list[Path], estimator: Any, card: str) -> dict[str, Any]:
    """What an estimator comes to on results that it was not fitted to."""
    found = [row for _, row in rows(files)]
    pairs, computed = [], []
    for _, solved, right in found:
        trust = estimator.probability(solved)
        if trust is not None:
            pairs.append((trust, right))
            if solved.evidence == "computed" and trust >= 0.9:
                computed.append(right)
    measured = reliability(pairs, len(found))
    assert measured is not None
    sure = [right for trust, right in pairs if trust >= 0.8]
    return {
        "name": name,
        "card": card,
        "command": f"python -m tests.benchmarks.trust report {name} …",
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "model": {name: found[0][0]["model"][name] for name in ("file", "sha256")},
        "fitted_on": {"problems": estimator.basis.problems, "data": list(estimator.basis.data)},
        "data": {
            "file": ", ".join(sorted({data_of(path) for path in files})),
            "sha256": _digest(record for record, _, _ in found),
        },
        "problems": len(found),
        "right": sum(right for _, _, right in found),
        "trusted_0.8": {"answers": len(sure), "right": sum(sure)},
        "computed_0.9": {"answers": len(computed), "right": sum(computed)},
        **measured.record(),
    }


def main() -> None:
    """Fit or report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["fit", "report"])
    parser.add_argument("name")
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--pooled", action="store_true")
    parser.add_argument("--card", help="the model's card, where its prompts were tried in variants")
    options = parser.parse_args()
    path = data_path("trust") / f"{options.name}.json"
    if options.verb == "fit":
        kept = fitted(options.name, options.results, pooled=options.pooled)
        if options.card is not None:
            kept = replace(kept, card=options.card)
        path.parent.mkdir(exist_ok=True)
        save(kept, path)
        print(path, json.dumps(kept.estimator.measured))
        for weight in (kept.estimator.sure or kept.estimator.plain).weights:
            print(f"  {weight.coefficient:+.2f}  {weight.name}")
        return
    kept = read(path)
    problems = {solved.problem for _, (_, solved, _) in rows(options.results)}
    if set(kept.estimator.basis.data) & {data_of(one) for one in options.results}:
        sys.exit(f"{options.name} was fitted to some of these {len(problems)} problems")
    found = report(options.name, options.results, kept.estimator, kept.card)
    write(RESULTS / "trust.json", [found])
    print(json.dumps({k: v for k, v in found.items() if k not in ("curve",)}, indent=1))


if __name__ == "__main__":
    main()
