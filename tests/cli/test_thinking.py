from __future__ import annotations

import json
from pathlib import Path

import pytest

from mathcli.cli.request import Method, Request, Writing, thinking
from mathcli.errors import UsageError
from mathcli.models import Card, Draw, Switch, Thinking
from tests.cli.conftest import Run

THINKING = Card(
    "x", "X", sampling=Draw(temperature=0.7),
    thinking=Thinking(on=Switch(sampling=Draw(temperature=0.6)), budget=2000),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "asked"),
    [(None, None), ("on", "on"), ("OFF", "off"), ("500", 500), (" 0 ", 0), ("high", "high")],
)
def test_what_think_says(text: str | None, asked: int | str | None) -> None:
    assert thinking(text) == asked


@pytest.mark.parametrize("text", ["-1", "1.5", "", "2k", "٣"])
def test_what_think_cannot_say(text: str) -> None:
    with pytest.raises(UsageError, match="on, off, an effort, or a number of tokens"):
        thinking(text)


def test_each_way_to_think_has_its_own_sampling() -> None:
    def temperature(think: str | None, given: float | None = None) -> float:
        asked = Request(writing=Writing(temperature=given), think=think)
        return asked.sampling(THINKING).temperature

    assert (temperature(None), temperature("on"), temperature("off")) == (0.6, 0.6, 0.6)
    assert temperature("on", 0.2) == 0.2
    assert Request(Method.COT, think="7").options(THINKING).think == 7


@pytest.mark.parametrize("command", ["solve", "batch", "eval"])
def test_a_wrong_word_is_a_usage_error(mathcli: Run, command: str, tmp_path: Path) -> None:
    file = tmp_path / "problems.jsonl"
    file.write_text(json.dumps({"problem": "What is 1 + 1?", "answer": "2"}) + "\n")
    done = mathcli(command, "--think", "1.5", "1 + 1" if command == "solve" else str(file))
    assert done.code == 2
    assert "--think takes on, off, an effort, or a number of tokens" in done.err


def test_a_model_that_does_not_think_says_so(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--think", "500", "What is 1 + 1?")
    assert (done.code, done.out) == (2, "")
    assert "does not think before it answers" in done.err
    assert "leave out --think" in done.err
    fine = mathcli("solve", "-q", "--think", "off", "Solve x^2 - 5x + 6 = 0")
    assert (fine.code, fine.out) == (0, "2, 3\n")
