from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mathcli import __version__
from mathcli.errors import Exit
from tests.cli.conftest import Run


def test_the_version(mathcli: Run) -> None:
    assert mathcli("--version").out == f"mathcli {__version__}\n"


def test_exit_codes_are_a_contract() -> None:
    assert {exit.name: int(exit) for exit in Exit} == {
        "OK": 0,
        "WRONG": 1,
        "USAGE": 2,
        "NO_ANSWER": 3,
        "MODEL": 4,
        "ENGINE": 5,
        "STOPPED": 6,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("command", ["solve", "run", "check", "doctor"])
def test_help_of_every_command_names_the_exit_codes(mathcli: Run, command: str) -> None:
    done = mathcli(command, "--help")
    assert done.code == 0
    words = " ".join(done.out.replace("│", " ").split())
    for code in ("0 fine", "1 wrong", "2 usage", "3 no answer", "4 model", "5 engine", "6 stopped"):
        assert code in words


def test_no_words_show_the_help(mathcli: Run) -> None:
    done = mathcli()
    assert done.code == 2
    assert "solve" in done.out + done.err


def test_a_file_in_the_working_folder_is_no_module_of_ours(tmp_path: Path) -> None:
    for name in ("rich", "numpy", "typer", "sympy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    words = [sys.executable, "-m", "mathcli", "solve", "-q", "What is 17 + 26?"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "43\n"), done.stderr
