"""A batch at a terminal: lines to read, a bar that goes, and results where they were sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rendering.screen import Screen

PROBLEMS = "What is 3 + 4?\nSolve x^2 - 5x + 6 = 0\nProve that 2 is even.\n"
KEYED = (
    "problem,answer\nWhat is 3 + 4?,7\nWhat is 3 + 5?,9\nFind the derivative of x^3,\n"
    "A sentence far too long for its place on the screen: what is 30 + 12?,42\n"
)
BATCH = ("-m", "mathcli", "batch")


@pytest.fixture
def problems(tmp_path: Path) -> str:
    path = tmp_path / "p.txt"
    path.write_text(PROBLEMS)
    return str(path)


def test_results_go_to_the_file_while_the_terminal_shows_the_progress(
    problems: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with out.open("wb") as stdout:
        screen = Screen(*BATCH, problems, columns=80, stdout=stdout)
        assert screen.end() == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["prediction"] for row in rows] == ["7", "2, 3", ""]
    assert "/3 problems" in screen.raw
    assert [line.split(",")[0] for line in screen.lines] == ["3/3 problems"]


def test_answers_go_through_a_pipe_to_the_same_terminal(problems: str, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        f"batch = subprocess.Popen([sys.executable, *{(*BATCH, '-q', problems)!r}],"
        " stdout=subprocess.PIPE)\n"
        "subprocess.run(['cat'], stdin=batch.stdout)\n"
        "sys.exit(batch.wait())\n"
    )
    screen = Screen("-c", code, columns=80)
    assert screen.end() == 0
    assert screen.lines[:2] == ["7", "2, 3"]
    assert screen.lines[-1].startswith("3/3 problems")


def test_a_terminal_gets_a_line_for_each_problem(problems: str) -> None:
    screen = Screen(*BATCH, problems, columns=80)
    assert screen.end() == 0
    head, *rows, last = screen.lines
    assert head.split() == ["answer", "how", "often", "right", "problem"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert rows[1].endswith("Solve x^2 - 5x + 6 = 0")
    assert rows[1].split()[1:3] == ["2,", "3"]
    assert rows[2].split()[1:4] == ["-", "no", "answer"]
    assert last.startswith("3/3 problems, 2 answered")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_marks_stand_before_answers_that_have_a_key(columns: int, tmp_path: Path) -> None:
    path = tmp_path / "keyed.csv"
    path.write_text(KEYED)
    screen = Screen(*BATCH, str(path), columns=columns)
    assert screen.end() == 0
    rows = [line for line in screen.lines if line.strip()[:1].isdigit() and "/" not in line]
    assert ["✓" in row for row in rows] == [True, False, False, True]
    assert ["✗" in row for row in rows] == [False, True, False, False]  # the third has no key
    assert all(len(row) <= columns for row in rows)
    assert rows[3].endswith("…" if columns < 200 else "what is 30 + 12?")


def test_a_terminal_gets_records_if_it_asks(problems: str) -> None:
    screen = Screen(*BATCH, problems, "--json", columns=5000)
    assert screen.end() == 0
    assert [json.loads(line)["index"] for line in screen.lines[:3]] == [0, 1, 2]


def test_elsewhere_records_come_without_asking(problems: str) -> None:
    done = subprocess.run(
        [sys.executable, *BATCH, problems], capture_output=True, text=True, check=True
    )
    assert [json.loads(line)["index"] for line in done.stdout.splitlines()] == [0, 1, 2]
    assert "━" not in done.stderr
