"""`solve --continue`, as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from mathcli.cli import app
from mathcli.cli.minus_words import MathCommand

QUADRATIC = "Solve x^2 - 5x + 6 = 0"


def told(*words: str) -> tuple[list[str], list[str]]:
    command = typer.main.get_command(app.make_app(("solve", "history"))).commands["solve"]  # type: ignore[attr-defined]
    assert isinstance(command, MathCommand)
    return command._told_apart(list(words))


@pytest.mark.parametrize(
    ("words", "name", "problem"),
    [
        (("--continue", "and for y?"), "last", ["and for y?"]),
        (("--continue", "and", "for", "y?"), "last", ["and", "for", "y?"]),
        (("--continue", "9c09", "and for y?"), "9c09", ["and for y?"]),
        (("--continue", "last", "and for y?"), "last", ["and for y?"]),
        (("--continue", "2024"), "last", ["2024"]),
        (("and for y?", "--continue"), "last", ["and for y?"]),
    ],
)
def test_what_follows_is_an_id_only_where_it_can_be_one(
    words: tuple[str, ...], name: str, problem: list[str]
) -> None:
    assert told(*words) == (["--continue", name], problem)


def test_it_goes_on_from_what_is_kept(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    words = ("solve", "--json", "--max-tokens", "30")
    assert app.run([*words, "--continue", "and for y?"]) == 2
    assert "no earlier solution" in capfd.readouterr().out
    assert app.run([*words, QUADRATIC]) in (0, 3)
    first = json.loads(capfd.readouterr().out)
    for name in ((), (first["id"][:6],)):
        app.run([*words, "--continue", *name, "What is 3 + 4?"])
        done = capfd.readouterr()
        record = json.loads(done.out)
        assert record["follows"] in (first["id"], None)
        assert record["earlier"][0]["problem"] == QUADRATIC
        assert "trained for one problem at a time" in done.err
    assert app.run([*words, "--continue", "0000", "and for y?"]) == 2
