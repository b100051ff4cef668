"""An evaluation as one HTML file: measures, plots, and every problem with its solutions.

Nothing is loaded. Solutions are kept compressed in the page and unpacked by its one script when
they are opened, so that thousands of them stay a file of some megabytes.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mathcli.counting import counted
from mathcli.evaluation.fields import facts
from mathcli.rendering import pages
from mathcli.rendering.plots import bars, curves, histogram, shares_plot
from mathcli.rendering.solutions import solution_html
from mathcli.rendering.wording import OUTCOMES
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from mathcli.evaluation.estimators import Share
    from mathcli.evaluation.fields import Facts
    from mathcli.evaluation.summary import Summary
    from mathcli.trust.reliability import Reliability

Record = Mapping[str, Any]
_TOGETHER = 40  # problems that are compressed together
_MOST_PROBLEMS = 20_000  # of which the page has the solutions
_MOST_CHOICES = 200  # subjects or levels to choose from
_ONE_LINE = 160  # characters of a problem in the list
_MARKS = {"correct": "✓", "incorrect": "✗", "undecided": "?"}


def report_page(
    title: str, about: Mapping[str, Any], summary: Summary, records: Sequence[Record]
) -> str:
    """The whole file.

    Args:
        title: what was measured, on one line.
        about: the measures as JSON-ready data; they are in the page, too.
        records: the graded results.
    """
    listed = records[:_MOST_PROBLEMS]
    known = [facts(record.get("input") or record) for record in listed]
    rerun = about.get("rerun")
    return pages.page(
        "report.html",
        ["page.css", "report.css"],
        "report.js",
        title=title,
        figures=_figures(summary),
        plots=_plots(summary, records),
        rerun={name: f"{rerun[key]:,}" for key, name in OUTCOMES.items()} if rerun else {},
        choices={
            "verdict": _choices(str(record["verdict"]) for record in listed),
            "subject": _choices(one.subject for one in known),
            "level": _choices(one.level for one in known),
        },
        problems=[
            _row(number, record, one)
            for number, (record, one) in enumerate(zip(listed, known, strict=True))
        ],
        left=f"{len(records) - len(listed):,}" if len(records) > len(listed) else "",
        facts=_facts(about),
        stores=_stores(listed),
        measures=json.dumps(about).replace("<", "\\u003c"),  # no text in it can break out
    )


@dataclass(frozen=True)
class Figure:
    """One measure at the top of the page."""

    name: str
    value: str
    more: str


def _figures(summary: Summary) -> list[Figure]:
    programs, total = summary.programs, max(1, summary.accuracy.total)
    accuracy = summary.accuracy
    meaning = f", {summary.meaning}" if summary.meaning else ""
    figures = [
        Figure("accuracy", _percent(accuracy), f"{_interval(accuracy)}{meaning}"),
        Figure(
            "correct",
            f"{accuracy.count:,} of {accuracy.total:,}",
            f"{summary.undecided:,} undecided, {summary.unanswered:,} without an answer",
        ),
        Figure("code rate", _percent(summary.code_rate), "solutions that ran a program"),
        Figure(
            "programs",
            f"{programs.executions:,}",
            f"{programs.errors:,} failed, {programs.timeouts:,} of them by time",
        ),
    ]
    if summary.selection is not None and summary.selection.total:
        text = f"of {counted(summary.selection.total, 'problem')} on which methods differ"
        figures.append(Figure("selection accuracy", _percent(summary.selection), text))
    if summary.generated is not None:
        text = f"{summary.generated / total:,.0f} a problem"
        figures.append(Figure("tokens generated", f"{summary.generated:,}", text))
    if summary.seconds is not None:
        figures.append(Figure("time", f"{summary.seconds:.2f} s", "a problem, median"))
    return figures


def _plots(summary: Summary, records: Sequence[Record]) -> list[str]:
    found = [
        bars(f"Accuracy by {name}, with 95 % intervals", shares)
        for name, shares in (
            ("subject", summary.by_subject),
            ("level", summary.by_level),
            ("method", summary.by_method),
            ("model", summary.by_model),
        )
        if len(shares) > 1
    ]
    measured = summary.curves()
    if measured:
        found.append(curves("By number of samples, with 95 % intervals", measured))
    tokens = {verdict: _tokens(records, verdict) for verdict in _MARKS}
    if any(tokens.values()):
        found.append(histogram("Problems by tokens generated", "tokens", tokens))
    if summary.trust is not None:
        found += _trust_plots(summary.trust)
    return found


def _trust_plots(found: Reliability) -> list[str]:
    alike = [
        (one.trust, one.right, f"trust {one.trust:.2f}: {100 * one.right:.0f} % of {one.count}")
        for one in found.bins
    ]
    kept = [
        (one.coverage, one.right, f"{100 * one.coverage:.0f} %: {100 * one.right:.0f} % right")
        for one in found.curve
    ]
    return [
        shares_plot("Right answers by their trust", "trust", "right", alike, even=True),
        shares_plot(
            "Right answers among the most trusted", "share of all problems", "right", kept,
            even=False,
        ),
    ]  # fmt: skip


def _tokens(records: Sequence[Record], verdict: str) -> list[float]:
    counted = [one.get("counts") or {} for one in records if one["verdict"] == verdict]
    return [float(one["generated_tokens"]) for one in counted if "generated_tokens" in one]


def _choices(values: Iterable[str | None]) -> list[str]:
    """What a list can be narrowed to; nothing where there is no choice, or so much that the
    search is the better way."""
    found = {value for value in values if value}
    if not 2 <= len(found) <= _MOST_CHOICES:
        return []
    order = {verdict: place for place, verdict in enumerate(_MARKS)}
    return sorted(found, key=lambda value: (order.get(value, 0), value))


def _row(number: int, record: Record, known: Facts) -> dict[str, Any]:
    """A problem in the list; its solution is in a store."""
    verdict = str(record["verdict"])
    data = {"verdict": verdict, "subject": known.subject, "level": known.level}
    given = str(record.get("prediction") or "no answer")
    if verdict != "correct":
        given = f"{given} (not {record['expected_answer']})"
    return {
        "data": {name: value for name, value in data.items() if value},
        "mark": _MARKS[verdict],
        "name": _line(known.id or str(record.get("index", number)), 40),
        "problem": _line(str(record.get("problem", "")), _ONE_LINE),
        "given": _line(given, 60),
        "store": number // _TOGETHER,
        "place": number % _TOGETHER,
    }


def _line(text: str, length: int) -> str:
    text = " ".join(safe(text).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _stores(records: Sequence[Record]) -> Iterator[str]:
    """The solutions, compressed, some at a time."""
    for start in range(0, len(records), _TOGETHER):
        bodies = [solution_html(record) for record in records[start : start + _TOGETHER]]
        packed = gzip.compress(json.dumps(bodies, ensure_ascii=False).encode("utf-8"), 6, mtime=0)
        yield base64.b64encode(packed).decode()


def _facts(about: Mapping[str, Any]) -> dict[str, str]:
    """How the results were made."""
    model, sampling = about.get("model") or {}, about.get("sampling") or {}
    known = {
        "dataset": about.get("dataset"),
        "model": f"{model.get('name')} ({model.get('quant')}), {model.get('file')}"
        if model
        else "",
        "SHA-256": model.get("sha256"),
        "engine": model.get("engine"),
        "card": model.get("card"),
        "method": about.get("method"),
        "strategy": about.get("strategy"),
        "sampling": ", ".join(f"{name} {value}" for name, value in sampling.items()),
    }
    return {name: str(value) for name, value in known.items() if value}


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f} %" if share.total else "–"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"95 % interval: {100 * low:.1f} to {100 * high:.1f}"
