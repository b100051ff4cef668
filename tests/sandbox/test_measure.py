"""The measurement that `bench` shows."""

from __future__ import annotations

import asyncio

import pytest

from mathcli.sandbox.measure import measure


@pytest.mark.slow
def test_every_figure_is_measured() -> None:
    speed = asyncio.run(measure(pairs=3, many=10, starts=1))
    assert 0 < speed.plain < speed.run
    assert speed.above > 0
    assert speed.runs_per_second > 0
    assert 0 < speed.first_import < speed.first_run
