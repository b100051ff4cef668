"""The reference of commands says what the program says."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from mathcli.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
KEPT = (DOCS / "commands.md").read_text("utf-8")


def test_it_has_not_drifted() -> None:
    if f"with typer {version('typer')}:" not in KEPT:
        pytest.skip("the reference was written by another version of typer")
    done = subprocess.run(
        [sys.executable, str(DOCS / "commands.py"), "--check"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"run: python docs/commands.py\n{done.stdout}{done.stderr}"


def test_every_command_and_option_is_in_it() -> None:
    command = typer.main.get_command(app)
    missing = []
    for name, one in command.commands.items():
        _, _, section = KEPT.partition(f"## `mathcli {name}`")
        section = re.split(r"\n## ", section)[0]
        options = [option for param in one.params for option in getattr(param, "opts", ())]
        missing += [f"{name} {option}" for option in options
                    if option.startswith("--") and option not in section]  # fmt: skip
        if not section:
            missing.append(name)
    assert [one for one in missing if not one.endswith("--help")] == []


def test_the_picture_holds_itself() -> None:
    picture = (DOCS / "solve.svg").read_text("utf-8")
    assert "answer" in picture
    assert "mathcli" in picture
    assert not re.search(r"url\(\s*['\"]?http|<image|<script|href=", picture)
