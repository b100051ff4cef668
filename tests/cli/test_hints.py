"""A hint is said once a day, not at every call."""

from __future__ import annotations

import time

import pytest

from mathcli.cache import JsonCache
from mathcli.cli import hints


def test_once_a_day(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(hints, "_SAID", JsonCache("hints.json"))
    now = time.time()

    def said(after: float) -> str:
        monkeypatch.setattr(time, "time", lambda: now + after)
        hints.hint_once_a_day("try this:\n  mathcli models recommend")
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    assert said(0) == "hint: try this:\n  mathcli models recommend\n"
    assert said(10) == said(86_000) == ""
    assert said(86_500) != ""
    assert said(90_000) == ""
