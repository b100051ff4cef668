"""What is read from outside has a bound: lines, whole files, and files looked up by themselves."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli import input_files
from mathcli.batches import BadLine, Problem, read_problems
from mathcli.errors import UsageError
from mathcli.input_files import bounded, is_file, lines, named, own
from mathcli.toml_text import table_of

MIB = 1 << 20


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach at once."""
    monkeypatch.setattr(input_files, "LONGEST_LINE", 200_000)
    monkeypatch.setattr("mathcli.batches.problem_files.LONGEST_LINE", 200_000)
    monkeypatch.setattr(input_files, "_ENDLESS", 4 * MIB)


class Endless(io.RawIOBase):
    """A stream without a line's end, that counts what was taken from it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.taken += size
        return b"y" * size


@pytest.mark.parametrize("data", [b"", b"a", b"a\n", b"a\n\nb", b"\n", b"a\r\nb" * 70_000])
def test_lines_are_those_that_a_file_has(data: bytes) -> None:
    found = [line.rstrip(b"\n") for line in io.BytesIO(data)]
    assert list(lines(io.BytesIO(data), "x")) == found


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["p.txt", "p.jsonl", "p.csv", "p.tsv", "-"])
def test_a_line_that_is_too_long_is_a_bad_line_and_the_others_are_read(name: str) -> None:
    good = b'{"problem": "1+1"}' if name == "p.jsonl" else b"1+1"
    head = b"problem\n" if name in ("p.csv", "p.tsv") else b""
    data = head + good + b"\n" + b"y" * MIB + b"\n" + good + b"\n"
    rows = list(read_problems(name, lines(io.BytesIO(data), name)))
    assert [row.text for row in rows if isinstance(row, Problem)] == ["1+1", "1+1"]
    [bad] = [row for row in rows if isinstance(row, BadLine)]
    assert "is longer than" in bad.reason
    assert bad.line == 2 + bool(head)
    assert len(bad.text) <= 1000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["p.txt", "p.jsonl", "p.csv", "-"])
def test_a_line_without_end_is_an_error_and_takes_no_memory(name: str) -> None:
    stream = Endless()
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match=r"longer than|is not CSV"):
            list(read_problems(name, lines(stream, name)))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stream.taken < 5 * MIB
    assert peak < 3 * MIB


@pytest.mark.usefixtures("small")
def test_a_row_between_quotes_does_not_go_on_for_ever() -> None:
    def source() -> Iterator[bytes]:
        yield b"problem,answer"
        yield b'"1'
        for _ in range(60_000):
            yield b'","'
        yield b'2"'
        yield b"1+1,2"

    rows = list(read_problems("p.csv", source()))
    assert [row.text for row in rows if isinstance(row, Problem)][-1] == "1+1"
    assert any("longer" in row.reason for row in rows if isinstance(row, BadLine))


def test_a_file_is_read_up_to_its_bound() -> None:
    assert bounded(io.BytesIO(b"abc"), "x", most=3) == b"abc"
    with pytest.raises(UsageError, match="x is longer than"):
        bounded(io.BytesIO(b"abcd"), "x", most=3)
    for name in ("/dev/zero", "absent", "a\0b", "/"):
        with pytest.raises(UsageError):
            named(name, most=MIB)


def test_what_is_looked_up_has_to_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x = 1")
    assert own(tmp_path / "small") == b"x = 1"
    assert table_of(tmp_path / "small") == {"x": 1}
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)
    for path in (tmp_path / "pipe", tmp_path / "large", Path("/dev/zero")):
        with pytest.raises(ValueError, match=r"no file|longer"):
            own(path)
    with pytest.raises(OSError, match="directory"):
        own(tmp_path)
    assert not is_file(tmp_path / ("x" * 300))
    assert not is_file(Path("a\0b"))


@pytest.mark.parametrize(
    "data", [b"x = " + b"[" * 50_000, b"x = " + b"9" * 5000, b"x =", b"\xff", b"a = 1\na = 2"]
)
def test_toml_that_is_wrong_in_any_way_is_one_kind_of_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.toml").write_bytes(data)
    with pytest.raises(ValueError, match=r"^it(s values are| is)"):
        table_of(tmp_path / "x.toml")
