"""The measurement that `bench` shows."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from mathcli.sandbox.measure import measure


@pytest.mark.slow
def test_every_figure_is_measured() -> None:
    speed = asyncio.run(measure(pairs=3, many=10, starts=1))
    for figure in dataclasses.fields(speed):
        assert getattr(speed, figure.name) > 0
