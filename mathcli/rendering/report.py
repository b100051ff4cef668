"""An evaluation as one HTML file: measures, plots, and every problem with its solutions.

Nothing is loaded. Solutions are kept compressed in the page and unpacked by its one script when
they are opened, so that thousands of them stay a file of some megabytes.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.rendering.fragments import digest
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
    folder = Path(__file__).parent
    style = "".join((folder / name).read_text("utf-8") for name in ("page.css", "report.css"))
    script = (folder / "report.js").read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="generator" content="mathcli">',
            f"<title>{escape(safe(title))}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            "<h1>Evaluation</h1>",
            f'<p class="title">{escape(safe(title))}</p>',
            "</header>",
            "<main>",
            _figures(summary),
            *_plots(summary, records),
            *_rerun(about.get("rerun")),
            *_problems(records),
            "</main>",
            _footer(about),
            *_stores(records[:_MOST_PROBLEMS]),
            f'<script type="application/json" id="measures">{_data(about)}</script>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _figures(summary: Summary) -> str:
    programs, total = summary.programs, max(1, summary.accuracy.total)
    not_correct = f"{summary.undecided:,} undecided, {summary.unanswered:,} without an answer"
    parts = [
        _figure(
            "accuracy",
            _percent(summary.accuracy),
            f"{_interval(summary.accuracy)}{f', {summary.meaning}' if summary.meaning else ''}",
        ),
        _figure(
            "correct", f"{summary.accuracy.count:,} of {summary.accuracy.total:,}", not_correct
        ),
        _figure("code rate", _percent(summary.code_rate), "solutions that ran a program"),
        _figure(
            "programs",
            f"{programs.executions:,}",
            f"{programs.errors:,} failed, {programs.timeouts:,} of them by time",
        ),
    ]
    if summary.selection is not None and summary.selection.total:
        text = f"of {summary.selection.total:,} problems on which methods differ"
        parts.append(_figure("selection accuracy", _percent(summary.selection), text))
    if summary.generated is not None:
        text = f"{summary.generated / total:,.0f} a problem"
        parts.append(_figure("tokens generated", f"{summary.generated:,}", text))
    if summary.seconds is not None:
        parts.append(_figure("time", f"{summary.seconds:.2f} s", "a problem, median"))
    return f'<dl class="figures">{"".join(parts)}</dl>'


def _figure(name: str, value: str, more: str) -> str:
    return f"<div><dt>{name}</dt><dd>{value} <small>{more}</small></dd></div>"


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
    if not found:
        return []
    return [
        '<section aria-labelledby="plots"><h2 id="plots">Measures</h2><div class="plots">',
        *found,
        "</div></section>",
    ]


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


def _rerun(found: Mapping[str, Any] | None) -> list[str]:
    """What became of recorded programs that ran again."""
    if not found:
        return []
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{found[key]:,}</td></tr>'
        for key, name in OUTCOMES.items()
    )
    return [
        '<section aria-labelledby="again"><h2 id="again">Programs run again</h2>',
        f'<table class="part"><tbody>{rows}</tbody></table></section>',
    ]


def _tokens(records: Sequence[Record], verdict: str) -> list[float]:
    counted = [one.get("counts") or {} for one in records if one["verdict"] == verdict]
    return [float(one["generated_tokens"]) for one in counted if "generated_tokens" in one]


def _problems(records: Sequence[Record]) -> list[str]:
    from mathcli.evaluation.fields import facts

    left = len(records) - _MOST_PROBLEMS
    records = records[:_MOST_PROBLEMS]
    known = [facts(one.get("input") or one) for one in records]
    rows = [
        _row(number, record, one)
        for number, (record, one) in enumerate(zip(records, known, strict=True))
    ]
    return [
        '<section aria-labelledby="list"><h2 id="list">Problems</h2>',
        '<div class="filters" role="search">',
        '<label>Search <input type="search" id="search"></label>',
        _select("verdict", [one for one in _MARKS if any(r["verdict"] == one for r in records)]),
        _select("subject", sorted({one.subject for one in known if one.subject})),
        _select("level", sorted({one.level for one in known if one.level})),
        "</div>",
        f'<p class="shown" id="shown" aria-live="polite">{len(rows)} problems</p>',
        f"<p>{left:,} more problems are in the results file.</p>" if left > 0 else "",
        "<noscript><p>Solutions are compressed in this page; a script of its own unpacks "
        "them.</p></noscript>",
        '<ol class="problems">',
        *rows,
        "</ol></section>",
    ]


def _select(name: str, values: Sequence[str]) -> str:
    if not 2 <= len(values) <= _MOST_CHOICES:  # with more of them the search is the better way
        return ""
    options = "".join(f"<option>{escape(safe(value))}</option>" for value in values)
    return (
        f'<label>{name.capitalize()} <select id="{name}"><option value="">all</option>'
        f"{options}</select></label>"
    )


def _row(number: int, record: Record, known: Facts) -> str:
    verdict = str(record["verdict"])
    data = {"verdict": verdict, "subject": known.subject, "level": known.level}
    attributes = "".join(
        f' data-{name}="{escape(safe(value))}"' for name, value in data.items() if value
    )
    name = known.id or str(record.get("index", number))
    given = str(record.get("prediction") or "no answer")
    if verdict != "correct":
        given = f"{given} (not {record['expected_answer']})"
    return (
        f'<li id="p{number}"{attributes}><details data-store="s{number // _TOGETHER}" '
        f'data-place="{number % _TOGETHER}"><summary>'
        f'<span class="verdict-{verdict}">{_MARKS[verdict]} {verdict}</span>'
        f'<span class="wide given">{_line(name, 40)}</span>'
        f"<span>{_line(str(record.get('problem', '')), _ONE_LINE)}</span>"
        f'<span class="wide given">{_line(given, 60)}</span>'
        '</summary><div class="body"></div></details></li>'
    )


def _line(text: str, length: int) -> str:
    text = " ".join(safe(text).split())
    return escape(text if len(text) <= length else f"{text[: length - 1]}…")


def _stores(records: Sequence[Record]) -> Iterator[str]:
    """The solutions, compressed, some at a time."""
    for number, start in enumerate(range(0, len(records), _TOGETHER)):
        bodies = [solution_html(record) for record in records[start : start + _TOGETHER]]
        packed = gzip.compress(json.dumps(bodies, ensure_ascii=False).encode("utf-8"), 6, mtime=0)
        text = base64.b64encode(packed).decode()
        yield f'<script type="application/gzip" id="s{number}">{text}</script>'


def _data(about: Mapping[str, Any]) -> str:
    """JSON that no text in it can break out of."""
    return json.dumps(about).replace("<", "\\u003c")


def _footer(about: Mapping[str, Any]) -> str:
    model, sampling = about.get("model") or {}, about.get("sampling") or {}
    facts = {
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
    rows = "".join(
        f"<dt>{name}</dt><dd>{escape(safe(str(value)))}</dd>"
        for name, value in facts.items()
        if value
    )
    return f"<footer><h2>How it was made</h2><dl>{rows}</dl></footer>"


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f} %" if share.total else "–"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"95 % interval: {100 * low:.1f} to {100 * high:.1f}"
