from __future__ import annotations

import json

from tests.cli.conftest import Run


def test_every_figure_is_measured_and_compared(mathcli: Run) -> None:
    done = mathcli("bench", "--json", "--tokens", "8", "--repeats", "1", "--widths", "1,3")
    record = json.loads(done.out)
    lines = {line["name"]: line for line in record["lines"]}
    assert done.code == 0
    assert record["model"] == "nano.gguf"
    for name in ("prompt", "decode, 1 at once", "decode, 3 at once"):
        assert lines[name]["value"] > 0
        assert lines[name]["ratio"] > 0
    assert sum("start" in name or "first word" in name for name in lines) == 3
    # Differences of two times may be negative on a busy machine.
    assert all(line["value"] > 0 for name, line in lines.items() if "above" not in name)


def test_widths_that_make_no_sense(mathcli: Run) -> None:
    for widths in ("0", "a", "1,65", ""):
        assert mathcli("bench", "--widths", widths).code == 2
