"""Inputs, outputs and what is left to do are checked before a model is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mathcli.cli import problem_runs
from mathcli.cli.app import run
from mathcli.cli.run_settings import expected_settings, settings_of

ROWS = [{"problem": "What is 2 + 3?", "answer": "5"}, {"problem": "What is 7 * 8?", "answer": "56"}]


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("MATHCLI_MODEL", "nano")
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return file


def no_model(*_: Any) -> Any:
    raise AssertionError("a model is loaded")


def test_a_finished_run_ends_before_a_model_is_loaded(
    problems: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = problems.with_name("out.jsonl")
    seen = []

    def settings(solver: Any, options: Any) -> Any:
        seen.append(settings_of(solver, options))
        return seen[-1]

    def ahead(setup: Any) -> Any:
        seen.append(expected_settings(setup))
        return seen[-1]

    monkeypatch.setattr(problem_runs, "settings_of", settings)
    monkeypatch.setattr(problem_runs, "expected_settings", ahead)
    call = ["eval", str(problems), "-o", str(out), "--method", "auto"]
    assert run(call) == 0
    whole = out.read_bytes()
    monkeypatch.setattr(problem_runs, "session_for_many", no_model)
    capsys.readouterr()
    assert run(call) == 0
    loaded, before = seen
    assert loaded.record() == before.record()
    found = capsys.readouterr()
    assert "2/2 problems (2 skipped)" in found.err
    assert "2 of 2 correct" in found.out
    assert out.read_bytes() == whole
    assert run([*call, "--samples", "3"]) == 2  # other settings
    assert "was begun with another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "code"), [("in.pdf", "x", 2), ("in.csv", "a,b\n1,2\n", 2), ("in.txt", "", 0)]
)
def test_a_file_without_problems_is_told_before_a_model_is_loaded(
    problems: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, code: int
) -> None:
    monkeypatch.setattr(problem_runs, "session_for_many", no_model)
    file = problems.with_name(name)
    file.write_text(text)
    assert run(["batch", str(file)]) == code
