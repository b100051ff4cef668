from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mathcli.batches import UNCALIBRATED, Journal, RunSettings
from mathcli.engines import Sampling
from mathcli.errors import BatchStopped, UsageError
from mathcli.solving import ModelInfo, SolveOptions

MODEL = ModelInfo("m", "m.gguf", "0" * 64, "F16", "an engine", "nano")
SETTINGS = RunSettings(MODEL, SolveOptions("tir"))


def calibrated(digest: str | None) -> RunSettings:
    return RunSettings(MODEL, SolveOptions("auto"), calibration=digest)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_results_are_in_the_file_as_soon_as_they_are_added(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    with Journal(path, SETTINGS) as journal:
        journal.add("b", {"answer": "2"})
        assert lines(path) == [{"key": "b", "run": SETTINGS.key, "answer": "2"}]


def test_the_end_puts_them_into_input_order(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, SETTINGS) as journal:
        for key in ("c", "a", "b"):
            journal.add(key, {})
        journal.finish(["a", "b", "c"])
    assert [line["key"] for line in lines(path)] == ["a", "b", "c"]
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_torn_line_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, SETTINGS) as journal:
        journal.add("a", {"answer": "1"})
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    with Journal(path, SETTINGS) as journal:
        assert list(journal.done) == ["a"]
        journal.add("b", {})
    assert [line["key"] for line in lines(path)] == ["a", "b"]


@pytest.mark.parametrize(
    "other",
    [
        RunSettings(MODEL, SolveOptions("cot")),
        RunSettings(MODEL, SolveOptions("tir", Sampling(seed=1))),
        RunSettings(MODEL, SolveOptions("tir", samples=4)),
        RunSettings(replace(MODEL, sha256="1" * 64), SolveOptions("tir")),
        RunSettings(replace(MODEL, card="tora"), SolveOptions("tir")),
        RunSettings(MODEL, SolveOptions("tir"), "reward"),
    ],
)
def test_other_settings_ask_for_another_file_or_fresh(tmp_path: Path, other: RunSettings) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, SETTINGS) as journal:
        journal.add("a", {})
    with pytest.raises(UsageError, match="another model, method or sampling") as caught:
        Journal(path, other)
    assert "--fresh" in (caught.value.hint or "")
    with Journal(path, other, fresh=True) as journal:
        assert not journal.done


@pytest.mark.parametrize(
    ("begun", "now", "said"),
    [
        (UNCALIBRATED, "a1", "before --method auto had the calibration"),
        ("a1", UNCALIBRATED, "a calibration of --method auto that is not there any more"),
        ("a1", "b2", "another calibration of --method auto"),
    ],
)
def test_another_calibration_is_named_in_words(
    tmp_path: Path, begun: str, now: str, said: str
) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, calibrated(begun)) as journal:
        journal.add("a", {})
    with pytest.raises(UsageError, match=said) as caught:
        Journal(path, calibrated(now))
    assert "--fresh" in (caught.value.hint or "")
    with Journal(path, calibrated(begun)) as journal:
        assert list(journal.done) == ["a"]


def test_a_file_that_does_not_name_its_calibration_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, calibrated(None)) as journal:  # as it was written before
        journal.add("a", {})
    assert set(lines(path)[0]) == {"key", "run"}
    with Journal(path, calibrated("a1")) as journal:
        assert list(journal.done) == ["a"]
        journal.add("b", {})
    with pytest.raises(UsageError, match="another calibration"):  # since b, one is known
        Journal(path, calibrated("b2"))


def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Roses are red\n")
    with pytest.raises(UsageError, match="line 1, is no result of a batch"):
        Journal(path, SETTINGS)
    assert path.read_text() == "Roses are red\n"


def test_two_batches_on_one_file_the_second_refuses(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(path, SETTINGS), pytest.raises(UsageError, match="another batch is writing"):
        Journal(path, SETTINGS)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BatchStopped, match="cannot be written"):
        Journal(tmp_path / "file" / "out.jsonl", SETTINGS)


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """A limit on the file's size fails a write as a full disk does: after a part of it."""
    path = tmp_path / "out.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Journal(path, SETTINGS) as journal:
        journal.add("a", {"answer": "1"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 30, before[1]))
        try:
            with pytest.raises(BatchStopped, match="cannot be written"):
                journal.add("b", {"answer": "2" * 100})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
        assert [line["key"] for line in lines(path)] == ["a"]
        journal.add("b", {"answer": "2"})
    assert [line["key"] for line in lines(path)] == ["a", "b"]


def test_a_folder_that_vanishes_is_said_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    with Journal(folder / "out.jsonl", SETTINGS) as journal:
        journal.add("b", {})
        journal.add("a", {})
        (folder / "out.jsonl").unlink()
        folder.rmdir()
        with pytest.raises(BatchStopped, match="cannot be written"):
            journal.finish(["a", "b"])


def test_a_kill_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    code = (
        "from pathlib import Path\n"
        "from mathcli.batches import Journal\n"
        "from tests.batches.test_journal import SETTINGS\n"
        f"journal = Journal(Path({str(path)!r}), SETTINGS)\n"
        "print('ready', flush=True)\n"
        "for n in range(10**9): journal.add(str(n), {'text': 'x' * 5000})\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=root) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while path.stat().st_size < 500_000:
            pass
        os.kill(child.pid, signal.SIGKILL)
    with Journal(path, SETTINGS) as journal:
        assert list(journal.done) == [str(n) for n in range(len(journal.done))]
        assert len(journal.done) >= 90
