"""Every figure about a model in the documents is that of a result file, and of shipped weights."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from mathcli.resources import embedded_model
from tests.benchmarks.results import BLOCK, DOCUMENTS, RESULTS, rendered

ROOT = Path(__file__).parents[2]
FILES = [path for path in sorted(RESULTS.glob("*.json")) if '"runs"' in path.read_text("utf-8")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_documents_have_the_figures_of_their_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert BLOCK.search(text)
    assert text == rendered(text), "run: python -m tests.benchmarks.results"


def test_a_figure_that_was_changed_by_hand_is_found() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = BLOCK.search(text)
    assert block is not None
    number = re.search(r"\d+", block[3])
    assert number is not None
    at = block.start(3) + number.start()
    changed = text[:at] + str(int(number[0]) + 1) + text[at + len(number[0]) :]
    assert rendered(changed) == text != changed


def test_an_unknown_marker_is_no_silent_figure() -> None:
    with pytest.raises(KeyError):
        rendered("<!-- results: dreams -->\n100 %\n<!-- end -->")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_result_says_how_it_was_measured_and_on_what(path: Path) -> None:
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    assert runs
    for run in runs:
        assert run["command"]
        assert run["processor"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", run["date"])
        assert re.fullmatch("[0-9a-f]{64}", run["model"]["sha256"])
        assert not run["data"] or re.fullmatch("[0-9a-f]{64}", run["data"]["sha256"])
        assert "/" not in run["model"]["file"]


def test_the_embedded_model_s_figures_are_of_the_shipped_weights() -> None:
    shipped = hashlib.sha256(embedded_model().read_bytes()).hexdigest()
    measured = {
        (path.name, run["model"]["sha256"])
        for path in FILES
        for run in json.loads(path.read_text(encoding="utf-8"))["runs"]
        if run["model"]["file"] == embedded_model().name
    }
    assert measured
    assert {digest for _, digest in measured} == {shipped}
    assert shipped in (ROOT / "models/nano/README.md").read_text(encoding="utf-8")


def test_outside_of_the_markers_the_readme_counts_no_problems_solved() -> None:
    text = BLOCK.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert re.findall(r"\b\d+ of \d{2,}\b", text) == []
