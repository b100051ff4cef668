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
from mathcli.batches.journal import place_of_results
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
        ("a1", UNCALIBRATED, "a calibration of --method auto that no longer exists"),
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
    with pytest.raises(UsageError, match="line 1, is not a result of a batch"):
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


# -- files that are not its own ----------------------------------------------------------------

FOREIGN = {
    "a document": b'{"precious": "no final newline"}',
    "a document with a key": b'{"key": "a", "precious": 1}\n',
    "a text": b"chapter 1\nchapter 2, no final newline",
    "one line": b"chapter 1",
    "a dataset": b'{"problem":"1+1","answer":"2"}\n{"problem":"2+2","answer":"4"}',
    "a list": b"[1, 2]\n",
    "a number": b"5\n",
    "deep": b"[" * 100_000,
    "bytes": bytes(range(256)) * 10,
    "an unhashable key": b'{"key": ["a"], "run": "0123456789abcdef"}\n',
    "blank lines": b"\n\n",
    "another beginning": b'{"key": "a", "ru',
}


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_a_batch_did_not_begin_is_never_changed(
    tmp_path: Path, name: str, fresh: bool
) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(FOREIGN[name])
    with pytest.raises(UsageError, match="is not a result of a batch"):
        Journal(path, SETTINGS, fresh=fresh)
    assert path.read_bytes() == FOREIGN[name]


def begun(path: Path) -> bytes:
    with Journal(path, SETTINGS) as journal:
        journal.add("a", {"answer": "1"})
    return path.read_bytes()


@pytest.mark.parametrize(
    "after", [b"my own words", b'{"mine": 1}', b'{"key": "b", "run": "0', b"\0"]
)
def test_a_tail_that_is_not_its_own_stays(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "out.jsonl"
    whole = begun(path) + after
    path.write_bytes(whole)
    if after.startswith(b'{"key": "b"'):  # this may be the beginning of its own
        after = b'{"key": "b", "run": "ffffffffffffffff", "x'
        path.write_bytes(whole := begun(tmp_path / "new.jsonl") + after)
    with pytest.raises(UsageError):
        Journal(path, SETTINGS)
    assert path.read_bytes() == whole


def test_every_torn_end_of_a_record_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    line = begun(path)
    for cut in range(1, len(line) - 2):
        path.write_bytes(line + line[:cut])
        with Journal(path, SETTINGS):
            pass
        assert path.read_bytes() == line


def test_a_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(begun(path)[:-1])
    with Journal(path, SETTINGS) as journal:
        assert list(journal.done) == ["a"]
        journal.add("b", {})
    assert [line["key"] for line in lines(path)] == ["a", "b"]


def test_a_torn_record_alone_goes_on_where_it_names_the_run(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    whole = begun(path)
    path.write_bytes(whole[:-5])
    with Journal(path, SETTINGS) as journal:
        assert not journal.done


def test_the_input_is_no_output(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    whole = begun(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(UsageError, match="is the input"):
        Journal(tmp_path / "link", SETTINGS, fresh=True, inputs=[path])
    assert path.read_bytes() == whole


def test_links_and_modes_are_kept_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "real.jsonl"
    path.touch(0o600)
    (tmp_path / "link").symlink_to("real.jsonl")
    with Journal(tmp_path / "link", SETTINGS) as journal:
        journal.add("b", {})
        journal.add("a", {})
        journal.finish(["a", "b"])
    assert [line["key"] for line in lines(path)] == ["a", "b"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_gets_results_and_is_not_read(device: str) -> None:
    with Journal(Path(device), SETTINGS) as journal:
        assert journal.streams
        journal.add("b", {})
        journal.add("a", {})
        journal.finish(["a", "b"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_device_stops_the_batch() -> None:
    full = Path("/dev/full")
    with Journal(full, SETTINGS) as journal, pytest.raises(BatchStopped, match="No space left"):
        journal.add("a", {})


def test_a_pipe_gets_lines_as_they_finish(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(BatchStopped, match="nobody reads from it"):
        Journal(pipe, SETTINGS)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with Journal(pipe, SETTINGS) as journal:
        journal.add("b", {"x": 1})
        assert json.loads(os.read(reader, 9999))["key"] == "b"
        os.close(reader)
        with pytest.raises(BatchStopped, match="cannot be written"):
            journal.add("a", {})


def test_harmful_characters_are_escaped_in_the_file(tmp_path: Path) -> None:
    from tests.harmful import ALL, found_in

    path = tmp_path / "out.jsonl"
    with Journal(path, SETTINGS) as journal:
        journal.add("a", {"answer": ALL})
    assert not found_in(path.read_text())
    assert lines(path)[0]["answer"] == ALL


@pytest.mark.parametrize("name", ["a b.xlsx", "x.csv", "x.TSV", "x.ods", "x.html", "x.pdf", "x.md"])
def test_results_get_no_name_of_another_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="says another format") as refused:
        place_of_results(tmp_path / name)
    assert f"{Path(name).stem}.jsonl" in refused.value.hint
    assert ("mathcli grade" in refused.value.hint) == (
        Path(name).suffix not in (".html", ".pdf", ".md")
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x", "x.jsonl", "x.NDJSON", "x.json", "x.out", "x.log", "run.v2"])
def test_other_names_may_hold_results(tmp_path: Path, name: str) -> None:
    assert not place_of_results(tmp_path / name).exists


def test_a_batch_that_has_begun_under_a_tables_name_can_be_resumed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(json.dumps({"key": "a", "run": SETTINGS.key}) + "\n")
    with Journal(path, SETTINGS) as journal:
        assert list(journal.done) == ["a"]
