"""What the page of results says was measured is what the results say."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/results.md").read_text("utf-8")


def test_the_comparison_with_math_verify() -> None:
    result = json.loads((ROOT / "docs/results/math-verify.json").read_text("utf-8"))
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| math-verify")]
    ours, theirs = result["mathcli"], result["math_verify"]
    assert list(map(int, re.findall(r"\d+", row))) == [
        result["pairs"], ours["right"], theirs["right"],
    ]  # fmt: skip
    assert result["equal"] * 2 == result["pairs"]
    assert theirs["right"] == max(form["right"] for form in theirs["forms"].values())
    assert ours["falsely correct"] == theirs["falsely correct"] == 0  # as the text below says
    assert {"command", "date", "processor", "versions"} <= result.keys()
    assert all(len(data["sha256"]) == 64 for data in result["data"])
