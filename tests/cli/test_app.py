from __future__ import annotations

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
