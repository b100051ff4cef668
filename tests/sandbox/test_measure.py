"""The measurement that `bench` shows."""

from __future__ import annotations

import asyncio
import dataclasses
import math

import pytest

from mathcli.sandbox.measure import measure


@pytest.mark.slow
def test_every_figure_is_measured() -> None:
    speed = asyncio.run(measure(pairs=3, many=10, starts=1))
    for figure in dataclasses.fields(speed):
        value = getattr(speed, figure.name)
        # The difference of two times may be below nothing on a busy machine.
        assert math.isfinite(value) if figure.name == "above" else value > 0
