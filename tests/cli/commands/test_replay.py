"""`mathcli replay`: one line and an exit code for what still stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.rendering.samples import sample

PROBLEM = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.mark.usefixtures("data")
def test_one_altered_digit_is_found(mathcli: Run, tmp_path: Path) -> None:
    line = mathcli("solve", "--json", "--expect", "{2, 3}", PROBLEM).out
    identity = json.loads(line)["id"]
    stands = mathcli("replay", "last")
    assert (stands.code, stands.out) == (0, f"{identity}: stands (1 program, answer 2, 3)\n")
    file = tmp_path / "altered.json"
    file.write_text(line.replace('"text": "[2, 3]"', '"text": "[2, 4]"'))
    differs = mathcli("replay", str(file))
    assert differs.code == 1
    assert differs.out == f"{identity}: differs: output 1 is [2, 3], recorded [2, 4]\n"
    record = json.loads(mathcli("replay", "--json", str(file)).out)
    assert record["stands"] is False
    assert record["differences"] == [{"what": "output 1", "recorded": "[2, 4]", "now": "[2, 3]"}]


@pytest.mark.usefixtures("data")
def test_a_batch(mathcli: Run, tmp_path: Path) -> None:
    rows = [{"problem": PROBLEM, "answer": "{2, 3}"}, {"problem": "What is 3 + 4?"}]
    problems, answers = tmp_path / "problems.jsonl", tmp_path / "answers.jsonl"
    problems.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert mathcli("batch", str(problems), "-o", str(answers)).code == 0
    with answers.open("a") as file:
        file.write('{"index": 2, "id": 5, "finish": "error", "error": {"message": "too long"}}\n')
    done = mathcli("replay", "-", stdin=answers.read_bytes())
    assert done.code == 0
    assert [line.split()[1] for line in done.out.splitlines()] == ["stands", "stands"]
    assert "line 3: was not solved" in done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no transcript: line 1 is not JSON"),
        ("[1]", "is not a transcript"),
        ('{"id": "a"}', "has no problem"),
        ("", "there is no transcript to run again"),
        (b"\xff\xfe{", "is not UTF-8"),
    ],
)
def test_what_is_no_transcript(mathcli: Run, text: str | bytes, message: str) -> None:
    done = mathcli("replay", "-", stdin=text)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", ["missing.jsonl", "nosuchid"])
def test_what_is_not_there(mathcli: Run, name: str) -> None:
    assert mathcli("replay", name).code == 2


def test_hostile_records_drive_nothing(mathcli: Run) -> None:
    segments = tuple(
        one if one.kind != "output" else type(one)("output", "\x1b[2J" * 99, 1.0, 1)
        for one in sample().segments
    )
    record = sample(segments=segments, id="\x1b[2J").record()
    done = mathcli("replay", "-", stdin=json.dumps(record))
    assert done.code == 1
    assert "\x1b" not in done.out
