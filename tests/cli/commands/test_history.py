"""`mathcli history`, and what `solve` leaves there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mathcli.cli.commands.history import ListedSolution, SolutionList
from tests.cli.conftest import Run

PROBLEM = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own; returns where its history will be."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "mathcli" / "history"


def test_from_solve_to_clear(mathcli: Run, data: Path, tmp_path: Path) -> None:
    empty = mathcli("history")
    assert (empty.code, empty.out) == (0, "")
    assert "mathcli solve" in empty.err
    solved = mathcli("solve", "--json", "--expect", "{2, 3}", PROBLEM)
    record = json.loads(solved.out)
    mathcli("solve", "-q", "What is 3 + 4?")

    listed = mathcli("history").out.splitlines()
    assert [line[46:] for line in listed] == ["What is 3 + 4?", PROBLEM]
    assert listed[1].startswith(record["id"][:8])
    assert len(mathcli("history", "list", "-n", "1").out.splitlines()) == 1
    rows = json.loads(mathcli("history", "--json").out)["transcripts"]
    assert rows[1]["answer"] == record["answer"]["text"]

    assert mathcli("history", "search", "X^2").out.splitlines() == [listed[1]]
    missed = mathcli("history", "search", "nowhere")
    assert (missed.code, missed.out) == (1, "")
    assert mathcli("history", "search", "nowhere", "--json").code == 1

    shown = mathcli("history", "show", record["id"][:8])
    assert shown.out.startswith(f"Problem: {record['problem']}\n\n")
    assert "→ [2, 3]" in shown.out
    assert "(computed by a program" in shown.out
    assert json.loads(mathcli("history", "show", record["id"], "--json").out) == record
    assert "```python" in mathcli("history", "show", record["id"], "--markdown").out
    page = tmp_path / "page.html"
    assert mathcli("history", "show", record["id"], "--html", str(page)).code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")

    exported = mathcli("history", "export").out.splitlines()
    assert json.loads(exported[0]) == record
    assert mathcli("history", "path").out == f"{data}\n"

    refused = mathcli("history", "clear")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert mathcli("history", "clear", "--yes").code == 0
    assert mathcli("history", "list", "--json").out == '{"schema": 1, "transcripts": []}\n'


@pytest.mark.parametrize("width", [40, 58, 80, 200])
def test_the_list_is_no_wider_than_the_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    row = ListedSolution(
        "a" * 16, "2026-01-02T03:04:05", "nano", "x" * 30, "answer", "How many? " * 30
    )
    (line,) = SolutionList((row,)).text().splitlines()
    assert len(line) <= width
    assert ("2026-01-02 03:04" in line) is (width > 40)


def test_switched_off(mathcli: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mathcli("solve", "-q", "--no-history", PROBLEM).code == 0
    assert not data.exists()
    monkeypatch.setenv("MATHCLI_NO_HISTORY", "1")
    assert mathcli("solve", "-q", PROBLEM).code == 0
    assert not data.exists()


def test_a_folder_that_cannot_be_written(mathcli: Run, data: Path) -> None:
    data.parent.parent.mkdir(parents=True)
    data.parent.write_text("a file in its place")
    solved = mathcli("solve", "-q", PROBLEM)
    assert (solved.code, solved.out) == (0, "2, 3\n")
    assert "not kept in the history" in solved.err


def test_nothing_of_that_name(mathcli: Run, data: Path) -> None:
    done = mathcli("history", "show", "abc")
    assert done.code == 2
    assert "there is no transcript abc" in done.err


def test_an_id_in_the_place_of_a_page_is_refused(mathcli: Run, data: Path) -> None:
    done = mathcli("history", "show", "--html", "a5bd")
    assert done.code == 2
    assert "mathcli history show a5bd --html solution.html" in done.err
    done = mathcli("history", "show", "a5bd", "--html", "page")
    assert "mathcli history show a5bd --html page.html" in done.err


def test_pages_and_markdown_of_solve(mathcli: Run, data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = mathcli("solve", "--markdown", "--html", str(page), PROBLEM)
    assert done.code == 0
    assert done.out.startswith("**Problem.** Solve x^2 - 5x + 6 = 0\n")
    assert "**Answer:** $2, 3$ (computed by a program" in done.out
    assert "<math" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--html", "/nowhere/at/all/page.html"), "there is no folder /nowhere/at/all"),
        (("--html", "/"), "is a folder"),
        (("--markdown", "--json"), "--markdown goes with neither"),
    ],
)
def test_refused_before_any_work(
    mathcli: Run, data: Path, words: tuple[str, ...], message: str
) -> None:
    done = mathcli("solve", *words, PROBLEM)
    assert done.code == 2
    assert message in done.out + done.err
