"""The configuration file: read, refused with words, and beaten by what is said elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.cli.defaults import config_file
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def no_file_is_left() -> Iterator[None]:
    yield
    if config_file().is_dir():
        config_file().rmdir()
    config_file().unlink(missing_ok=True)


def write(text: str) -> Path:
    path = config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_it_says_where_one_would_be(mathcli: Run) -> None:
    done = mathcli("config")
    assert (done.code, done.err) == (0, "")
    assert f"{config_file()} (not there yet)" in done.out
    assert "no defaults are set" in done.out


def test_defaults_hold_for_all_commands_or_for_one(mathcli: Run) -> None:
    write("seed = 7\n\n[solve]\nmax_rounds = 1\nseed = 9\n")
    defaults = json.loads(mathcli("config", "--json").out)["defaults"]
    assert defaults["solve"] == {"seed": 9, "max_rounds": 1}
    assert defaults["batch"] == {"seed": 7}
    record = json.loads(mathcli("solve", "--json", "What is 17 + 26?").out)
    assert record["sampling"]["seed"] == 9
    assert "seed = 7  (" in mathcli("config").out


def test_defaults_are_shown_by_the_names_that_the_file_has(mathcli: Run) -> None:
    write('[batch]\noutput = "x.jsonl"\nanswer_only = true\n')
    shown = mathcli("config")
    assert (shown.code, shown.err) == (0, "")
    assert "output = 'x.jsonl'  (batch)" in shown.out
    assert "answer_only = True  (batch)" in shown.out


def test_the_command_line_and_the_environment_win(
    mathcli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('seed = 7\nmodel = "nowhere.gguf"\n')  # MATHCLI_MODEL is set for all tests
    record = json.loads(mathcli("solve", "--json", "--seed", "3", "What is 17 + 26?").out)
    assert record["sampling"]["seed"] == 3
    monkeypatch.delenv("MATHCLI_MODEL")
    assert mathcli("solve", "-q", "What is 17 + 26?").code == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sede = 7", "no command has an option sede\n  did you mean seed?"),
        ("[batch]\nwdth = 3", "no command has an option [batch] wdth\n  did you mean width?"),
        ("[bach]\nwidth = 3", "no command has an option bach\n  did you mean batch?"),
        ("seed = -1", "seed: -1 is not in the range"),
        ('[solve]\nmethod = "x"', "[solve] method: 'x' is not one of"),
        ("seed = ", "is no TOML"),
        ("\x00", "is no TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(mathcli: Run, text: str, words: str) -> None:
    path = write(text)
    done = mathcli("check", "1", "1")
    assert (done.code, done.out) == (2, "")
    assert str(path) in done.err
    assert words in done.err


@pytest.mark.parametrize("kind", ["folder", "pipe", "large", "no UTF-8", "deep", "long number"])
def test_what_is_no_file_of_settings_is_refused_in_one_line(mathcli: Run, kind: str) -> None:
    path = write("")
    path.unlink()
    data = {
        "no UTF-8": b"\xff",
        "deep": b"x = " + b"[" * 50_000,
        "long number": b"x=" + b"9" * 5000,
    }
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(data.get(kind, b""))
        if kind == "large":
            os.truncate(path, 1 << 30)
    done = mathcli("check", "1", "1", timeout=30)
    assert (done.code, done.out) == (2, "")
    assert f"cannot read {path}: " in done.err
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize("words", [["models", "path", "nano"], ["check", "1", "1"]])
def test_an_option_may_be_called_as_a_command_is(mathcli: Run, words: list[str]) -> None:
    write("check = true\n")  # --check is solve's
    done = mathcli(*words)
    assert (done.code, done.err) == (0, "")
