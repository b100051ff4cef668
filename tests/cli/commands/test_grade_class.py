"""`mathcli grade` for a class: sheets as teachers have them, in this process."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from mathcli.cli.app import run
from mathcli.spreadsheets import Sheetful, read_workbook, write_workbook
from tests.cli.conftest import Done
from tests.rendering.screen import Screen

WIDE = "Name,Q1,Q2\nkey,5,7\npoints,2,1\nAda,5,7\nBob,6,\n"
TABLE = [line.split(",") for line in WIDE.splitlines()]
Grade = Callable[..., Done]


@pytest.fixture
def grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Grade:
    """`grade("class.csv", …, stdin=b"…")`, in a folder with `class.csv`."""
    monkeypatch.chdir(tmp_path)
    Path("class.csv").write_text(WIDE)

    def call(*words: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(["grade", *words])
        out, err = capsys.readouterr()
        assert "internal" not in err
        assert "Traceback" not in err
        return Done(code, out, err)

    return call


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_wide_sheet_is_rows_in_a_pipe(grade: Grade) -> None:
    done = grade("class.csv")
    assert done.code == 0
    assert done.out.splitlines()[0] == "Name,question,answer,expected,points,out_of,verdict,reason"
    rows = rows_of(done.out)
    assert [(row["Name"], row["question"], row["verdict"], row["points"]) for row in rows] == [
        ("Ada", "Q1", "correct", "2"), ("Ada", "Q2", "correct", "1"),
        ("Bob", "Q1", "incorrect", "0"), ("Bob", "Q2", "incorrect", "0"),
    ]  # fmt: skip
    assert done.err.splitlines() == [
        "class.csv: a row a student, a column a question: 2 students, 2 questions",
        "2 correct · 2 incorrect · 0 undecided of 4 (50.0% correct) · 3 of 6 points",
    ]
    assert grade("class.csv", "--require-all").code == 1


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbooks_are_read_and_written(grade: Grade, kind: str) -> None:
    name, out = f"class.{kind}", f"graded.{kind}"
    Path(name).write_bytes(write_workbook(name, kind, [Sheetful("Test", TABLE)]))
    as_text = grade("class.csv")
    assert grade(name).out == as_text.out
    done = grade(name, "-o", out)
    assert (done.code, done.out) == (0, "")
    data = Path(out).read_bytes()
    rows, notes = read_workbook(out, data, kind)
    assert rows == list(csv.reader(io.StringIO(as_text.out)))
    assert "has 3 sheets" in notes[0]
    students, _ = read_workbook(out, data, kind, "Students")
    assert students == [
        [
            "student",
            "correct",
            "incorrect",
            "undecided",
            "blank",
            "points",
            "open_points",
            "out_of",
        ],
        ["Ada", "2", "0", "0", "0", "3", "0", "3"],
        ["Bob", "0", "2", "0", "1", "0", "0", "3"],
    ]  # fmt: skip
    assert read_workbook(out, data, kind, "Questions")[0][1][:2] == ["Q1", "1"]
    assert grade(name, "-o", out).code == 0  # its own file again
    assert grade(out, "--json").out.count('"verdict": "correct"') == 2
    assert grade(name, "-o", name).code == 2


def test_a_workbook_that_grade_did_not_write_stays(grade: Grade) -> None:
    openpyxl.Workbook().save("marks.xlsx")
    before = Path("marks.xlsx").read_bytes()
    done = grade("class.csv", "-o", "marks.xlsx")
    assert (done.code, "was not written by mathcli" in done.err) == (2, True)
    assert Path("marks.xlsx").read_bytes() == before
    done = grade("class.csv", "--json", "-o", "new.xlsx")
    assert (done.code, Path("new.xlsx").exists()) == (2, False)


def test_a_missing_library_is_said_before_any_work(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    for words in (["class.csv", "-o", "out.xlsx"], ["class.xlsx"]):
        Path("class.xlsx").write_bytes(b"PK\x03\x04")
        done = grade(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[1] == "  pip install odfdo openpyxl"


def test_the_key_may_be_another_sheet_of_the_workbook(grade: Grade) -> None:
    sheets = [
        Sheetful("Answers", [["Name", "Q1"], ["Ada", "5"]]),
        Sheetful("Key", [["question", "answer"], ["1", "5"]]),
    ]
    Path("a.xlsx").write_bytes(write_workbook("a.xlsx", "xlsx", sheets))
    assert rows_of(grade("a.xlsx", "--key-sheet", "Key").out)[0]["verdict"] == "correct"
    assert rows_of(grade("a.xlsx", "--sheet", "1", "--key-sheet", "2").out)[0]["expected"] == "5"
    done = grade("a.xlsx", "--sheet", "Third", "--key-sheet", "Key")
    assert (done.code, "no sheet 'Third'" in done.err) == (2, True)
    assert grade("class.csv", "--sheet", "1").code == 2


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "utf-16"])
def test_standard_input_is_known_by_what_it_holds(grade: Grade, kind: str) -> None:
    if kind in ("csv", "utf-16"):
        data = WIDE.encode("utf-16" if kind == "utf-16" else "utf-8")
    else:
        data = write_workbook("-", kind, [Sheetful("Test", TABLE)])
    done = grade("-", stdin=data)
    assert [row["verdict"] for row in rows_of(done.out)] == ["correct"] * 2 + ["incorrect"] * 2
    assert "standard input: a row a student" in done.err
    key = "question,answer\nQ1,6\nQ2,7\n".encode("utf-16" if kind == "utf-16" else "utf-8")
    if kind in ("xlsx", "ods"):
        key = write_workbook("-", kind, [Sheetful("Key", [["question", "answer"], ["Q1", "6"]])])
    assert rows_of(grade("class.csv", "--key", "-", stdin=key).out)[0]["verdict"] == "incorrect"
    assert grade("-", "--key", "-", stdin=data).code == 2


def test_totals_in_place_of_answers(grade: Grade) -> None:
    found = [json.loads(line) for line in
             grade("class.csv", "--totals", "students", "--json").out.splitlines()]  # fmt: skip
    assert found[1] == {
        "student": "Bob", "correct": 0, "incorrect": 2, "undecided": 0, "blank": 1, "points": 0,
        "open_points": 0, "out_of": 3,
    }  # fmt: skip
    assert grade("class.csv", "--totals", "questions", "-o", "t.csv").code == 0
    assert grade("class.csv", "--totals", "questions", "-o", "t.csv").code == 0  # its own again
    assert Path("t.csv").read_text().splitlines()[1] == "Q1,1,1,0,0,2,0,4"


def test_parts_of_a_list_earn_points_where_asked(grade: Grade) -> None:
    Path("lists.csv").write_text('name,Q1\nkey,"{1, 2}"\nAda,"1, 3"\n')
    assert "points" not in grade("lists.csv").out
    (row,) = rows_of(grade("lists.csv", "--partial").out)
    assert (row["points"], row["out_of"], row["verdict"]) == ("0.5", "1", "incorrect")
    assert row["reason"].startswith("1 of 2 parts right; ")


def test_a_page_is_written_and_only_over_a_page(grade: Grade) -> None:
    assert grade("class.csv", "--html", "page.html").code == 0
    assert "3 of 6" in Path("page.html").read_text("utf-8")
    assert grade("class.csv", "--html", "page.html").code == 0
    done = grade("class.csv", "--html", "class.csv")
    assert done.code == 2
    assert Path("class.csv").read_text() == WIDE


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["class.xls"], "a spreadsheet program"),
        (["class.pdf"], "one answer a line"),
        (["class.docx"], "copy its table"),
        (["class.numbers"], "Export To"),
        (["photo.png"], "no pictures"),
        (["class.xlsx"], "save it anew"),
        (["class.ods"], "save it anew"),
        (["class.csv", "--key", "key.pdf"], "one answer a line"),
        (["class.csv", "-o", "out.xls"], "write a .csv"),
        (["class.csv", "-o", "out.pdf"], "--html FILE"),
        (["class.csv", "--layout", "answers"], "--column"),
        (["class.csv", "--layout", "sideways"], "sideways"),
        (["class.csv", "--column", "answer"], "ROLE is one of"),
        (["class.csv", "--column", "answer=Reply"], "there are: Name, Q1, Q2"),
        (["class.csv", "--by", "team"], "name one of"),
    ],
)
def test_what_cannot_be_graded_is_one_line_and_what_to_do(
    grade: Grade, words: list[str], says: str
) -> None:
    for name in ("class.xls", "class.pdf", "class.docx", "class.numbers", "photo.png", "key.pdf",
                 "class.xlsx", "class.ods"):  # fmt: skip
        Path(name).write_bytes(b"PK\x03\x04 nothing")
    done = grade(*words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 2


def test_hostile_cells_run_nowhere(grade: Grade) -> None:
    cell = "=HYPERLINK('http://a')"
    Path("bad.csv").write_text(f"name,Q1\nkey,5\n{cell},{cell}\n")
    (row,) = rows_of(grade("bad.csv", "--timeout", "20").out)
    assert row["name"] == row["answer"] == f"'{cell}"
    grade("bad.csv", "-o", "out.xlsx", "--timeout", "20")
    sheet = openpyxl.load_workbook("out.xlsx").worksheets[0]
    assert [(one.value, one.data_type) for one in sheet[2]][:1] == [(cell, "s")]


def test_a_terminal_shows_a_table(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(WIDE)
    command = ("-m", "mathcli", "grade", str(tmp_path / "class.csv"))
    screen = Screen(*command, columns=80, env={"NO_COLOR": "1"})
    assert screen.end() == 0
    assert "Ada       ✓   ✓      2/2     3/3" in screen.lines
    assert "✓ correct  ✗ incorrect  · blank" in screen.lines
    assert not any("verdict,reason" in line for line in screen.lines)
    assert "\x1b[3" not in screen.raw  # no colour


def test_a_terminal_shows_totals_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(WIDE)
    command = ("-m", "mathcli", "grade", str(tmp_path / "class.csv"), "--totals", "students")
    screen = Screen(*command, columns=80, env={"NO_COLOR": "1"})
    assert screen.end() == 0
    assert any(line.split()[:2] == ["student", "correct"] for line in screen.lines)
    assert not any("student,correct" in line for line in screen.lines)


def test_commas_in_a_sheet_with_semicolons_may_be_decimal(grade: Grade) -> None:
    sheet = b"Name;Q1;Q2\nkey;3,5;4\nAnna;3.5;4\n"
    done = grade("-", stdin=sheet)
    assert "3,5 is read as two values; if commas are decimal here, add --decimal-comma" in done.err
    done = grade("-", "--decimal-comma", "--require-all", stdin=sheet)
    assert (done.code, "read as two values" in done.err) == (0, False)
