"""Three models for this machine: measured here, scaled, with figures that have a source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mathcli.cli import recommend
from mathcli.cli.app import run
from mathcli.models.store import InstalledModel, StoredFile, models_folder, save
from mathcli.resources import embedded_model
from tests.cli.conftest import Run


def test_it_says_what_to_type_and_what_it_rests_on(mathcli: Run) -> None:
    done = mathcli("models", "recommend", "--for", "fast")
    assert done.code == 0, done.err
    assert max(map(len, done.out.splitlines())) <= 80
    assert "mathcli models pull " in done.out
    assert "Speeds are estimates, from the processor's memory bandwidth here" in " ".join(
        done.out.split()
    )
    for number in ("1. ", "2. "):
        assert f"\n{number}" in done.out


def test_it_is_as_narrow_as_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert run(["models", "recommend"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_as_data(mathcli: Run) -> None:
    record = json.loads(mathcli("models", "recommend", "--json").out)
    assert record["purpose"] == "school"
    assert record["machine"]["bytes_per_second"] > 1e6
    for choice in record["choices"]:
        assert choice["command"] == f"mathcli models pull {choice['name']}"
        assert choice["rate"] > 0
        assert choice["published"]
        assert choice["published_by"]


def test_a_model_that_is_here_is_what_the_speed_is_measured_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(recommend, "_SMALLEST", 1 << 20)
    assert recommend._written_with_a_model() is None
    file = models_folder() / "owner" / "small" / "small.gguf"
    file.parent.mkdir(parents=True)
    shutil.copy(embedded_model(), file)
    stored = StoredFile(str(file), file.stat().st_size, None)
    save(InstalledModel("owner/small", "main", "Q8_0", (stored,)))
    found = recommend._written_with_a_model()
    assert found is not None
    assert found[0] > file.stat().st_size  # more than a token a second
    assert found[1].startswith("owner/small")
    file.write_bytes(b"GGUF and nothing else" + bytes(1 << 20))
    assert recommend._written_with_a_model() is None
