"""The first words that a newcomer types."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.cli.first_words import COMMANDS, understood
from tests.cli.conftest import Run


def test_alone_it_shows_three_examples(mathcli: Run) -> None:
    done = mathcli()
    assert done.err == ""
    assert done.out.count("\n  mathcli ") == 3
    assert "mathcli --help" in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize(
    "words",
    [
        ["What is 3 + 4?"],
        ["3+4"],
        ["What", "is", "3", "+", "4?"],
        ["solve", "What", "is", "3", "+", "4?"],
        ["solve", "-q", "What", "is", "3 + 4?"],
    ],
)
def test_a_problem_without_quotes_or_without_a_command(mathcli: Run, words: list[str]) -> None:
    done = mathcli(*words)
    assert done.code == 0
    assert done.out.splitlines()[-1 if "-q" in words else -2] in ("7", "answer: 7")


@pytest.mark.parametrize("problem", ["√16", "∫ x dx", "\\frac{1}{2}", "2^10", "solve it for me"])
def test_what_looks_like_mathematics_or_a_sentence_is_solved(problem: str) -> None:
    assert understood([problem]) == ["solve", problem]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_stays_a_command(command: str) -> None:
    assert understood([command, "3+4", "x"]) == [command, "3+4", "x"]


@pytest.mark.parametrize("words", [["slove", "2+2"], ["hello"], ["btach", "a", "b"], ["-x"]])
def test_what_is_no_problem_and_no_command_is_named(mathcli: Run, words: list[str]) -> None:
    done = mathcli(*words)
    assert done.code == 2
    assert words[0] in done.err
    assert "mathcli --help" in done.err


def test_a_pipe_is_read_where_no_problem_is_given(mathcli: Run) -> None:
    done = mathcli("solve", "-q", stdin="What is 3 + 4?\n")
    assert (done.code, done.out, done.err) == (0, "7\n", "")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("homework.txt", "mathcli batch"),
        ("homework", None),
        ("sheet.png", "cannot read pictures"),
        ("sheet.PDF", "cannot read PDF files"),
        ("absent.txt", "there is no file absent.txt"),
    ],
)
def test_a_file_in_the_place_of_a_problem(
    mathcli: Run, tmp_path: Path, name: str, told: str | None
) -> None:
    if not name.startswith("absent"):
        (tmp_path / name).write_text("What is 3 + 4?\n")
    for typed in (name, str(tmp_path / name)) if "absent" not in name else (name,):
        if told is None and typed == name:
            continue  # a word like any other
        done = mathcli("solve", "-q", typed)
        if typed == "homework.txt":
            assert "there is no file" in done.err  # not in this folder
        else:
            assert (told or "is a file, not a problem") in done.err
        assert (done.code, done.out) == (2, "")


def test_a_star_that_the_shell_replaced(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").write_text("")
    done = mathcli("solve", "3", "notes", "4")
    assert done.code == 2
    assert "in quotes" in done.err


def test_on_a_terminal_it_asks() -> None:
    main, end = pty.openpty()
    command = [sys.executable, "-m", "mathcli", "solve", "-q"]
    with subprocess.Popen(
        command, stdin=end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        os.write(main, b"What is 3 + 4?\n")
        out, err = process.communicate(timeout=120)
    os.close(main)
    os.close(end)
    assert (process.returncode, out, err) == (0, "7\n", "Problem: ")


@pytest.mark.parametrize("sentence", ["list all primes below 20", "show that 7 is prime"])
def test_a_sentence_that_begins_like_another_programs_command_is_solved(sentence: str) -> None:
    assert understood(sentence.split()) == ["solve", *sentence.split()]
