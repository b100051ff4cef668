"""What the list and a card's page say of how well a card is known."""

from __future__ import annotations

import json

import pytest

from mathcli.cli import model_list
from tests.cli.conftest import Run


def test_the_list_says_what_each_card_rests_on(mathcli: Run) -> None:
    done = mathcli("models", "list", "--all")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line.startswith("  ")}
    assert " run " in rows["nano"]
    assert " compared " in rows["qwen3.5-4b"]
    assert " texts " in rows["tora-7b"]
    assert "unknown" not in done.out
    assert "The prompts of each model were: run (with published weights)" in done.out
    record = json.loads(mathcli("models", "list", "--all", "--json").out)
    found = {row["name"]: row["verified"] for row in record["models"]}
    assert (found["nano"], found["qwen3-8b"], found["tora-7b"]) == (
        "checkpoint", "template", "text",
    )  # fmt: skip


def test_a_card_s_page_says_how_it_thinks_and_calls(mathcli: Run) -> None:
    done = mathcli("models", "show", "qwen3.5")
    assert "verified:    compared with the published chat template, byte for byte" in done.out
    assert "thinking:    on, unless switched off; at most 30720 tokens" in done.out
    assert "calls:       qwen-xml" in done.out
    assert "efforts: low, medium, high" in mathcli("models", "show", "gpt-oss").out
    assert "thinking:    always" in mathcli("models", "show", "r1-distill").out


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_a_terminal_gets_the_columns_that_fit(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    shown = model_list.table(everything=True).text().splitlines()
    rows = [line for line in shown if line.startswith("  ")]
    assert max(map(len, rows)) <= width
    assert any(line.split()[0] == "qwen2.5-math-7b" for line in rows)
    if width >= 80:
        assert max(map(len, shown)) <= width
