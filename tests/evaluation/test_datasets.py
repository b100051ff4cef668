from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.evaluation.datasets import read_dataset


def rows(count: int) -> list[dict[str, Any]]:
    return [{"problem": f"What is {n} + 1?", "answer": n + 1} for n in range(count)]


def jsonl(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(
    "form",
    [
        "jsonl",
        "json",
        "data.json",
        "viewer.json",
        "numbered.json",
        "jsonl.gz",
        "csv",
        "tsv",
        "tsv.gz",
    ],
)
def test_every_form_holds_the_same(form: str, tmp_path: Path) -> None:
    path, data = tmp_path / f"set.{form}", rows(3)
    if form.startswith(("csv", "tsv")):
        between = "," if form == "csv" else "\t"
        cells = [("problem", "answer"), *((r["problem"], r["answer"]) for r in data)]
        text = "".join(f"{left}{between}{right}\n" for left, right in cells)
    elif form.startswith("jsonl"):
        text = "".join(json.dumps(row) + "\n" for row in data)
    else:
        wrapped = {"json": data, "data.json": {"data": data},
                   "numbered.json": {str(at): row for at, row in enumerate(data)},
                   "viewer.json": {"rows": [{"row": row} for row in data]}}  # fmt: skip
        text = json.dumps(wrapped[form], indent=1)
    path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    found = read_dataset(path)
    assert [(p.index, p.text, p.expected) for p in found.problems] == [
        (n, f"What is {n} + 1?", str(n + 1)) for n in range(3)
    ]
    assert found.bad == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_table_as_a_spreadsheet_saves_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_bytes("problem;answer\nWie groß, 1 + 1?;2,5\n".encode(encoding))
    (problem,) = read_dataset(path).problems
    assert (problem.text, problem.expected) == ("Wie groß, 1 + 1?", "2,5")


def test_the_folder_that_math_was_published_as(tmp_path: Path) -> None:
    for subject, number in (("algebra", 10), ("algebra", 9), ("geometry", 1)):
        (tmp_path / "test" / subject).mkdir(parents=True, exist_ok=True)
        row = {"problem": f"{subject} {number}", "level": "Level 1", "type": subject,
               "solution": f"\\boxed{{{number}}}"}  # fmt: skip
        (tmp_path / "test" / subject / f"{number}.json").write_text(json.dumps(row))
    found = read_dataset(tmp_path)
    assert found.layout == "math"
    assert [p.id for p in found.problems] == [
        "test/algebra/9.json", "test/algebra/10.json", "test/geometry/1.json",
    ]  # fmt: skip


def test_rows_without_a_key_are_told_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"problem": "1+1?", "answer": 2}\n{oops\n{"problem": "Prove it."}\n')
    found = read_dataset(path)
    assert len(found.problems) == 1
    assert [(row.line, row.reason[:24]) for row in found.bad] == [
        (2, "it is not JSON (Expectin"), (3, "it has no right answer"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"a": 1, "b": 2}\n', "its fields are: a, b"),
        ("a.jsonl", "", "holds no problems"),
        ("a.parquet", "PAR1", "is no text"),
        ("a.csv", "x,y\n1,2\n", "its fields are: x, y"),
    ],
)
def test_what_is_no_dataset(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as raised:
        read_dataset(path)
    assert raised.value.hint


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_dataset(tmp_path / "none.jsonl")


def test_a_part_of_it(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", [*rows(50), {"problem": "Prove it."}])
    whole = read_dataset(path)
    assert len(whole.bad) == 1
    first = whole.limited(10)
    assert [p.index for p in first.problems] == list(range(10))
    assert first.bad == ()
    drawn = [p.index for p in whole.sampled(10, seed=1).problems]
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 10
    assert drawn == [p.index for p in whole.sampled(10, seed=1).problems]
    assert drawn != [p.index for p in whole.sampled(10, seed=2).problems]
    assert len(whole.sampled(100, seed=1).problems) == 50


def test_keys_are_the_same_in_every_part(tmp_path: Path) -> None:
    whole = read_dataset(jsonl(tmp_path / "set.jsonl", [*rows(5), *rows(5)]))
    assert len({p.key for p in whole.problems}) == 10
    assert [p.key for p in whole.limited(3).problems] == [p.key for p in whole.problems[:3]]


DAMAGED = gzip.compress(json.dumps(rows(50)).encode(), mtime=0)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x1f\x8b", DAMAGED[:60], DAMAGED[:-3], DAMAGED[:40] + b"\xff" * 9 + DAMAGED[49:],
     DAMAGED + b"more", b"no gzip at all"],
)  # fmt: skip
def test_damaged_gzip_is_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "set.json.gz"
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        read_dataset(path)
    assert "\n" not in caught.value.message


def test_a_file_is_not_unpacked_beyond_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kilobyte of gzip may hold a gigabyte, also in many members."""
    monkeypatch.setattr("mathcli.input_files.bounded.__kwdefaults__", {"most": 1 << 20})
    for name, data in {
        "one": gzip.compress(b"\0" * (8 << 20)),
        "many": gzip.compress(b" " * 100_000) * 80,
        "plain": b" " * (8 << 20),
    }.items():
        path = tmp_path / ("set.jsonl" if name == "plain" else "set.jsonl.gz")
        path.write_bytes(data)
        tracemalloc.start()
        with pytest.raises(UsageError, match=r"set\.jsonl.* is longer than 1 MiB"):
            read_dataset(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6 << 20


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_is_a_dataset(kind: str, tmp_path: Path) -> None:
    from mathcli.spreadsheets import Sheetful, write_workbook

    path = tmp_path / f"set.{kind}"
    rows = [["problem", "answer"], ["What is 2+3?", "5"]]
    path.write_bytes(write_workbook(path.name, kind, [Sheetful("A", rows)]))
    (problem,) = read_dataset(path).problems
    assert (problem.text, problem.expected) == ("What is 2+3?", "5")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_json_lines_in_another_encoding_are_said(encoding: str, tmp_path: Path) -> None:
    path, told = tmp_path / "set.jsonl", list[str]()
    path.write_bytes('{"problem": "Wie groß ist 1+1?", "answer": "2"}\n'.encode(encoding))
    (problem,) = read_dataset(path, told.append).problems
    assert problem.text == "Wie groß ist 1+1?"
    assert len(told) == 1


def test_a_quote_that_is_never_closed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text('problem,answer\n"1+1,2\n2+2,4\n')
    with pytest.raises(UsageError, match="line 2: a quote opened here is never closed"):
        read_dataset(path)


def test_no_problem_has_a_nul_character(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"problem": "1\\u0000", "answer": 2}\n{"problem": "1+1", "answer": 2}\n')
    found = read_dataset(path)
    assert [one.text for one in found.problems] == ["1+1"]
    assert "NUL" in found.bad[0].reason
