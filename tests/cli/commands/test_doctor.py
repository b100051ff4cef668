from __future__ import annotations

import json

from tests.cli.conftest import Run


def test_everything_that_a_solve_needs_is_looked_at(mathcli: Run) -> None:
    done = mathcli("doctor", "--json")
    findings = {f["name"]: f for f in json.loads(done.out)["findings"]}
    assert done.code == 0
    assert findings["embedded model"]["state"] == "ok"
    assert any(name.startswith("llama-cpp-python") for name in findings)
    assert sum(name.startswith("sandbox: ") for name in findings) >= 4
    assert all(f["next_step"] for f in findings.values() if f["state"] == "failed")


def test_the_text_has_a_line_for_each_finding(mathcli: Run) -> None:
    done = mathcli("doctor")
    assert done.code == 0
    assert "self-test passed" in done.out
    assert "sandbox: " in done.out
