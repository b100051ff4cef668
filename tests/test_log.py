"""The log: what is in it, what is not, and whose file it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def mathcli(*words: str, log: Path | str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mathcli", *words],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "MATHCLI_LOG": str(log), **env},
    )  # fmt: skip


def test_it_says_what_happened(tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = mathcli("solve", "-q", "--no-history", "What is 15% of 80?", log=log)
    assert (done.returncode, done.stdout) == (0, "12\n")
    lines = log.read_text().splitlines()
    assert lines[0] == "# mathcli log"
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ mathcli", one)
               for one in lines[1:])  # fmt: skip
    text = "\n".join(lines)
    for said in ("loading nano.gguf", "wrote ", "ran ", "'12.0\\n'", "answer '12'"):
        assert said in text
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_another_command_is_added_and_no_secret_is_in_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    mathcli("doctor", "--no-such-option", log=log)
    server = "http://user:hidden@127.0.0.1:9/v1"
    mathcli("solve", "--server", server, "1+1", log=log, MATHCLI_API_KEY="also-hidden")
    text = log.read_text()
    assert "--no-such-option" in text
    assert "127.0.0.1:9" in text
    assert "hidden" not in text


def test_a_hostile_text_stays_on_its_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    mathcli("check", "1\n\x1b[2J2026-01-01", "2", log=log)
    assert "\x1b" not in log.read_text()
    assert all(line.startswith(("#", "20")) for line in log.read_text().splitlines())


@pytest.mark.parametrize("kind", ["file", "folder", "nowhere"])
def test_what_is_not_a_log_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "notes.txt"
    if kind == "file":
        path.write_text("mine\n")
    elif kind == "folder":
        path.mkdir()
    else:
        path = tmp_path / "no" / "log"
    done = mathcli("check", "1", "1", log=path)
    assert done.returncode == 2
    assert done.stderr.startswith("mathcli: ")
    assert kind != "file" or path.read_text() == "mine\n"


def test_a_full_disk_ends_no_command() -> None:
    assert mathcli("check", "1", "1", log="/dev/full").returncode == 0
