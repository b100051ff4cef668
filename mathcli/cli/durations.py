"""Durations as users write them: `90s`, `10m`, `1h`, `1d`."""

from __future__ import annotations

import math
import re

import typer

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)")


def seconds(words: str | float) -> float:
    """A duration in seconds.

    >>> seconds("10m"), seconds("1.5h"), seconds("90")
    (600.0, 5400.0, 90.0)

    Raises:
        typer.BadParameter: the text is not a duration.
    """
    match = _DURATION.fullmatch(str(words).strip().lower())
    length = float(match[1]) * _UNITS[match[2]] if match else math.nan
    if not 0 < length <= 366 * 86400:
        raise typer.BadParameter(f"{words!r} is not a length of time, such as 90s, 10m, 1h or 1d")
    return length


def spelled(length: float) -> str:
    """A duration in seconds as text, in a suitable unit.

    >>> spelled(600), spelled(90), spelled(0.5)
    ('10 min', '90 s', '0.5 s')
    """
    for unit, size in (("h", 3600), ("min", 60)):
        if length >= size and length % size == 0:
            return f"{length / size:.0f} {unit}"
    return f"{length:g} s"
