"""What a card's wording is worth on a real model: variants of a card on the same problems.

    python -m tests.benchmarks.prompts --model FILE --data FILE [--count 48] [--method tir]
        [--words "--max-tokens 1024"] [--save NAME] CARD.toml …

Each card is given to `mathcli eval --card`, so that what is measured is what a user would get. All
of them solve the same problems, drawn with one seed; a run that was stopped goes on where it
was (the folder `runs`, or the one that MATHCLI_TEST_RUNS names). Printed are accuracy with its
95 % interval, the solutions that ran a program, the programs that failed, and tokens a problem;
`--save` adds the runs to `docs/results/NAME.json`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.evaluations import RUNS, Measured, Run, measure, save, share


def variant(card: Path, options: argparse.Namespace) -> Run:
    """The run of one card."""
    name = "-".join((options.model.stem, options.data.stem, options.method, card.stem))
    words = ("--method", options.method, "--card", str(card), *options.words.split())
    return Run(name, options.model, options.data, options.count, words)


def line(measured: Measured) -> str:
    """A row of the table, in Markdown."""
    found = measured.summary
    programs = found["executions"]
    failed = f"{100 * found['errors'] / programs:.0f} % of {programs}" if programs else "–"
    tokens = found["tokens"]["generated"] / max(1, found["problems"])
    cells = (
        measured.run.name,
        share(found["accuracy"]),
        f"{100 * found['code_rate']['value']:.0f} %",
        failed,
        str(found["unanswered"]),
        f"{tokens:.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", type=Path, nargs="+", metavar="CARD.toml")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="problems to choose by")
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--method", default="tir")
    parser.add_argument("--words", default="", help="further options of mathcli eval")
    parser.add_argument("--save", metavar="NAME")
    options = parser.parse_args()
    print("| variant | right | ran a program | programs failed | no answer | tokens |")
    print("|---|---|---|---|---|---|")
    done = []
    for card in options.cards:
        found = measure(variant(card, options), RUNS)
        done.append(replace(found, extra={"method": options.method, "variant": card.stem}))
        print(line(found), flush=True)
        if options.save:
            save(options.save, done)


if __name__ == "__main__":
    main()
