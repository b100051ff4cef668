"""The line that says what is being done: it moves, it never stands in the way, and it goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.rendering.screen import Screen

SLOW = """
import sys, time
from mathcli import screen
from mathcli.cli.guard import doing
from mathcli.cli.status_line import passing_line
with passing_line() as line:
    doing("loading model.gguf")
    time.sleep(0.6)
    screen.note("model.gguf: 2 threads")
    tokens = [0]
    line.counting(lambda: tokens[0])
    time.sleep(0.4)
    line.heard("text", complete=False)
    screen.write("Half a line")
    tokens[0] = 40
    time.sleep(0.4)
    screen.write(" and its end.\\n")
    line.heard("code", complete=True)
    time.sleep(0.4)
    line.heard("output", complete=True)
    screen.write("-> 4\\n")
    time.sleep(0.4)
"""


def test_what_is_done_stands_there_until_something_is_written() -> None:
    screen = Screen("-c", SLOW, columns=60)
    assert screen.end() == 0
    assert screen.lines == ["model.gguf: 2 threads", "Half a line and its end.", "-> 4"]
    for shown in ("loading model.gguf: 0 s", "reading the problem: 0 s", "running the program: 0 s",
                  "reading the output: 0 s, 40 tokens"):  # fmt: skip
        assert shown in screen.raw
    half, _, rest = screen.raw.partition("Half a line")
    assert rest.startswith(" and its end.")  # nothing was drawn in the middle of a line
    assert half.count("reading the problem") >= 2


def test_it_is_cut_to_a_narrow_terminal() -> None:
    screen = Screen("-c", SLOW, columns=12)
    assert screen.end() == 0
    assert "loading m\x1b" in screen.raw  # three columns are left for `^C`
    assert screen.lines[-1] == "-> 4"


def test_it_has_the_width_of_the_stream_that_it_is_drawn_on(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as stdout:
        screen = Screen("-c", SLOW, columns=12, stdout=stdout)
        assert screen.end() == 0
    assert "loading m\x1b" in screen.raw
    assert (tmp_path / "out").read_text() == "Half a line and its end.\n-> 4\n"


def test_a_solution_on_a_terminal_ends_without_it() -> None:
    screen = Screen("-m", "mathcli", "solve", "-q", "--no-history", "What is 3 + 4?", columns=80)
    assert screen.end() == 0
    assert screen.lines[-1] == "7"


def test_a_hostile_name_drives_nothing() -> None:
    code = SLOW.replace("model.gguf", "\\x1b[2Jm\\x07.gguf")
    screen = Screen("-c", code, columns=60)
    assert screen.end() == 0
    assert "\x1b[2J" not in screen.raw
    assert "\x07" not in screen.raw
    assert "loading \\x1b[2Jm" in screen.raw


def test_nobody_else_sees_it() -> None:
    for env in ({}, {"TERM": "dumb"}):
        screen = Screen("-c", SLOW.replace("line.", "line and line."), columns=60, env=env)
        assert screen.end() == 0
        assert ("loading" in screen.raw) == (not env)
    code = SLOW.replace("line.", "line and line.")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == "Half a line and its end.\n-> 4\nmodel.gguf: 2 threads\n"
