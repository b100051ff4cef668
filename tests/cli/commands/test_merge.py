"""A batch in shards, as on many machines: each part resumable, together the whole."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

SHARDS = 3


def write_problems(path: Path, count: int) -> Path:
    rows = [{"problem": f"What is {n} + {n + 7}?", "answer": 2 * n + 7} for n in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def solutions(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What a batch found, without its times and its counts of work."""
    return [
        (one["key"], one["index"], one["verdict"], *(part["text"] for part in one["segments"]))
        for one in found
    ]


@pytest.mark.slow
def test_shards_killed_at_random_and_resumed_are_the_whole_batch(
    mathcli: Run, tmp_path: Path
) -> None:
    source, dice = write_problems(tmp_path / "in.jsonl", 60), random.Random(3)
    parts = [tmp_path / f"part-{number}.jsonl" for number in range(1, SHARDS + 1)]
    finished: dict[Path, set[str]] = {part: set() for part in parts}

    def start(number: int) -> subprocess.Popen[bytes]:
        words = ["batch", str(source), "--shard", f"{number}/{SHARDS}", "-o"]
        words += [str(parts[number - 1]), "--deterministic", "--threads", "1"]
        command = [sys.executable, "-m", "mathcli", *words]
        return subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)

    def lines(part: Path) -> list[str]:
        return part.read_text().splitlines(keepends=True) if part.exists() else []

    for several in ([1, 2, 3], [2]):
        running = {number: start(number) for number in several}
        for number, child in running.items():
            part = parts[number - 1]
            wanted = len(finished[part]) + dice.randint(1, 5)
            deadline = time.monotonic() + 120
            while child.poll() is None and len(lines(part)) < wanted:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            with suppress(ProcessLookupError):  # it was done before it could be killed
                os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            whole = {line for line in lines(part) if line.endswith("\n")}
            assert finished[part] <= whole  # byte for byte: nothing is solved again
            finished[part] = whole
    refused = mathcli("merge", *map(str, parts), "-o", str(tmp_path / "all.jsonl"))
    assert refused.code == 6
    assert not (tmp_path / "all.jsonl").exists()
    last = [start(number) for number in range(1, SHARDS + 1)]
    assert [child.communicate()[0] or child.returncode for child in last] == [0] * SHARDS
    joined = mathcli("merge", *map(str, parts), "-o", str(tmp_path / "all.jsonl"))
    assert (joined.code, joined.out) == (0, "")
    assert "60 problems of 3 shards are in" in joined.err
    assert (
        mathcli("batch", str(source), "-o", str(tmp_path / "one.jsonl"), "--deterministic").code
        == 0
    )
    merged, alone = records(tmp_path / "all.jsonl"), records(tmp_path / "one.jsonl")
    assert [one["input"]["problem"] for one in merged] == [
        json.loads(line)["problem"] for line in source.read_text().splitlines()
    ]
    assert solutions(merged) == solutions(alone)
    assert list(map(list, merged)) == list(map(list, alone))  # the same fields in the same order
    # A merged file is a batch's file like any other.
    again = mathcli("batch", str(source), "-o", str(tmp_path / "all.jsonl"), "--deterministic")
    assert again.code == 0
    assert records(tmp_path / "all.jsonl") == merged


def test_shards_in_one_call_after_another(mathcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("What is 2 + 3?\n\nWhat is 4 + 5?\nWhat is 6 * 7?\n")
    for number in (1, 2):
        done = mathcli(
            "batch", str(source), "--shard", f"{number}/2", "-o", str(tmp_path / f"{number}.jsonl")
        )
        assert done.code == 0
    joined = mathcli("merge", str(tmp_path / "2.jsonl"), str(tmp_path / "1.jsonl"))
    found = [json.loads(line) for line in joined.out.splitlines()]
    assert [(one["index"], one["prediction"]) for one in found] == [(0, "5"), (2, "9"), (3, "42")]
    assert all("shard" not in one for one in found)


def test_a_bad_line_is_told_by_one_shard_alone(mathcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"problem": "What is 2 + 3?"}\nno JSON\n')
    codes = [mathcli("batch", str(source), "--shard", f"{n}/2").code for n in (1, 2)]
    assert sorted(codes) == [0, 6]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["batch", "-", "--shard", "1/2"], "--shard needs a file of problems"),
        (["batch", "x.txt", "--shard", "3/2"], "is not of the form I/N"),
        (["merge", "nothing.jsonl"], "cannot read nothing.jsonl"),
        (["merge"], "Missing argument"),
    ],
)
def test_calls_that_make_no_sense(mathcli: Run, words: list[str], said: str) -> None:
    done = mathcli(*words)
    assert done.code == 2
    assert said in done.err


def test_an_input_is_not_overwritten(mathcli: Run, tmp_path: Path) -> None:
    source, part = write_problems(tmp_path / "in.jsonl", 2), tmp_path / "1.jsonl"
    assert mathcli("batch", str(source), "--shard", "1/1", "-o", str(part)).code == 0
    before = part.read_bytes()
    done = mathcli("merge", str(part), "-o", str(part))
    assert done.code == 2
    assert "is the input" in done.err
    assert part.read_bytes() == before
