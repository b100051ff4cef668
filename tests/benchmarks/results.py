"""Puts measured figures into the documents: between markers, from the files of `docs/results`.

    python -m tests.benchmarks.results [--check]

A marker is a comment, `<!-- results: NAME -->`, and ends with `<!-- end -->`; what stands between
is written by the renderer of that name. A test compares: no figure can differ from its file.
"""

from __future__ import annotations

import argparse
import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mathcli.evaluation.estimators import Share
from tests.benchmarks.evaluations import RESULTS, share

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    *(ROOT / f"docs/{name}.md" for name in ("prompts", "results", "serving", "solving", "trust")),
)
BLOCK = re.compile(r"(<!-- results: (\S+) -->\n)(.*?)(\n<!-- end -->)", re.S)

Record = Mapping[str, Any]


def runs_of(name: str) -> Sequence[Record]:
    """The runs of a result file; none where nothing was measured yet."""
    path = RESULTS / f"{name}.json"
    found: list[Record] = (
        json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    )
    return found


def _missing(script: str) -> str:
    return f"Not measured on this release yet: `python -m tests.benchmarks.{script}`."


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; the first row is its head."""
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|---" * len(rows[0]) + "|", *rest])


def nano() -> str:
    """What the embedded model can and cannot, in a sentence."""
    tir = next(run for run in runs_of("nano") if run["name"] == "tir")
    sets = tir["sets"]
    own = [one for name, one in sets.items() if not name.startswith(("free", "gsm8k", "parts"))]
    right, total = (sum(one[key] for one in own) for key in ("right", "total"))
    free, held = sets["free, one operation"], sets["gsm8k, held out, 2 operations"]
    text = (
        f"It answered {right} of {total} fresh problems of its own kinds (of the shortest kinds "
        f"some are in its training, word for word), {free['right']} of {free['total']} one-step "
        f"word problems written for measuring, and {held['right']} of {held['total']} two-step "
        "GSM8K problems that it had never seen: its page says what it can and cannot. For real "
        "work give it a real model (see [Models](#models))."
    )
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def strategies() -> str:
    """What each strategy brought the embedded model."""
    if not runs_of("strategies-nano"):
        return _missing("strategies")
    rows = ["| strategy | solved | 95 % interval | tokens a problem |", "|---|---|---|---|"]
    for run in runs_of("strategies-nano"):
        right = run["accuracy"]
        tokens = run["tokens"]["generated"] / run["problems"]
        span = f"{100 * right['low']:.1f}–{100 * right['high']:.1f} %"
        rows.append(f"| {run['name']} | {100 * right['value']:.1f} % | {span} | {tokens:.0f} |")
    return "\n".join(rows)


def calibration() -> str:
    """How often each way of choosing the method was right, and ran a program."""
    if not runs_of("calibration-nano"):
        return _missing("calibration")
    rows = ["| | right | runs a program |", "|---|---|---|"]
    for run in runs_of("calibration-nano"):
        for row in run["rows"]:
            reach = 100 * 1.96 * row["error"]
            rows.append(
                f"| {row['name']} | {100 * row['accuracy']:.1f} % ± {reach:.1f} "
                f"| {100 * row['code_rate']:.1f} % |"
            )
    return "\n".join(rows)


def models() -> str:
    """The table of real models: data and method beside each other."""
    runs = runs_of("models")
    if not runs:
        return _missing("table")
    columns = ["cot", "tir", "auto", "vote"]
    rows = [
        "| model | problems | " + " | ".join(columns) + " | programs: ran, failed |",
        "|---|---|" + "---|" * len(columns) + "---|",
    ]
    for model, data in dict.fromkeys((run["model"]["file"], run["data"]["file"]) for run in runs):
        of = [run for run in runs if (run["model"]["file"], run["data"]["file"]) == (model, data)]
        cells = {run["column"]: run for run in of}
        shown = [share(cells[name]["accuracy"]) if name in cells else "–" for name in columns]
        name, number = model.removesuffix(".gguf"), of[0]["problems"]
        programs = _programs(cells["tir"]) if "tir" in cells else "–"
        rows.append(f"| {name} | {data}, {number} | {' | '.join(shown)} | {programs} |")
    return "\n".join(rows)


def _programs(run: Record) -> str:
    failed = Share(run["errors"], run["executions"]).value if run["executions"] else 0.0
    return f"{100 * run['code_rate']['value']:.0f} %, {100 * failed:.0f} %"


def speed() -> str:
    """mathcli beside what else would run the same file."""
    runs = runs_of("realmodel")
    if not runs:
        return _missing("realmodel")
    rows = ["| what | figure |", "|---|---|"]
    return "\n".join([*rows, *(f"| {run['name']} | {run['figure']} |" for run in runs)])


def prefixes() -> str:
    """What a call waits for its first word, with an empty cache folder and later."""
    runs = runs_of("prefixes")
    if not runs:
        return _missing("prefixes")
    rows: list[Sequence[str]] = [
        ("model", "first call: first word after", "every later call", "tokens evaluated by it")
    ]
    rows += [
        (
            run["name"],
            f"{run['first_token_ms']['first'] / 1000:.1f} s",
            f"{run['first_token_ms']['later'] / 1000:.1f} s",
            f"{run['evaluated_tokens']['first']:,}, then {run['evaluated_tokens']['later']:,}",
        )
        for run in runs
    ]
    return _table(rows)


def prompts() -> str:
    """Every variant of the wording that was measured."""
    columns = [
        "model", "problems", "method", "variant", "right", "ran a program", "programs failed",
        "tokens",
    ]  # fmt: skip
    rows = [columns]
    for run in runs_of("prompts"):
        programs = run["executions"]
        failed = f"{run['errors']} of {programs}" if programs else "–"
        words = (
            run["model"]["file"].removesuffix(".gguf"),
            f"{run['data']['file']}, {run['problems']}" + ("" if run["complete"] else ", stopped"),
            run["method"],
            run["variant"],
            share(run["accuracy"]),
            f"{100 * run['code_rate']['value']:.0f} %",
            failed,
            f"{run['tokens']['generated'] / max(1, run['problems']):.0f}",
        )
        rows.append(list(words))
    return _table(rows)


def servers() -> str:
    """Problems through real vLLM, beside the local engine."""
    runs = runs_of("servers")
    if not runs:
        return _missing("servers")
    rows = [
        "| servers | problems, once each | answers as local | texts as local | seconds |",
        "|---|---|---|---|---|",
    ]
    for run in runs:
        count = run["problems"] if run["once each, in order"] else "not once each"
        rows.append(
            f"| {run['title']} | {count} | {run['same answers']} | {run['same texts']} "
            f"| {run['seconds']:.0f} |"
        )
    return "\n".join(rows)


def load() -> str:
    """How many problems an hour one server solves, by the requests in flight."""
    runs = runs_of("load")
    if not runs:
        return _missing("servers load")
    rows: list[Sequence[str]] = [("requests in flight", "problems an hour")]
    rows += [(run["name"].split()[0], f"{run['problems an hour']:,}") for run in runs]
    return _table(rows)


def client() -> str:
    """What mathcli itself costs in front of a cluster."""
    runs = runs_of("client")
    if not runs:
        return _missing("client")
    rows: list[Sequence[str]] = [
        (
            "texts, requests at once", "tokens a problem", "processor ms a problem",
            "tokens a second that a core takes",
        )
    ]  # fmt: skip
    rows += [
        (
            run["name"],
            str(run["tokens a problem"]),
            f"{run['processor ms a problem']:.1f}",
            f"{run['tokens a second and core']:,}",
        )
        for run in runs
    ]
    unbound = next(run for run in runs if run["rate"] is None)
    longest = max(runs, key=lambda run: int(run["problems"]))
    at, memory = zip(*longest["memory"].items(), strict=True)
    text = (
        f"One client is the bottleneck at {unbound['tokens a second']:,} tokens a second (texts of "
        f"{unbound['tokens a problem']} tokens, {unbound['at once']} at once, a server without "
        f"limit). Its resident memory: {_listed([f'{one:.0f}' for one in memory])} MiB after "
        f"{_listed([f'{int(one):,}' for one in at])} problems."
    )
    return f"{_table(rows)}\n\n{textwrap.fill(text, 100)}"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def trust() -> str:
    """How good the trust is that answers get, on problems that it was not fitted to."""
    columns = [
        "model", "learned from", "problems", "right", "calibration error", "AUC",
        "with trust of 0.8: answers, right",
    ]  # fmt: skip
    rows = [columns]
    for run in runs_of("trust"):
        sure = run["trusted_0.8"]
        part = 100 * sure["answers"] / run["problems"]
        right = f"{100 * sure['right'] / sure['answers']:.0f} %" if sure["answers"] else "–"
        words = (
            run["name"],
            f"{run['fitted_on']['problems']} problems",
            f"{run['problems']} of {run['data']['file']}",
            f"{100 * run['right'] / run['problems']:.1f} %",
            f"{run['calibration_error']:.3f}",
            f"{run['auc']:.2f}",
            f"{sure['answers']} ({part:.1f} %), {right}",
        )
        rows.append(list(words))
    return _table(rows)


RENDERERS: Mapping[str, Callable[[], str]] = {
    "nano": nano,
    "strategies": strategies,
    "calibration": calibration,
    "models": models,
    "speed": speed,
    "prefixes": prefixes,
    "prompts": prompts,
    "servers": servers,
    "load": load,
    "client": client,
    "trust": trust,
}


def rendered(text: str) -> str:
    """A document with the figures that the files have.

    Raises:
        KeyError: it has a marker that no renderer knows.
    """
    return BLOCK.sub(lambda found: f"{found[1]}{RENDERERS[found[2]]()}{found[4]}", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what differs")
    options = parser.parse_args()
    stale = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        wanted = rendered(text)
        if wanted != text:
            stale.append(path.name)
            if not options.check:
                path.write_text(wanted, encoding="utf-8")
    print(f"differ: {', '.join(stale)}" if stale else "every figure is that of its file")
    if stale and options.check:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
