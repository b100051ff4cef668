"""An evaluation's measures for a terminal: tables that fit into 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mathcli.counting import counted
from mathcli.rendering.wording import OUTCOMES, most_parts
from mathcli.text_safety import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from mathcli.evaluation.comparison import Difference, RunComparison
    from mathcli.evaluation.estimators import Share
    from mathcli.evaluation.rerun import Tallied
    from mathcli.evaluation.summary import Estimate, Summary
    from mathcli.trust.reliability import Reliability

WIDTH = 80
_MOST_PARTS = 40  # rows of one table
_MOST_DIFFERENCES = 200
_SHOWN = 52  # characters of a recorded output
_NAME = 19  # and of a part's name beside seven figures


def summary_text(title: str, summary: Summary, rerun: Tallied | None = None) -> str:
    """The measures of a run."""
    parts: list[RenderableType] = [title, "", _overview(summary)]
    for name, shares in (
        ("subject", summary.by_subject),
        ("level", summary.by_level),
        ("method", summary.by_method),
        ("model", summary.by_model),
    ):
        if len(shares) > 1:
            parts += ["", *_shares(name, shares)]
    curves = summary.curves()
    if curves:
        parts += ["", _curves(curves)]
    if summary.trust is not None:
        parts += ["", *_trust(summary.trust)]
    if rerun is not None:
        parts += ["", _rerun(rerun), *_examples(rerun)]
    return _printed(parts)


def comparison_text(first: str, second: str, found: RunComparison) -> str:
    """What differs between two runs."""
    table = _table("", "n", "A", "B", "B - A", "95 % interval", "p", "")
    kind = ""
    rows = found.differences[:_MOST_DIFFERENCES]
    for difference in rows:
        if difference.kind != kind:
            kind = difference.kind
            table.add_row()
            table.add_row(f"{difference.measure} by {kind}", style="bold")
        name = difference.part or (
            difference.measure if difference.measure == "tokens" else f"{difference.measure} %"
        )
        table.add_row(
            one_line(name)[:_NAME],
            str(difference.problems),
            *_values(difference),
            f"{difference.adjusted:.2g}" if difference.adjusted >= 1e-4 else "<1e-4",
            "*" if difference.real else "",
        )
    if len(rows) < len(found.differences):
        table.add_row(f"({len(found.differences) - len(rows):,} more are in --json)")
    alone = [
        f"{count} only in {name}"
        for count, name in ((found.only_first, "A"), (found.only_second, "B"))
        if count
    ]
    common = counted(found.common, "problem") + " in both" + "".join(f", {text}" for text in alone)
    real = sum(difference.real for difference in found.differences)
    judged = (
        f"* More than noise: {real} of {len(found.differences)}. p is corrected for all of them, "
        "after Holm; below 0.05 counts."
    )
    return _printed([f"A: {first}", f"B: {second}", common, "", found.words, "", table, "", judged])


def _values(one: Difference) -> tuple[str, str, str, str]:
    if one.measure == "tokens":
        show = [f"{value:+,.0f}" for value in (one.second - one.first, one.low, one.high)]
        return f"{one.first:,.0f}", f"{one.second:,.0f}", show[0], f"{show[1]} to {show[2]}"
    show = [f"{100 * value:+.1f}" for value in (one.second - one.first, one.low, one.high)]
    return f"{100 * one.first:.1f}", f"{100 * one.second:.1f}", show[0], f"{show[1]} to {show[2]}"


def _overview(summary: Summary) -> Table:
    table = _table(None, None)
    rate, programs = summary.code_rate, summary.programs
    table.add_row(
        "accuracy", f"{_percent(summary.accuracy)}  (95 %: {_interval(summary.accuracy)})"
    )
    table.add_row(
        "", f"{summary.accuracy.count} of {summary.accuracy.total} correct{_not(summary)}"
    )
    if summary.meaning is not None:
        for line in summary.meaning.split("; "):
            table.add_row("", line)
    if summary.selection is not None:
        share = summary.selection
        text = f"{_percent(share)}  (95 %: {_interval(share)}) of {share.total} that differ"
        table.add_row("selection", text if share.total else "no problem on which methods differ")
    table.add_row(
        "code rate", f"{_percent(rate)}  of {counted(rate.total, 'solution')} ran a program"
    )
    text = f"{programs.executions:,}, {programs.errors:,} failed"
    table.add_row(
        "programs", text + (f", {programs.timeouts:,} by time" if programs.errors else "")
    )
    if summary.generated is not None:
        each = summary.generated / max(1, summary.accuracy.total)
        text = f"{summary.generated:,} generated ({each:,.0f} a problem)"
        if summary.evaluated is not None:
            text += f", {summary.evaluated:,} evaluated"
        table.add_row("tokens", text)
    if summary.seconds is not None:
        table.add_row("time", f"{summary.seconds:.2f} s a problem (median)")
    return table


def _not(summary: Summary) -> str:
    parts = [
        f"{count:,} {name}"
        for count, name in (
            (summary.undecided, "undecided"),
            (summary.unanswered, "without an answer"),
        )
        if count
    ]
    return "".join(f", {part}" for part in parts)


def _shares(name: str, shares: Mapping[str, Share]) -> list[RenderableType]:
    table = _table(name, "problems", "accuracy", "95 % interval", "")
    shown, left = most_parts(shares, _MOST_PARTS)
    for part, share in shown.items():
        bar = "#" * round(20 * share.value)
        table.add_row(one_line(part), f"{share.total:,}", _percent(share), _interval(share), bar)
    return [table, f"({left})"] if left else [table]


def _curves(curves: Mapping[str, Mapping[int, Estimate]]) -> Table:
    sizes = list(next(iter(curves.values())))
    table = _table("k", *map(str, sizes))
    for name, curve in curves.items():
        table.add_row(name, *(f"{100 * curve[k].value:.1f} %" for k in sizes))
    return table


def _trust(found: Reliability) -> list[RenderableType]:
    """How good the trust in the answers was: in general, and in its bins."""
    apart = "-" if found.auc is None else f"{found.auc:.3f}"
    sentence = (
        f"trust in {counted(found.answers, 'answer')}: "
        f"calibration error {found.calibration_error:.3f}, "
        f"Brier score {found.brier:.3f}, AUC {apart}"
    )
    table = _table("trust", "answers", "mean", "right", "")
    for bin_ in found.bins:
        bar = "#" * round(20 * bin_.right)
        bounds = f"{bin_.low:.1f} to {bin_.high:.1f}"
        table.add_row(
            bounds, f"{bin_.count:,}", f"{100 * bin_.trust:.0f} %", f"{100 * bin_.right:.0f} %", bar
        )
    return [sentence, "", table]


def _rerun(rerun: Tallied) -> Table:
    table = _table("run again", "programs", "")
    for key, name in OUTCOMES.items():
        count = getattr(rerun, key)
        share = f"{100 * count / rerun.programs:.1f} %" if rerun.programs else ""
        table.add_row(name, f"{count:,}", share)
    return table


def _examples(rerun: Tallied) -> list[str]:
    lines = [""] if rerun.examples else []
    for example in rerun.examples[:3]:
        recorded = "nothing" if example["recorded"] is None else one_line(example["recorded"])
        lines.append(f"{one_line(example['id'])}: {example['outcome'].replace('_', ' ')}")
        lines.append(f"  recorded  {recorded[:_SHOWN]}")
        lines.append(f"  now       {one_line(example['now'])[:_SHOWN]}")
    return lines


def _table(*columns: str | None) -> Table:
    """A table without lines: names on the left, figures on the right."""
    from rich.table import Table

    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(columns),
        header_style="bold",
    )  # fmt: skip
    for at, name in enumerate(columns):
        right = at > 0 and bool(name)
        table.add_column(name or "", justify="right" if right else "left", no_wrap=at != 1 or right)
    return table


def _printed(parts: Sequence[RenderableType]) -> str:
    from mathcli.console import drawn

    return drawn(parts, WIDTH)


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f} %" if share.total else "-"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{100 * low:.1f} to {100 * high:.1f}"
