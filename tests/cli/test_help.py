"""Every command shows examples, and they are commands that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mathcli.cli.app import app
from tests.cli.conftest import Run

ROOT = typer.main.get_command(app)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*path, name))
        else:
            yield (*path, name), one


ALL = dict(commands(ROOT))
EXAMPLES = [
    (" ".join(path), example.strip())
    for path, one in ALL.items()
    for example in re.findall(r"^.*\bmathcli .*$", one.help.partition("Examples:")[2], re.MULTILINE)
]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_shows_examples_of_itself(path: tuple[str, ...]) -> None:
    assert any(f"mathcli {' '.join(path)}" in text for _, text in EXAMPLES)


@pytest.mark.parametrize(("command", "example"), EXAMPLES)
def test_examples_name_commands_and_options_that_exist(command: str, example: str) -> None:
    inner = re.sub(r'"\$\((.*)\)"', r"; \1", example)
    lexer = shlex.shlex(inner, posix=True, punctuation_chars=";|&")
    lexer.whitespace_split = True
    line: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set(";|&"):
            check(line, example)
            line = []
        else:
            line.append(word)


def check(line: list[str], example: str) -> None:
    if "mathcli" not in line:
        return
    words = line[line.index("mathcli") + 1 :]
    path = tuple(words[:2]) if tuple(words[:2]) in ALL else tuple(words[:1])
    parameters = ALL[path].params
    known = {option for one in parameters for option in (*one.opts, *one.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= known, example


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "x^2 - 1", "(x-1)(x+1)"], 0),
        (["check", "--tolerance", "0.01", "3.14", "pi"], 0),
        (["models", "show", "qwen2.5-math-1.5b"], 0),
        (["models", "show", "nano", "--prompt", "Solve x^2 = 2"], 0),
        (["models", "path", "nano"], 0),
    ],
)  # fmt: skip
def test_examples_run(mathcli: Run, words: list[str], code: int) -> None:
    assert mathcli(*words).code == code
