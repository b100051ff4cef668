"""The sheets of the guide for teachers are graded as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mathcli.cli.app import run
from mathcli.screen import Stream, without_colours

GUIDE = (Path(__file__).parents[2] / "docs" / "grading.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in GUIDE.split("\n## ")[1:] if "```sh" in part}
_FILE = re.compile(r"`([\w.]+)`:\n\n```csv\n(.*?)```", re.S)
_SHELL = re.compile(r"```sh\nmathcli (.*?)\n```\n\n```text\n(.*?)```", re.S)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_sheet_of_the_guide(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(Stream, "isatty", lambda _: True)
    for file, text in _FILE.findall(SECTIONS[name]):
        Path(file).write_text(text, "utf-8")
    ((words, shown),) = _SHELL.findall(SECTIONS[name])
    assert run([*shlex.split(words), "--timeout", "30"]) == 0
    out = without_colours(capsys.readouterr().out)
    assert out.startswith(shown)
