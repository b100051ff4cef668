"""Shards of a batch: every row in exactly one, and their files joined or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.batches import BadLine, Merge, Problem, Shard, read_problems
from mathcli.errors import BatchStopped, UsageError

PROBLEMS = [f"What is {n} + 1?" for n in range(40)]


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(1, 9))
def test_every_row_is_in_exactly_one_shard(texts: list[str], of: int) -> None:
    lines = [(text + "\n").encode("utf-8", "replace") for text in texts]
    for row in read_problems("problems.jsonl", lines):
        assert sum(Shard(number, of).has(row) for number in range(1, of + 1)) == 1


def test_a_shard_is_the_same_whatever_stands_around_it() -> None:
    whole = {row.key for row in rows(PROBLEMS) if Shard(2, 3).has(row)}
    part = {row.key for row in rows(PROBLEMS[::-2]) if Shard(2, 3).has(row)}
    assert part < whole


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1.0/3"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form I/N"):
        Shard.parse(text)
    assert Shard.parse(" 3/3 ") == Shard(3, 3)


def rows(texts: list[str]) -> list[Problem]:
    found = list(read_problems("p.txt", [f"{text}\n".encode() for text in texts]))
    return [row for row in found if not isinstance(row, BadLine)]


def result(row: Problem, shard: Shard, due: int, **more: Any) -> dict[str, Any]:
    return {
        "key": row.key,
        "run": "0" * 16,
        "index": row.index,
        "prediction": row.text[::-1],
        "shard": shard.record(due, len(PROBLEMS)),
        **more,
    }


def write_shards(folder: Path, of: int, **more: Any) -> list[Path]:
    """The files of a batch of so many shards, each in an order of its own."""
    paths = []
    for number in range(1, of + 1):
        shard = Shard(number, of)
        own = [row for row in rows(PROBLEMS) if shard.has(row)]
        path = folder / f"{number}.jsonl"
        path.write_text("".join(dump(result(row, shard, len(own), **more)) for row in own[::-1]))
        paths.append(path)
    return paths


def dump(record: dict[str, Any]) -> str:
    return json.dumps(record) + "\n"


def change_first(path: Path, **changes: Any) -> None:
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text(dump(json.loads(first) | changes) + "".join(rest))


@pytest.mark.parametrize("of", [1, 3, 64])  # of 64, some have no problem
def test_each_problem_once_in_order(tmp_path: Path, of: int) -> None:
    paths = write_shards(tmp_path, of)
    merge = Merge([*paths[::-1], paths[0]])  # a file given twice says nothing new
    merge.check_complete()
    records = [json.loads(line) for line in merge.records()]
    assert [one["prediction"][::-1] for one in records] == PROBLEMS
    assert [list(one) for one in records] == [["key", "run", "index", "prediction"]] * 40


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    paths = write_shards(tmp_path, 3)
    due = len(paths[1].read_text().splitlines())
    paths[1].write_text("".join(paths[1].read_text().splitlines(keepends=True)[:-2]))
    with pytest.raises(BatchStopped) as caught:
        Merge(paths).check_complete()
    said = f"2 of 40 problems are missing: shard 2/3 has {due - 2} of its {due}"
    assert caught.value.message == said
    with pytest.raises(BatchStopped, match="there are no results of shard 3/3"):
        Merge(paths[:2]).check_complete()
    with pytest.raises(BatchStopped, match="there are no results"):
        Merge([]).check_complete()


def test_a_torn_line_is_a_shard_to_run_again(tmp_path: Path) -> None:
    paths = write_shards(tmp_path, 3)
    paths[2].write_bytes(paths[2].read_bytes()[:-9])
    with pytest.raises(BatchStopped, match=r"3\.jsonl ends in the middle of a line"):
        Merge(paths)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"run": "1" * 16}, "another model, method or sampling"),
        ({"calibration": "a1"}, "another model, method or sampling"),
        ({"shard": None}, "was not written with --shard"),
        ({"shard": {"number": True}}, "is not a result of a batch"),
        ({"shard": Shard(1, 10**12).record(1, 1)}, "is not a result of a batch"),
        ({"key": "f" * 24}, "is not a result of a batch"),  # of another shard
        ({"key": "none"}, "is not a result of a batch"),
        ({"key": 5}, "is not a result of a batch"),
        ({"index": -1}, "is not a result of a batch"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    paths = write_shards(tmp_path, 3)
    change_first(paths[2], **changes)
    with pytest.raises(UsageError, match=said):
        Merge(paths)


def test_shards_of_two_batches_are_refused(tmp_path: Path) -> None:
    (tmp_path / "four").mkdir()
    with pytest.raises(UsageError, match=r"1\.jsonl is one of 4 shards, .* one of 3"):
        Merge([*write_shards(tmp_path, 3), *write_shards(tmp_path / "four", 4)])


def test_two_results_of_one_problem_are_refused(tmp_path: Path) -> None:
    paths = write_shards(tmp_path, 2)
    other = tmp_path / "again.jsonl"
    other.write_text(paths[0].read_text())
    change_first(other, prediction="7")
    with pytest.raises(
        UsageError, match=r"two different results, in .*1\.jsonl and .*again\.jsonl"
    ):
        Merge([*paths, other])


def test_shards_of_two_inputs_are_refused(tmp_path: Path) -> None:
    paths = write_shards(tmp_path, 2)
    index = json.loads(paths[1].read_text().splitlines()[0])["index"]
    change_first(paths[0], index=index)
    with pytest.raises(UsageError, match="results of different inputs"):
        Merge(paths)


@pytest.mark.parametrize(
    "data", [b"a poem\n", b"[1]\n", b"5\n", b"\n", b'{"key": "a"}\n', b"\xff\n"]
)
def test_files_of_something_else(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="line 1, is not a result of a batch"):
        Merge([path])
    with pytest.raises(UsageError, match="cannot read"):
        Merge([tmp_path])
