"""Damaged and hostile files through every command that reads them: words and a code, no bug."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mathcli.cli.app import run
from mathcli.history import History
from mathcli.text_safety import json_line
from tests.harmful import ALL, found_in
from tests.rendering.samples import sample

Files = Callable[[str, bytes], str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process."""

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        out, err = capsys.readouterr()
        assert "internal error" not in out + err, err
        assert "Traceback" not in out + err
        assert not found_in(out + err)
        return code, out, err

    return call


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = History().folder
    folder.mkdir(parents=True)
    return folder


def record(**changes: Any) -> dict[str, Any]:
    found = json.loads(json_line(sample().record()))
    return {**found, "id": "aa11", **changes}


RECORDS: dict[str, bytes] = {
    "empty": b"", "no JSON": b"{", "a number": b"5", "a list": b"[]", "null": b"null",
    "deep": b'{"a":' * 100_000, "deep lists": b"[" * 5000 + b"]" * 5000,
    "deep inside": b'{"segments":' + b"[" * 500 + b"]" * 500 + b"}",
    "bytes": bytes(range(256)), "a BOM": b"\xef\xbb\xbf{}", "UTF-16": "{}".encode("utf-16"),
    "NUL": b"\0" * 5000, "nan": b'{"id": NaN}', "many digits": b'{"ms": ' + b"9" * 10_000 + b"}",
    "a million ms": json.dumps(record(timing={"load_ms": 10**400, "first_token_ms": 0,
                               "total_ms": 10**400, "tokens_per_second": 1})).encode(),
    "expect 5": json.dumps(record(expect=5)).encode(),
    "expect a list": json.dumps(record(expect=["verdict"])).encode(),
    "expect odd": json.dumps(record(expect={"verdict": [], "expected": {}})).encode(),
    "a card that is none": json.dumps(record(model={**record()["model"], "card": ALL})).encode(),
    "no segments": json.dumps(record(segments=[])).encode(),
    "segments of numbers": json.dumps(record(segments=[1, 2])).encode(),
    "another schema": json.dumps(record(schema=99)).encode(),
    "schema of a list": json.dumps(record(schema=[1])).encode(),
    "an id of controls": json.dumps(record(id=ALL)).encode(),
    "an answer of a list": json.dumps(record(answer=[1])).encode(),
    "a problem of a list": json.dumps(record(problem=[ALL])).encode(),
    "controls": json.dumps(record(problem=ALL, segments=[])).encode(),
    "the same key often": b"{" + b'"id": 1,' * 1000 + b'"id": 2}',
    "an error": b'{"error": 5}',
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_a_damaged_transcript(told: Any, tmp_path: Path, history: Path, name: str) -> None:
    data = RECORDS[name]
    path = tmp_path / "one.json"
    path.write_bytes(data)
    told("replay", "--sandbox", "basic", str(path))
    (history / "20260101T000000000000Z-aa11.json").write_bytes(data)
    History().add(record(id="bb22"))
    assert "bb22" in told("history", "list")[1]
    assert "bb22" in told("history", "list", "--json")[1]
    told("history", "search", "x")
    told("history", "show", "aa11")
    told("history", "show", "aa11", "--json")
    told("history", "show", "aa11", "--markdown")
    told("history", "show", "aa11", "--html", str(tmp_path / "page.html"))
    assert "bb22" in told("history", "export")[1]


def test_what_else_may_lie_in_the_history(told: Any, history: Path) -> None:
    name = "20260101T00000000000{}Z-cc{}.json"
    (history / name.format(1, 1)).mkdir()
    os.mkfifo(history / name.format(2, 2))
    (history / name.format(3, 3)).symlink_to("/dev/zero")
    (history / name.format(4, 4)).symlink_to("nowhere")
    (history / "99999999T999999999999Z-dd.json").write_text("{}")
    (history / "٢٠٢٦0101T000000000000Z-ee.json").write_text("{}")
    (history / "letter.txt").write_text("mine")
    (history / "folder").mkdir()
    History().add(record(id="bb22"))
    assert "bb22" in told("history", "list")[1]
    for id in ("cc1", "cc2", "cc3", "cc4"):
        assert told("history", "show", id)[0] == 2
    assert told("history", "clear", "--yes")[0] == 0
    assert (history / "letter.txt").read_text() == "mine"
    assert (history / "folder").is_dir()


ROWS: dict[str, bytes] = {
    "empty.jsonl": b"", "nul.jsonl": b"\0" * 100, "deep.jsonl": b"[" * 100_000,
    "deep.json": b'[{"problem":' * 50_000, "list.json": b"[1, [2], null]", "number.json": b"5",
    "bom.csv": b"\xef\xbb\xbfproblem,answer\n1+1,2\n", "utf16.csv": "problem\n1".encode("utf-16"),
    "long.csv": b"problem,answer\n" + b"x" * 1_000_000 + b",2\n",
    "cr.csv": b"problem,answer\r1,2\r",
    "nul.csv": b"problem,answer\n\0,\0\n", "quote.csv": b'problem,answer\n"1,2\n',
    "odd.jsonl": b'{"problem": [1], "answer": {}}\n{"problem": null}\n5\n"x"\nnan\n',
    "nan.jsonl": b'{"problem": "1+1", "answer": NaN}\n',
    "controls.csv": b"problem,answer\n\x1b[2J,\x9b\n",
    "controls.jsonl": json.dumps({"problem": ALL, "answer": ALL, "prediction": ALL}).encode(),
    "keys.jsonl": json.dumps({ALL: ALL, "problem": "1", "answer": "1", "prediction": "1"}).encode(),
    "bomb.jsonl.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\0", "no.parquet": b"PAR1",
    "own.jsonl": json.dumps({"key": [1], "index": {}, "prediction": 5, "input": 5, "verdict": [],
                             "expected_answer": {}, "samples": 5, "verdicts": 5}).encode(),
    "own2.jsonl": json.dumps({"key": "a", "index": 0, "prediction": "5", "input": {}, "groups": 5,
                              "verdict": "correct", "expected_answer": "5", "segments": [5],
                              "counts": 5, "timing": [], "verdicts": ["correct"] * 3}).encode(),
    "many.csv": b",".join(b"c%d" % n for n in range(20_000)) + b"\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_damaged_sheet_or_dataset(told: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ROWS[name])
    told("grade", str(path), "--timeout", "1")
    told("grade", str(path), "--json", "--timeout", "1")
    told("grade", str(path), "-o", str(tmp_path / "out.csv"), "--timeout", "1")
    if (tmp_path / "out.csv").exists():
        assert not found_in((tmp_path / "out.csv").read_text())
    told("eval", "--from", str(path))
    told("eval", "--compare", str(path), str(path))
    assert path.read_bytes() == ROWS[name]


@pytest.mark.parametrize("kind", ["a file", "a pipe", "a circle"])
def test_what_is_no_folder_in_the_place_of_the_history(told: Any, history: Path, kind: str) -> None:
    history.rmdir()
    if kind == "a file":
        history.write_text("mine")
    elif kind == "a pipe":
        os.mkfifo(history)
    else:
        history.symlink_to(history.name)
    for words in ("list", "clear --yes", "show last", "search x", "export"):
        code, _, err = told("history", *words.split())
        assert code == 2
        assert str(history) in err
    assert history.is_symlink() or history.exists()


NAMES = [
    "~nosuch/x", "a\0b", "x" * 5000, "https://[", "..", "", "-", "/dev/zero", "\x1b[2J", "a:b:c",
    "/etc/passwd/x", "file:///etc/passwd", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ds.jsonl").write_text('{"problem": "1+1", "answer": "2", "prediction": "2"}\n')
    for words in (
        ["solve", "--no-history", "--card", name, "1+1"],
        ["models", "pull", "--offline", name],
    ):
        assert told(*words)[0] in (2, 4), words
    if name != "":
        assert told("solve", "--no-history", "--model", name, "1+1")[0] in (2, 4)
    for words in (
        ["batch", "--model", "nowhere.gguf", name],
        ["eval", "--from", name],
        ["eval", "--from", "ds.jsonl", "--html", f"{tmp_path}/absent/x{name}"],
        ["grade", "ds.jsonl", "-o", f"{tmp_path}/absent/x{name}"],
        ["calibrate", "ds.jsonl", "--model", name or "nowhere.gguf"],
    ):
        assert told(*words)[0] in (2, 4), words


@pytest.mark.parametrize("home", [None, "", "/dev/null", "/nonexistent", "relative"])
def test_a_home_that_is_none(told: Any, monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("pathlib.Path.expanduser", _no_home)
    assert told("models", "list")[0] == 0


def _no_home(path: Path) -> Path:
    """What becomes of `~` for a user whom the system does not know."""
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.skipif(os.name != "posix", reason="permissions")
@pytest.mark.parametrize("what", ["config", "cache", "data"])
def test_folders_that_are_not_for_this_user(tmp_path: Path, what: str) -> None:
    """As an ordinary user: root may look everywhere, and its children, too."""
    if os.geteuid() == 0:
        pytest.skip("root may look everywhere")
    folder = tmp_path / what / "mathcli"
    (folder / "models").mkdir(parents=True)
    folder.chmod(0)
    places = {
        f"XDG_{name.upper()}_HOME": str(tmp_path / name) for name in ("config", "cache", "data")
    }
    try:
        for words in ("models list", "models verify", "check 1 1", "history list", "config"):
            done = subprocess.run(
                [sys.executable, "-m", "mathcli", *words.split()],
                env={**os.environ, **places}, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert done.returncode in (0, 2), done.stderr
            assert "internal error" not in done.stderr
    finally:
        folder.chmod(0o700)
