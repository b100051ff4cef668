from __future__ import annotations

import pytest

from mathcli.cli import progress
from mathcli.cli.progress import Lines


def test_lines_come_now_and_then_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    lines = Lines()
    lines.begin("m.gguf", 1_000_000_000, 200_000_000)
    for _ in range(8):
        now += 5
        lines.advance(50_000_000)
    lines.end()
    assert capsys.readouterr().err.splitlines() == [
        "m.gguf: 1.0 GB, 200.0 MB are here already",
        "m.gguf: 30 %, 10.0 MB/s, 70 s left",
        "m.gguf: 40 %, 10.0 MB/s, 60 s left",
        "m.gguf: 50 %, 10.0 MB/s, 50 s left",
        "m.gguf: 60 %, 10.0 MB/s, 40 s left",
    ]
