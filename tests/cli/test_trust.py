"""Trust on the command line: said with an answer, demanded of it, measured by eval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mathcli.models import file_digest
from mathcli.resources import embedded_model
from mathcli.solving.transcript import ModelInfo
from mathcli.trust.store import path_of
from tests.cli.conftest import Run

EASY = "Solve x^2 - 5x + 6 = 0"
HARD = (
    "Tom has 3 dozen eggs, gives 5 to each of 4 friends, and half of the rest to Ann, who has "
    "twice as many now as she had. How many did Ann have?"
)


def test_an_answer_says_how_often_such_answers_are_right(mathcli: Run) -> None:
    record = json.loads(mathcli("solve", "--json", EASY).out)
    assert record["trust"] > 0.9
    assert record["trust_basis"]["problems"] > 100
    assert record["confidence"]["mean"] <= 0
    shown = mathcli("solve", EASY).out
    assert "answers like this one are right" in shown


def test_what_is_not_trusted_enough_is_no_answer(mathcli: Run) -> None:
    assert mathcli("solve", "-q", "--min-trust", "0.9", EASY).code == 0
    doubtful = mathcli("solve", "-q", "--min-trust", "0.9", HARD)
    assert (doubtful.code, doubtful.out.strip()) == (3, "")
    assert "less than --min-trust asks for" in doubtful.err
    record = json.loads(mathcli("solve", "--json", "--min-trust", "0.9", HARD).out)
    assert record["answer"] is None
    assert record["withheld"]["text"]
    assert record["trust"] < 0.9


def test_a_batch_leaves_out_what_is_not_trusted(mathcli: Run, tmp_path: Path) -> None:
    file = tmp_path / "problems.txt"
    file.write_text(f"{EASY}\n{HARD}\n")
    done = mathcli("batch", "-q", "--min-trust", "0.9", str(file))
    assert done.out.splitlines() == ["2, 3", ""]


def test_eval_says_how_good_the_trust_is(mathcli: Run, tmp_path: Path) -> None:
    data, out = tmp_path / "data.jsonl", tmp_path / "out.jsonl"
    rows = [{"problem": f"What is {n} * 7?", "answer": str(7 * n)} for n in range(11, 17)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = tmp_path / "page.html"
    done = mathcli("eval", str(data), "-o", str(out), "--html", str(page))
    assert "calibration error" in done.out
    summary = json.loads(out.with_name("out.jsonl.summary.json").read_text())
    assert summary["trust"]["answers"] == 6
    assert "Right answers by their trust" in page.read_text()


def test_a_trust_file_that_cannot_be_used_stops_nothing(
    mathcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    digest = file_digest(embedded_model())
    path = path_of(ModelInfo("", "nano.gguf", digest, "", "", "nano"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    done = mathcli("solve", "-q", EASY)
    assert (done.code, done.out.strip()) == (0, "2, 3")
    assert "answers have no trust" in done.err
    assert "calibrate again, or delete it" in done.err


def test_a_share_is_asked_for(mathcli: Run) -> None:
    assert mathcli("solve", "--min-trust", "90", EASY).code == 2
