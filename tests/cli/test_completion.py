"""Completion, in real shells: what Tab makes of a line that is begun."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.cli.completion import (
    complete_card,
    complete_checkpoint,
    complete_file,
    complete_model,
    complete_pulled,
    complete_shown,
    complete_transcript,
)
from mathcli.history import History
from mathcli.models.store import InstalledModel, StoredFile, models_folder, save
from tests.rendering.samples import sample

if sys.platform == "win32":
    pytest.skip("these shells and pseudo-terminals are POSIX's", allow_module_level=True)
import pty

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "eval"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; eval"),
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one model and one transcript, and `mathcli` on the path."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    file = models_folder() / "owner" / "wonder-math" / "wonder-math-q4.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    stored = StoredFile(str(file), 4, None)
    save(InstalledModel("owner/wonder-math", "main", "Q4_K_M", (stored,), alias="wonder-math-7b"))
    History().add(sample(id="feed0123456789ab").record())
    command = tmp_path / "bin" / "mathcli"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mathcli "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@contextlib.contextmanager
def shell(name: str, folder: Path) -> Iterator[Terminal]:
    command, _ = SHELLS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{name} is not installed here")
    terminal = Terminal(command, folder)
    try:
        yield terminal
    finally:
        terminal.close()


class Terminal:
    """A shell on a pseudo-terminal, to type into."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._master, slave = pty.openpty()
        self.seen = ""
        env = {**os.environ, "TERM": "dumb", "PS1": "> ", "HISTFILE": ""}
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=env,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, text: str) -> bool:
        """Read until `text` has come; false when it does not come in a minute."""
        deadline = time.monotonic() + 60
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self._master], [], [], 1)[0]:
                self.seen += os.read(self._master, 4096).decode(errors="replace")
        return text in self.seen

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_tab(name: str, data: Path) -> None:
    (data / "homework.txt").touch()
    (data / "homework.pdf").touch()
    (data / "sheets").mkdir()
    (data / "sheets" / "problems.jsonl").touch()
    with shell(name, data) as terminal:
        setup = SHELLS[name][1]
        terminal.type(f'{setup} "$(_MATHCLI_COMPLETE=source_{name} mathcli)"; echo up-$((40+2))\n')
        assert terminal.until("up-42"), terminal.seen
        for begun, ended in (
            ("mathcli repl", "mathcli replay "),
            ("mathcli solve --model won", "mathcli solve --model wonder-math-7b "),
            ("mathcli replay fee", "mathcli replay feed0123 "),
            ("mathcli batch home", "mathcli batch homework.txt "),
            ("mathcli eval sh", "mathcli eval sheets/problems.jsonl "),
        ):
            terminal.seen = ""
            terminal.type(f"{begun}\t")
            assert terminal.until(ended), terminal.seen
            terminal.type("\x15")  # the line is given up


@pytest.mark.slow
def test_tab_in_fish(data: Path) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed here")
    asked = 'source (_MATHCLI_COMPLETE=source_fish mathcli | psub); complete -C "mathcli repl"; '
    asked += 'complete -C "mathcli solve --model won"; complete -C "mathcli replay fee"'
    done = subprocess.run([fish, "--no-config", "-c", asked], capture_output=True, text=True,
                          timeout=120, cwd=data)  # fmt: skip
    words = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert words == ["replay", "wonder-math-7b", "feed0123"]


def test_what_is_offered(data: Path) -> None:
    assert complete_model("") == [("wonder-math-7b", "Q4_K_M"), ("nano", "comes with mathcli")]
    assert complete_pulled("") == [("wonder-math-7b", "Q4_K_M")]  # rm removes these
    assert complete_model("x") == []
    assert complete_transcript("l") == [("last", "the latest one")]
    assert [word for word, _ in complete_transcript("feed")] == ["feed0123"]
    assert [word for word, _ in complete_card("nan")] == ["nano"]
    assert "qwen2.5-math-7b" in {word for word, _ in complete_checkpoint("qwen")}


def test_two_quants_are_told_apart(data: Path) -> None:
    file = models_folder() / "owner" / "wonder-math" / "wonder-math-q8.gguf"
    file.write_bytes(b"GGUF")
    save(InstalledModel("owner/wonder-math", "main", "Q8_0", (StoredFile(str(file), 4, None),),
                alias="wonder-math-7b"))  # fmt: skip
    assert [word for word, _ in complete_model("w")] == [
        "wonder-math-7b:Q4_K_M",
        "wonder-math-7b:Q8_0",
    ]


def test_files(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    (data / "weights").mkdir()
    (data / "weights" / "a.gguf").write_bytes(b"")
    (data / "weights" / "b.txt").write_bytes(b"")
    assert [word for word, _ in complete_model("./we")] == ["./weights/a.gguf"]
    assert [word for word, _ in complete_model("./weights/")] == ["./weights/a.gguf"]
    assert complete_model("./nowhere/x") == []


def test_files_of_a_kind(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    (data / "sheets" / "May").mkdir(parents=True)
    for name in ("sheets/May/1.CSV", "sheets/May/2.csv", "sheets/May/notes.md", "sums.csv"):
        (data / name).touch()
    csv = complete_file(".csv")
    assert csv("s") == [("sheets/", "folder"), ("sums.csv", "file")]
    # A shell ends the word after the only offer: a lone folder is looked into.
    assert [word for word, _ in csv("sh")] == ["sheets/May/1.CSV", "sheets/May/2.csv"]
    assert [word for word, _ in complete_file(".md")("sheets/")] == ["sheets/May/notes.md"]
    assert csv("nowhere/") == []


def test_where_a_model_of_any_kind_may_stand(data: Path) -> None:
    words = {word for word, _ in complete_shown("")}
    assert {"wonder-math-7b", "nano", "qwen3", "qwen3-4b"} <= words
    assert {word for word, _ in complete_shown("wonder")} == {"wonder-math-7b"}


def test_an_answer_to_a_shell_needs_little(data: Path) -> None:
    """Neither Rich, nor another command than the one that is begun."""
    typed = "mathcli models show won"
    asked = {"_MATHCLI_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mathcli"],
        capture_output=True, text=True, timeout=120, env=os.environ | asked,
    )  # fmt: skip
    assert "wonder-math-7b" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mathcli.models.places" in imported
    # what solve, batch and serve import
    assert not imported & {"rich", "rich.console", "mathcli.cli.session", "asyncio", "numpy"}
