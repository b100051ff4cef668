"""mathcli's verdicts beside math-verify's, on pairs that are labelled by how they were made.

    python -m tests.benchmarks.versus_math_verify KEYS… [--out docs/results/math-verify.json]

KEYS are datasets as `mathcli eval` reads them, of which only the right answers are used. SymPy's
own LaTeX parser, which belongs to neither grader, reads an answer; its value is printed again in
another form (an equal pair), or changed and printed (a different pair). A file of rows with
`answer`, `key` and `verdict` (correct or incorrect, decided by a person) is taken as it is.

Each grader gets its best input. math-verify is given every pair in each of the forms that its
documentation names: as it is, between dollars, and in a box. The form with the most right
verdicts counts; how many pairs are right in any of the forms is reported too, which is more than
a user can have, who does not know the right verdict.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import platform
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sympy
from sympy.parsing.latex import parse_latex

from mathcli.answers import Grader
from mathcli.evaluation.datasets import read_dataset, rows_of

FORMS = {"as it is": "{}", "in dollars": "${}$", "in a box": "\\boxed{{{}}}"}
EQUAL, DIFFERENT = "correct", "incorrect"


@dataclass(frozen=True)
class Row:
    """An answer, the key, and the right verdict."""

    answer: str
    key: str
    verdict: str


def value(key: str) -> Any:
    """The value of a key by SymPy's own parser; `None` where that cannot read it for certain.

    It takes a mixed number for a product, and a segment with a bar for one too.
    """
    if re.search(r"\d\s*\\[dt]?frac|\\overline", key):
        return None
    name = next(one for one in "qhjw" if one not in key)
    try:
        found = parse_latex(key.strip("$ ").replace("\\pi", f" {name} "), backend="lark")
    except Exception:  # whatever its grammar does not have
        return None
    if not isinstance(found, sympy.Expr):
        return None  # several readings, or a relation
    return sympy.nsimplify(found, rational=True).subs(sympy.Symbol(name), sympy.pi)


def values(key: str) -> Any:
    """The value of a key, or the tuple of values of a pair or triple in round brackets."""
    inner = key.strip("$ ").replace("\\left", "").replace("\\right", "").replace(" ", "")
    parts = inner[1:-1].split(",")
    if inner.startswith("(") and inner.endswith(")") and len(parts) in (2, 3):
        found = [value(part) for part in parts]
        return None if None in found else sympy.Tuple(*found)
    return value(key)


def rewritten(found: Any) -> Iterator[str]:
    """The value printed in other forms."""
    if isinstance(found, sympy.Tuple):
        yield "(" + ", ".join(map(sympy.latex, found)) + ")"
        return
    for form in (found, sympy.expand(found), sympy.factor(found), sympy.together(found)):
        yield sympy.latex(form)
    if found.is_Rational:
        yield str(found)
        if set(sympy.primefactors(found.q)) <= {2, 5} and found.q > 1:
            yield f"{float(found):.12g}"


def changed(found: Any) -> Iterator[Any]:
    """Values near to the value, which are others."""
    if isinstance(found, sympy.Tuple):
        yield sympy.Tuple(*reversed(found))
        yield sympy.Tuple(found[0] + 1, *found[1:])
        return
    yield -found
    yield found + 1
    if found.is_number and found != 0:
        yield 1 / found
        yield found * 10
    for number in sorted(found.atoms(sympy.Integer), key=int):
        yield found.subs(number, number + 1)


def differ(one: Any, other: Any) -> bool:
    """Are two values surely different? Their difference is looked at in one place."""
    if isinstance(one, sympy.Tuple):
        return any(differ(left, right) for left, right in zip(one, other, strict=True))
    places = {name: sympy.Rational(7, 3) + at for at, name in enumerate(
        sorted(one.free_symbols | other.free_symbols, key=str))}  # fmt: skip
    gap = sympy.N((one - other).subs(places), 30)
    return bool(gap.is_number and gap.is_finite and abs(gap) > 1e-6)


def made(keys: list[str], seed: int) -> list[Row]:
    """For each key that can be read, up to three equal pairs and as many different ones."""
    chance = random.Random(seed)
    rows = []
    for key in dict.fromkeys(keys):
        found = values(key)
        if found is None or found.has(sympy.zoo, sympy.nan):
            continue
        equal = [text for text in dict.fromkeys(rewritten(found)) if text != key]
        other = [sympy.latex(one) for one in changed(found) if differ(one, found)]
        count = min(3, len(equal), len(set(other)))
        rows += [Row(text, key, EQUAL) for text in chance.sample(equal, count)]
        rows += [Row(text, key, DIFFERENT)
                 for text in chance.sample(list(dict.fromkeys(other)), count)]  # fmt: skip
    return rows


def rows_from(path: Path, seed: int) -> list[Row]:
    """Labelled rows of a file, or rows made from its right answers."""
    found = [row for _, _, row in rows_of(path) if isinstance(row, dict)]
    if found and {"answer", "key", "verdict"} <= found[0].keys():
        return [Row(row["answer"], row["key"], row["verdict"]) for row in found]
    return made([str(problem.expected) for problem in read_dataset(path).problems], seed)


def by_library(row: Row, form: str) -> str:
    """math-verify's verdict with both sides in a form."""
    from math_verify import parse, verify

    gold, answer = (parse(FORMS[form].format(text)) for text in (row.key, row.answer))
    return EQUAL if verify(gold, answer) else DIFFERENT


def scored(rows: list[Row], verdicts: list[str]) -> dict[str, int]:
    """How many verdicts are right, and how the others are wrong."""
    kinds = Counter(
        "right" if found == row.verdict else
        "undecided" if found == "undecided" else
        f"falsely {found}"
        for row, found in zip(rows, verdicts, strict=True)
    )  # fmt: skip
    return {kind: kinds[kind] for kind in
            ("right", "falsely correct", "falsely incorrect", "undecided")}  # fmt: skip


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def measured(rows: list[Row]) -> dict[str, Any]:
    """Both graders' verdicts on the rows."""
    logging.disable(logging.CRITICAL)
    with Grader(workers=2, timeout=5) as grader:
        pairs = ((row.answer, row.key) for row in rows)
        ours = [found.verdict.value for found in grader.compare_many(pairs)]
    theirs = {form: [by_library(row, form) for row in rows] for form in FORMS}
    forms = {form: scored(rows, found) for form, found in theirs.items()}
    best = max(forms, key=lambda form: forms[form]["right"])
    any_form = sum(
        any(theirs[form][at] == row.verdict for form in FORMS) for at, row in enumerate(rows)
    )
    return {
        "pairs": len(rows),
        "equal": sum(row.verdict == EQUAL for row in rows),
        "mathcli": scored(rows, ours),
        "math_verify": {
            "best_form": best, **forms[best], "forms": forms, "right_in_any_form": any_form,
        },
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="look at so many pairs, drawn by the seed")
    options = parser.parse_args()
    rows = [row for path in options.keys for row in rows_from(path, options.seed)]
    if options.limit and options.limit < len(rows):
        rows = random.Random(options.seed).sample(rows, options.limit)
    names = " ".join(path.name for path in options.keys)
    record = {
        "command": f"python -m tests.benchmarks.versus_math_verify {names} --seed {options.seed}"
        + (f" --limit {options.limit}" if options.limit else ""),
        "date": datetime.now(timezone.utc).date().isoformat(),
        "data": [
            {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in options.keys
        ],
        "processor": processor(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("mathcli-solver", "math-verify", "sympy")},
        **measured(rows),
    }
    text = json.dumps(record, indent=1) + "\n"
    sys.stdout.write(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
