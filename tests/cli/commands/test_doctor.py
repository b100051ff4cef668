from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_everything_that_a_solve_needs_is_looked_at(mathcli: Run) -> None:
    done = mathcli("doctor", "--json")
    findings = {f["name"]: f for f in json.loads(done.out)["findings"]}
    assert done.code == 0
    assert findings["embedded model"]["state"] == "ok"
    assert any(name.startswith("llama-cpp-python") for name in findings)
    assert sum(name.startswith("sandbox: ") for name in findings) >= 4
    assert all(f["next_step"] for f in findings.values() if f["state"] == "failed")


def test_the_text_has_a_line_for_each_finding(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    card = tmp_path / "mathcli" / "cards" / "mine.toml"
    card.parent.mkdir(parents=True)
    card.write_text("name = 3\n")
    done = mathcli("doctor")
    assert done.code == 0
    assert f"warning  your cards: one is left out: {card}: name must be text" in done.out
    assert "next: correct the file, or delete it" in done.out
    assert "self-test passed" in done.out
    assert "sandbox: " in done.out
