"""The short help names every option, and the long one explains them."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from mathcli.cli.app import app
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
