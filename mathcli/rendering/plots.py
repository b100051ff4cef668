"""Plots as SVG for a page: shapes and words, coloured by the page's own style.

Every plot says in words what it shows (`desc`), for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from mathcli.counting import counted
from mathcli.rendering.wording import most_parts
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from mathcli.evaluation.estimators import Share
    from mathcli.evaluation.summary import Estimate

_WIDTH = 640
_LEFT = 170
_RIGHT = 140
_ROW = 24
_TOP = 26
_BINS = 24
_MOST_BARS = 40
_names = count(1)


def bars(title: str, shares: Mapping[str, Share]) -> str:
    """Shares as horizontal bars, each with its 95 % interval."""
    shares, left = most_parts(shares, _MOST_BARS)
    height = _TOP + _ROW * (len(shares) + bool(left)) + 8
    parts = list(_percent_lines(height - 8))
    description = [left] if left else []
    if left:
        parts.append(_text(_LEFT, height - 16, left, "start"))
    for row, (name, share) in enumerate(shares.items()):
        low, high = share.interval
        middle = _TOP + _ROW * row + _ROW / 2
        parts.append(_text(_LEFT - 8, middle + 4, _short(name), "end"))
        width = max(1.0, _x(share.value) - _LEFT)
        parts.append(
            f'<rect class="bar" x="{_LEFT}" y="{middle - 7:g}" width="{width:.1f}" height="14"/>'
        )
        ends = f"M{_x(low):.1f} {middle - 4:g}v8M{_x(high):.1f} {middle - 4:g}v8"
        line = f"M{_x(low):.1f} {middle:g}H{_x(high):.1f}"
        parts.append(f'<path class="whisker" d="{ends}{line}"/>')
        value = f"{100 * share.value:.1f} %"
        parts.append(
            _text(_WIDTH - _RIGHT + 14, middle + 4, f"{value} of {share.total:,}", "start")
        )
        description.append(
            f"{name}: {value} of {share.total}, from {100 * low:.1f} to {100 * high:.1f}"
        )
    return _figure(title, height, parts, "; ".join(description))


def curves(title: str, lines: Mapping[str, Mapping[int, Estimate]]) -> str:
    """Measures at k as lines over the logarithm of k, with bands for their 95 % intervals."""
    height, bottom = 280, 240
    sizes = sorted({k for line in lines.values() for k in line})
    lowest = min(estimate.low for line in lines.values() for estimate in line.values())
    floor = int(10 * lowest) / 10
    left, right = 50, _WIDTH - 90
    step = (right - left) / max(1, len(sizes) - 1)
    places = {k: left + step * at for at, k in enumerate(sizes)}

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * (value - floor) / max(1e-9, 1 - floor)

    parts = []
    for tenth in range(round(10 * floor), 11, 2 if floor < 0.5 else 1):
        at = y(tenth / 10)
        parts.append(f'<path class="grid" d="M{left} {at:.1f}H{right}"/>')
        parts.append(_text(left - 8, at + 4, f"{10 * tenth} %", "end"))
    parts += [_text(places[k], bottom + 20, f"k = {k}" if at == 0 else str(k), "middle")
              for at, k in enumerate(sizes)]  # fmt: skip
    labels = _apart([(y(line[max(line)].value), name) for name, line in lines.items()])
    description = []
    for number, (name, line) in enumerate(lines.items(), 1):
        points = [(places[k], line[k]) for k in sorted(line)]
        up = " ".join(f"{x:.1f},{y(one.high):.1f}" for x, one in points)
        down = " ".join(f"{x:.1f},{y(one.low):.1f}" for x, one in reversed(points))
        path = " ".join(f"{x:.1f},{y(one.value):.1f}" for x, one in points)
        parts.append(f'<polygon class="band s{number}" points="{up} {down}"/>')
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        parts += [f'<circle class="dot s{number}" cx="{x:.1f}" cy="{y(one.value):.1f}" r="3.5"/>'
                  for x, one in points]  # fmt: skip
        parts.append(_text(right + 10, labels[name] + 4, name, "start", f"s{number}"))
        values = ", ".join(f"{100 * line[k].value:.1f} % at {k}" for k in sorted(line))
        description.append(f"{name}: {values}")
    return _figure(title, height, parts, "; ".join(description))


def histogram(title: str, unit: str, groups: Mapping[str, Sequence[float]]) -> str:
    """How a figure is spread over problems, stacked by group."""
    values = sorted(value for group in groups.values() for value in group)
    end = values[min(len(values) - 1, int(0.99 * len(values)))] or 1.0  # a few are far outside
    height, bottom, left, right = 220, 180, 50, _WIDTH - 20
    bins = min(_BINS, max(4, len(values) // 4))
    stacked = [[0] * bins for _ in groups]
    for counts, group in zip(stacked, groups.values(), strict=True):
        for value in group:
            counts[min(bins - 1, int(bins * value / end))] += 1
    most = max(map(sum, zip(*stacked, strict=True))) or 1
    wide = (right - left) / bins
    parts = []
    for part in (0, 0.5, 1):
        at = bottom - (bottom - _TOP) * part
        parts.append(f'<path class="grid" d="M{left} {at:g}H{right}"/>')
        parts.append(_text(left - 8, at + 4, f"{most * part:.0f}", "end"))
        label = f"{end * part:,.0f}" + (f" {unit}" if part == 0.5 else "+" if part == 1 else "")
        parts.append(_text(left + (right - left) * part, bottom + 18, label, "middle"))
    tops = [0] * bins
    for counts, name in zip(stacked, groups, strict=True):
        for at, number in enumerate(counts):
            if number:
                tall = (bottom - _TOP) * number / most
                base = bottom - (bottom - _TOP) * tops[at] / most
                parts.append(
                    f'<rect class="v-{name}" x="{left + wide * at + 1:.1f}" y="{base - tall:.1f}" '
                    f'width="{wide - 2:.1f}" height="{tall:.1f}"/>'
                )
                tops[at] += number
    names = [name for name, group in groups.items() if group]
    for at, name in enumerate(names):
        x = left + 110 * at
        parts.append(f'<rect class="v-{name}" x="{x}" y="{bottom + 28}" width="10" height="10"/>')
        parts.append(_text(x + 15, bottom + 37, name, "start"))
    description = [
        f"{name}: {counted(len(group), 'problem')}, "
        f"median {sorted(group)[len(group) // 2]:,.0f} {unit}"
        for name, group in groups.items()
        if group
    ]
    return _figure(title, height, parts, "; ".join(description))


def shares_plot(
    title: str, across: str, up: str, points: Sequence[tuple[float, float, str]], *, even: bool
) -> str:
    """A share over a share, both from 0 to 1: a reliability diagram, or risk and coverage.

    Args:
        across, up: what the two are.
        points: from left to right, each with what it is in words.
        even: draw the line on which both are the same.
    """
    height, bottom, left, right = 300, 250, 60, _WIDTH - 120

    def place(x: float, y: float) -> str:
        return f"{left + (right - left) * x:.1f},{bottom - (bottom - _TOP) * y:.1f}"

    parts = []
    for quarter in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + (right - left) * quarter, bottom - (bottom - _TOP) * quarter
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>')
        parts.append(_text(left - 8, y + 4, f"{100 * quarter:.0f} %", "end"))
        parts.append(_text(x, bottom + 18, f"{100 * quarter:.0f} %", "middle"))
    if even:
        parts.append(f'<polyline class="grid" fill="none" points="{place(0, 0)} {place(1, 1)}"/>')
    line = " ".join(place(x, y) for x, y, _ in points)
    parts.append(f'<polyline class="line s1" points="{line}"/>')
    for x, y, _ in points:
        cx, cy = place(x, y).split(",")
        parts.append(f'<circle class="dot s1" cx="{cx}" cy="{cy}" r="3.5"/>')
    parts.append(_text((left + right) / 2, bottom + 38, across, "middle"))
    parts.append(_text(right + 10, _TOP + 4, up, "start"))
    return _figure(title, height, parts, "; ".join(description for _, _, description in points))


def _x(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share


def _percent_lines(bottom: float) -> Iterator[str]:
    for part in (0, 0.25, 0.5, 0.75, 1):
        yield f'<path class="grid" d="M{_x(part):.1f} {_TOP - 4}V{bottom:g}"/>'
        yield _text(_x(part), _TOP - 10, f"{100 * part:.0f} %", "middle")


def _apart(places: Sequence[tuple[float, str]]) -> dict[str, float]:
    """Heights for labels that would stand upon each other."""
    found: dict[str, float] = {}
    last = -100.0
    for y, name in sorted(places):
        last = max(y, last + 16)
        found[name] = last
    return found


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(safe(text))}</text>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _figure(title: str, height: float, parts: Sequence[str], description: str) -> str:
    number = next(_names)
    return (
        f'<figure><figcaption id="f{number}">{escape(safe(title))}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" '
        f'aria-labelledby="f{number} d{number}">'
        f'<desc id="d{number}">{escape(safe(description))}</desc>'
        + "".join(parts)
        + "</svg></figure>"
    )
