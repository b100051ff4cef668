"""One graded result as HTML: the problem, the key, and the solutions that tell something new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from mathcli.answers.typesetting import latex_of
from mathcli.evaluation.results import answer_of, samples_of
from mathcli.rendering.formulas import Formula
from mathcli.rendering.fragments import math_html, step_html, words_html
from mathcli.rendering.wording import OUTCOMES, steps_of
from mathcli.text_safety import safe

Record = Mapping[str, Any]
_SHOWN = 8  # samples of one problem that are shown whole
_LONGEST = 40_000  # characters of one text; a model that repeats itself says nothing new


def solution_html(record: Record) -> str:
    """What is to be read of one result."""
    samples = samples_of(record)
    verdicts = record.get("verdicts", [record["verdict"]])
    lines = [
        f'<div class="problem">{words_html(str(record.get("problem", "")))}</div>',
        _facts(record),
    ]
    if len(samples) > 1:
        lines.append(_votes(record, samples, verdicts))
    shown = _new(samples, record.get("groups"))
    for at in shown:
        if len(samples) > 1:
            answer = _formula(answer_of(samples[at]) or "no answer")
            lines.append(f"<h4>Sample {at + 1} of {len(samples)}: {answer}, {verdicts[at]}</h4>")
        lines += _steps(samples[at])
        lines += _rerun(record, at)
    if len(shown) < len(samples):
        lines.append(
            f"<p>{len(samples) - len(shown)} more samples with these answers are in the results "
            "file.</p>"
        )
    return "".join(lines)


def _facts(record: Record) -> str:
    key = _formula(str(record["expected_answer"]))
    prediction = str(record.get("prediction") or "")
    answer = _formula(prediction) if prediction else escape(_why(record))
    verdict = record["verdict"]
    return (
        f'<p class="facts">Answer: {answer}, <span class="verdict-{verdict}">{verdict}</span>. '
        f"Key: {key}.</p>"
    )


def _why(record: Record) -> str:
    error = record.get("error")
    said = error.get("message") if isinstance(error, Mapping) else None
    return f"none ({safe(str(said or record.get('finish') or 'nothing recorded'))})"


def _votes(record: Record, samples: Sequence[Record], verdicts: Sequence[str]) -> str:
    """The classes of equal answers, and how many samples gave each."""
    places: dict[int | None, list[int]] = {}
    for at, group in enumerate(record.get("groups", [])):
        places.setdefault(group, []).append(at)
    rows = [
        f'<tr><th scope="row">{_formula(answer_of(samples[ats[0]]) or "none")}</th>'
        f"<td>{len(ats)}</td><td>{verdicts[ats[0]]}</td></tr>"
        for _, ats in sorted(places.items(), key=lambda item: (-len(item[1]), item[1][0]))
    ]
    return (
        '<table><thead><tr><th scope="col">answer</th><th scope="col">samples</th>'
        f'<th scope="col">verdict</th></tr></thead><tbody>{"".join(rows[:20])}</tbody></table>'
    )


def _new(samples: Sequence[Record], groups: Sequence[int | None] | None) -> list[int]:
    """Places of the samples to show: of few all, of many the first with each answer."""
    if len(samples) <= _SHOWN or groups is None:
        return list(range(min(len(samples), _SHOWN)))
    first: dict[int | None, int] = {}
    for at, group in enumerate(groups):
        first.setdefault(group, at)
    return sorted(first.values())[:_SHOWN]


def _steps(sample: Record) -> list[str]:
    from mathcli.solving.transcript import Segment

    segments = [
        Segment(
            kind=one["kind"],
            text=str(one["text"])[:_LONGEST],
            ms=float(one.get("ms") or 0),
            tokens=int(one.get("tokens") or 0),
            error=one.get("error"),
            truncated=one.get("truncated"),
        )
        for one in sample.get("segments", ())
    ]
    found = enumerate(steps_of(segments), 1)
    return [line for number, step in found for line in step_html(number, step)]


def _rerun(record: Record, at: int) -> list[str]:
    """What became of a sample's programs when they ran again."""
    found = record.get("rerun", [])
    told = [
        f"program {number}, {OUTCOMES[one['outcome']]}"
        + ("" if one["outcome"] == "same" else f": {escape(safe(str(one['now'])))}")
        for number, one in enumerate(found[at] if at < len(found) else (), 1)
    ]
    return [f'<p class="facts">Run again: {"; ".join(told)}.</p>'] if told else []


def _formula(text: str) -> str:
    return math_html(Formula(text, latex_of(text), display=False))
