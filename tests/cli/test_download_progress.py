from __future__ import annotations

import time

import pytest

from mathcli.cli import batch_progress, download_progress
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.download_progress import Lines


def test_lines_come_now_and_then_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(download_progress.time, "monotonic", lambda: now)
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


def test_tokens_are_shown_before_the_first_problem_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch_progress, "_EVERY", 0.0)
    monkeypatch.setattr(batch_progress, "_TICK", 0.01)
    with BatchProgress("problem") as shown:
        shown.expect(20)
        looked = 0

        def written() -> int:
            nonlocal looked
            looked += 1
            return 1234

        with shown.watching(written):
            deadline = time.monotonic() + 30
            while looked < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
    assert "0/20 problems, 1,234 tokens, " in capsys.readouterr().err
