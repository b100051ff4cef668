"""The short help names every option, and the long one explains them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from mathcli.cli.app import app, run
from tests.cli.conftest import Run

LONG = [
    (name, one)
    for name, one in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    if any(getattr(param, "rich_help_panel", None) for param in getattr(one, "params", ()))
]


def test_there_are_some() -> None:
    assert {"solve", "batch", "eval", "calibrate"} <= {name for name, _ in LONG}


@pytest.mark.parametrize(("name", "command"), LONG, ids=[name for name, _ in LONG])
def test_every_option_is_named_and_explained_once(mathcli: Run, name: str, command: Any) -> None:
    if not any("--help-all" in param.opts for param in command.params):
        pytest.skip("few enough to show all")
    short, long = mathcli(name, "--help"), mathcli(name, "--help-all")
    assert (short.code, long.code) == (0, 0)
    for param in command.params:
        option = max(param.opts, key=len)
        if option.startswith("--"):
            assert option in short.out, option
            assert option in long.out, option
    graded = name in ("check", "grade")  # which draw nothing
    rare = "Upper and lower case" if graded else "Seed of all random draws"
    assert rare not in short.out
    assert rare in long.out
    if not graded:  # of their help, options are the smaller part
        assert 2 * len(short.out.splitlines()) < 1.5 * len(long.out.splitlines())


def test_it_asks_for_nothing_else(mathcli: Run) -> None:
    """`--help-all` goes before an argument that is missing."""
    assert mathcli("batch", "--help-all").code == 0


def test_the_list_of_commands_fits_80_columns_and_is_what_each_says(mathcli: Run) -> None:
    done = mathcli("--help")
    assert done.code == 0
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert f"  {name:<10} {command.get_short_help_str(200)}" in done.out.splitlines()
    assert max(map(len, done.out.splitlines())) <= 80


def test_it_imports_no_command_and_no_rich() -> None:
    words = [sys.executable, "-X", "importtime", "-m", "mathcli", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in imported
    # what solve, batch and models import
    assert not imported & {"mathcli.cli.session", "mathcli.cli.completion", "asyncio", "rich"}


@pytest.mark.parametrize("words", [["--help"], ["solve", "-h"], ["batch", "--help-all"]])
def test_help_is_given_whatever_is_in_the_users_file(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "mathcli" / "config.toml"
    file.parent.mkdir()
    file.write_text("no option = 5")
    assert mathcli(*words).code == 0


def test_headings_are_bold_on_a_terminal_and_plain_without_colour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for words in (["--help"], ["solve", "--help"], ["models", "-h"]):
        assert run(words) == 0
        assert "\x1b[1mOptions:\x1b[0m\n" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["--help"]) == 0
    assert "\x1b" not in capsys.readouterr().out
