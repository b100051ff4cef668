"""A resident engine as users meet it: real processes, on the embedded model."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mathcli.cli import app
from mathcli.resident.place import Place, place
from mathcli.resources import embedded_model
from tests.cli.conftest import Done, Run

QUADRATIC = "Solve x^2 - 5x + 6 = 0"
USED = "using the resident engine (process "


@pytest.fixture
def mathcli(capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, which has everything imported: only residents are others."""

    def run(*words: str) -> Done:
        capfd.readouterr()
        code = app.run(words)
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Done(code, out, err)

    return run


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch, short_folder: Path, mathcli: Run) -> Iterator[Place]:
    """A runtime folder of its own, in which nothing is left running."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    yield place()
    mathcli("serve", "stop")


def status(mathcli: Run) -> dict[str, Any] | None:
    found = json.loads(mathcli("serve", "status", "--json").out)["resident"]
    assert found is None or isinstance(found, dict)
    return found


def pid_of(mathcli: Run) -> int:
    found = status(mathcli)
    assert found is not None
    return int(found["pid"])


def gone(pid: int) -> bool:
    """Have all its threads ended? Its files are closed only when the last one has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "Z" and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    except OSError:
        return True


def wait_until_gone(pid: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def transcript(done: Done) -> dict[str, Any]:
    """What does not depend on the moment."""
    record = json.loads(done.out)
    for key in ("id", "timing"):
        del record[key]
    del record["counts"]["evaluated_tokens"]  # what others had evaluated costs nothing
    for segment in record["segments"]:
        del segment["ms"]
    return dict(record)


def test_the_first_call_starts_it_and_all_use_it(mathcli: Run) -> None:
    without = mathcli("solve", "--json", QUADRATIC)
    first = mathcli("solve", "--json", "--keep", "5m", QUADRATIC)
    pid = pid_of(mathcli)
    assert first.err == f"{USED}{pid}), which ends after 5 min without use\n"
    assert transcript(first) == transcript(without)
    again = mathcli("solve", "--json", QUADRATIC)
    assert again.err == f"{USED}{pid})\n"
    assert transcript(again) == transcript(without)
    refused = mathcli("solve", "-q", "--no-resident", QUADRATIC)
    assert (refused.out, refused.err) == ("2, 3\n", "")
    trace = mathcli("solve", QUADRATIC)
    assert "→ [2, 3]" in trace.out
    shown = mathcli("serve", "status")
    assert shown.code == 0
    assert shown.out.startswith(f"nano.gguf (process {pid}, mathcli ")
    found = status(mathcli)
    assert found is not None
    assert (found["calls"], found["keep_seconds"]) == (0, 300)
    # What it does not fit, it is not used for, and says why.
    for words, why in (
        (("--context", "256"), "--context"),
        (("--threads", "1"), "--threads"),
        (("--keep", "1m", "--context", "300"), "--context"),
    ):
        other = mathcli("solve", "-q", *words, QUADRATIC)
        assert other.out == "2, 3\n"
        assert other.err.startswith("no resident engine is used: ")
        assert why in other.err
    assert mathcli("solve", "-q", "--seed", "1", "--samples", "3", QUADRATIC).out == "2, 3\n"
    other = mathcli("serve", "--keep", "1m")
    assert (other.code, "already" in other.err) == (2, True)
    done = mathcli("serve", "stop")
    assert (done.code, done.err) == (0, f"the resident engine (process {pid}) has ended\n")
    wait_until_gone(pid)
    assert mathcli("serve", "stop").code == 1
    assert mathcli("serve", "status").out == "there is no resident engine\n"


def test_a_changed_file_and_another_model_are_not_used_by_mistake(
    mathcli: Run, tmp_path: Path, tiny_model: Path
) -> None:
    model = tmp_path / "nano.gguf"
    model.write_bytes(embedded_model().read_bytes())
    words = ("solve", "-q", "--model", str(model), "--card", "nano")
    assert USED in mathcli(*words, "--keep", "5m", QUADRATIC).err
    first = pid_of(mathcli)
    other = mathcli("solve", "-q", "--model", str(tiny_model), "--max-tokens", "5", "--keep",
                    "5m", "1+1")  # fmt: skip
    assert "it keeps nano.gguf" in other.err
    os.utime(model, (1, 1))
    stale = mathcli(*words, QUADRATIC)
    assert (stale.out, "has changed since it was loaded" in stale.err) == ("2, 3\n", True)
    renewed = mathcli(*words, "--keep", "5m", QUADRATIC)
    assert renewed.out == "2, 3\n"
    assert pid_of(mathcli) != first
    wait_until_gone(first)
    replaced = subprocess.Popen(
        [sys.executable, "-m", "mathcli", "serve", "--model", str(tiny_model), "--replace"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert replaced.stderr is not None
    assert b"keeping tiny.gguf" in replaced.stderr.readline()
    found = status(mathcli)
    assert found is not None
    assert found["model"] == str(tiny_model)
    replaced.send_signal(signal.SIGTERM)
    assert replaced.wait(60) == 0
    assert status(mathcli) is None


def test_what_a_kill_leaves_is_cleared_by_the_next_call(mathcli: Run, at: Place) -> None:
    mathcli("solve", "-q", "--keep", "5m", QUADRATIC)
    pid = pid_of(mathcli)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    assert at.socket.exists()
    done = mathcli("solve", "-q", QUADRATIC)
    assert (done.out, done.err) == ("2, 3\n", "")
    assert not at.socket.exists()


def test_it_ends_by_itself_and_a_wrong_length_of_time_is_a_usage_error(mathcli: Run) -> None:
    mathcli("solve", "-q", "--keep", "0.5s", QUADRATIC)
    deadline = time.monotonic() + 60
    while status(mathcli) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    for words in ("soon", "-1m", "0", "1y"):
        assert mathcli("solve", "--keep", words, "1+1").code == 2


def test_a_model_that_does_not_load_says_so_as_without(mathcli: Run, tmp_path: Path) -> None:
    model = tmp_path / "broken.gguf"
    model.write_bytes(b"GGUF" + bytes(100))
    done = mathcli("solve", "-q", "--keep", "1m", "--model", str(model), "1+1")
    assert done.code == 4


# -- batches ---------------------------------------------------------------------------------


def problems(path: Path, count: int) -> Path:
    path.write_text("".join(f"What is {n} * {n + 3} + {n}?\n" for n in range(2, 2 + count)))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def answers(path: Path) -> list[tuple[str, str]]:
    found = ((row["problem"], (row.get("answer") or {"text": ""})["text"]) for row in rows(path))
    return sorted(found)


def test_calls_at_once_share_one_engine(mathcli: Run, tmp_path: Path) -> None:
    """Of four first calls one starts it; interrupting one of them takes nothing from the rest."""
    given = problems(tmp_path / "in.txt", 6)
    alone = tmp_path / "alone.jsonl"
    mathcli("batch", "--no-resident", str(given), "-o", str(alone))
    outs = [tmp_path / f"{n}.jsonl" for n in range(3)]
    calls = [
        subprocess.Popen(
            [sys.executable, "-m", "mathcli", "batch", "--keep", "5m", str(given), "-o", str(out)],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )
        for out in outs
    ]  # fmt: skip
    said = [call.communicate(timeout=120)[1].decode() for call in calls]
    pid = pid_of(mathcli)
    assert [call.returncode for call in calls] == [0, 0, 0]
    assert all(f"{USED}{pid})" in one for one in said), said
    for out in outs:
        assert answers(out) == answers(alone)


@pytest.mark.slow
def test_a_batch_survives_kills_of_the_engine_at_random_moments(
    mathcli: Run, tmp_path: Path, at: Place
) -> None:
    """Up to twenty real SIGKILLs, as many as the time allows: the batch ends complete, each row
    exactly once, with the same answers."""
    given = problems(tmp_path / "in.txt", 48)
    alone = tmp_path / "alone.jsonl"
    mathcli("batch", "--no-resident", str(given), "-o", str(alone))
    kills, chance = 0, random.Random(7)
    for attempt in range(5):  # a batch may end early on an engine of its own
        out = tmp_path / f"out{attempt}.jsonl"
        kills += killed_during_batch(given, out, at, chance)
        found = rows(out)
        assert len(found) == len({row["problem"] for row in found}) == 48
        assert answers(out) == answers(alone)
        if kills >= 3:
            return
    pytest.fail(f"only {kills} kills")


def killed_during_batch(given: Path, out: Path, at: Place, chance: random.Random) -> int:
    """Run a batch that keeps an engine, and kill that again and again; how often."""
    batch = subprocess.Popen(
        [sys.executable, "-m", "mathcli", "batch", "--keep", "5m", str(given), "-o", str(out)],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    kills, end = 0, time.monotonic() + 15
    while batch.poll() is None and kills < 20 and time.monotonic() < end:
        time.sleep(chance.uniform(0.0, 0.5))
        pid = listener(at)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid)
            kills += 1
    assert batch.wait(240) == 0
    return kills


def listener(at: Place) -> int | None:
    """The process that listens there, without asking it."""
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and words[7] == str(at.socket) and words[5] == "01":
            return _owner(words[6])
    return None


def _owner(inode: str) -> int | None:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(one.readlink()) == f"socket:[{inode}]" for one in (folder / "fd").iterdir()):
                return int(folder.name)
        except OSError:
            continue
    return None
