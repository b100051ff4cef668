"""Files of answers as people have them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from mathcli.errors import UsageError
from mathcli.grading.joining import items
from mathcli.grading.output import disarmed, output_format, write_rows
from mathcli.sheets.rows import Sheet, read_sheet

TABLE = "id;answer\n1;3,5\n2;né\n"


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("latin-1", "Windows-1252 (Latin-1)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_every_encoding_holds_the_same_and_is_said(encoding: str, note: str | None) -> None:
    sheet = read_sheet("a.csv", TABLE.encode(encoding))
    assert sheet.rows == [{"id": "1", "answer": "3,5"}, {"id": "2", "answer": "né"}]
    said = [f"a.csv is read as {note}"] if note else []
    assert [*sheet.notes] == [*said, "a.csv: its cells are separated by semicolons"]


@pytest.mark.parametrize(
    ("text", "delimiter", "first"),
    [
        ("id,answer\n1,5\n", ",", {"id": "1", "answer": "5"}),
        ('id,answer\n1,"2; 3"\n', ",", {"id": "1", "answer": "2; 3"}),
        ("id;answer\n1;2, 3\n", ";", {"id": "1", "answer": "2, 3"}),
        ("id;answer, in cm\n1;2\n", ";", {"id": "1", "answer, in cm": "2"}),
        ("id\tanswer\n1\t2, 3\n", "\t", {"id": "1", "answer": "2, 3"}),
        ("sep=;\nid;answer\n1;2\n", ";", {"id": "1", "answer": "2"}),
        ("answer\n5\n", ",", {"answer": "5"}),
    ],
)
def test_what_separates_the_cells_is_found(
    text: str, delimiter: str, first: dict[str, str]
) -> None:
    sheet = read_sheet("a.csv", text.encode())
    assert (sheet.delimiter, sheet.rows[0]) == (delimiter, first)


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("-", "{1, 2}\n{3}\n", "lines"),
        ("-", '{"pred": 1}\n', "jsonl"),
        ("-", "id,answer\n1,2\n", "csv"),
        ("a.txt", "id\tanswer\n1\t2\n", "tsv"),
        ("a.txt", "1, 2\n3\n", "lines"),
        ("/dev/fd/63", "5\n", "lines"),
        ("-", "PK = 3\n5\n", "lines"),
        ("-", "student,Q1\nAda,5\n", "csv"),
        ("-", "Q1;Q2\n5;7\n", "csv"),
    ],
)
def test_names_without_a_format_are_judged_by_what_they_hold(
    name: str, text: str, form: str
) -> None:
    assert read_sheet(name, text.encode()).format == form


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xlsx", b"PK\x03\x04", "a.xlsx is damaged"),
        ("a.ods", b"PK\x03\x04", "a.ods is damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "kind of spreadsheet"),
        ("a.numbers", b"PK\x03\x04", "kind of spreadsheet"),
        ("a.pdf", b"%PDF-1.4", "no table of answers"),
        ("a.docx", b"PK\x03\x04", "no table of answers"),
        ("a.csv", b"PK\x03\x04rest", "spreadsheet or a ZIP"),
        ("a.csv", b"\xd0\xcf\x11\xe0", "old spreadsheet"),
        ("a.dat", b"1\n", "what format is .dat"),
        ("a.md", b"1\n", "what format is .md"),
        ("-", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no text"),
    ],
)
def test_what_is_no_sheet_is_refused(name: str, data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        read_sheet(name, data)
    assert raised.value.hint


def test_the_output_has_a_known_format_too() -> None:
    sheet = read_sheet("a.csv", TABLE.encode())
    assert output_format(None, sheet) == ("csv", ";")
    assert output_format("out.csv", sheet) == ("csv", ";")
    assert output_format("out.tsv", sheet) == ("tsv", "\t")
    assert output_format("out.xlsx", sheet)[0] == "xlsx"
    assert output_format("out.ods", sheet)[0] == "ods"
    for name in ("out.xls", "out.xlsm", "out.numbers", "out.pdf", "out.html"):
        with pytest.raises(UsageError, match=name):
            output_format(name, sheet)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://a")', '\'=HYPERLINK("http://a")'),
        ("+1-555", "'+1-555"),
        ("-x^2", "'-x^2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("-1,234.5", "-1,234.5"),
        ("-1e-3", "-1e-3"),
        ("-12.5 %", "-12.5 %"),
        ("-", "'-"),
        ("5", "5"),
        ("x = 3", "x = 3"),
        ("", ""),
    ],
)
def test_no_cell_is_one_that_a_spreadsheet_runs(cell: str, written: str) -> None:
    assert disarmed(cell) == written
    sink = io.StringIO()
    write_rows(iter([{"answer": cell, cell: "name"}]), "csv", sink)
    header, row = list(csv.reader(io.StringIO(sink.getvalue(), newline="")))
    assert (header[-1], row[0]) == (disarmed(cell), written)


def test_a_disarmed_cell_is_read_as_it_was() -> None:
    assert read_sheet("a.csv", b"id,answer\n1,'-x\n2,'tis\n").rows == [
        {"id": "1", "answer": "-x"}, {"id": "2", "answer": "'tis"},
    ]  # fmt: skip


def lines(*rows: dict[str, Any]) -> Sheet:
    return Sheet("a.jsonl", "jsonl", [*rows])


@pytest.mark.parametrize(
    ("row", "accepted"),
    [
        ({"answer": "5 || 7"}, ("5", "7")),
        ({"answer": "1/2||50%||half"}, ("1/2", "50%", "half")),
        ({"answers": ["5", "7"]}, ("5", "7")),
        ({"accepted": ["5", 7]}, ("5", "7")),
        ({"accepted": '["5", "x, y"]'}, ("5", "x, y")),
        ({"accepted": "5 || 7"}, ("5", "7")),
        ({"answer": "5", "accepted": ["five", "5"]}, ("5", "five")),
        ({"answers": {"text": ["5", "7"]}}, ("5", "7")),
        ({"answer": ["5", "7"]}, ("5, 7",)),  # the parts of one answer
        ({"answer": "||v||"}, ("||v||",)),
        ({"answer": ""}, ("",)),
        ({"solution": "6840 ft^2"}, ("6840 ft^2",)),
        ({"solution": "2 hours 30 minutes"}, ("2 hours 30 minutes",)),
        ({"solution": "First we add.\nThen \\boxed{7}."}, ("7",)),
    ],
)
def test_what_a_key_accepts(row: dict[str, Any], accepted: tuple[str, ...]) -> None:
    (item,) = items(lines({"id": 1, "pred": "5"}), lines({"id": 1, **row}))
    assert item.accepted == accepted
    if "answer" not in row and "answers" not in row:
        (item,) = items(lines({"pred": "5", **row}), None)
        assert item.accepted == accepted


@pytest.mark.parametrize("column", ["answer", "response", "output", "generation", "prediction"])
@pytest.mark.parametrize(
    "cell",
    ["2 hours 30 minutes", "x is 5 or 7", "5 1/2 cups", "The roots are 3 and -2", "no", "B)"],
)
def test_a_short_answer_is_taken_as_it_is(column: str, cell: str) -> None:
    (item,) = items(lines({column: cell}), lines({"answer": "1"}))
    assert (item.predicted, item.extracted) == (cell, False)


@pytest.mark.parametrize(
    "text",
    [
        "Class test 3\nstudent,Q1,Q2\nAda,5,6\n",
        "Class 7b, test 3\n\nstudent,Q1,Q2\nAda,5,6\n",
        "Class test 3,,\nstudent,Q1,Q2\nAda,5,6\n",
    ],
)
def test_a_title_above_the_header_is_passed_over(text: str) -> None:
    sheet = read_sheet("a.csv", text.encode())
    assert sheet.rows == [{"student": "Ada", "Q1": "5", "Q2": "6"}]
    row = 1 + text[: text.index("student")].count("\n")
    assert sheet.notes == (f"a.csv: its header is in row {row}",)


@pytest.mark.parametrize("text", ["answer\n1,2,3\n", "pred,gt\nname,2,3\n"])
def test_a_header_is_no_title(text: str) -> None:
    with pytest.raises(UsageError, match="line 2: more cells"):
        read_sheet("a.csv", text.encode())


def test_a_quote_that_is_never_closed_is_named() -> None:
    with pytest.raises(UsageError, match="line 2: a quote opened here is never closed"):
        read_sheet("b.csv", b'id,answer,key\n1,"5,6\n2,3,3\n')


@pytest.mark.parametrize("data", [b"1\0+1\n", b"answer\n" + b"1\n" * 4000 + b"\0\n"])
def test_a_text_with_nul_characters_is_none(data: bytes) -> None:
    with pytest.raises(UsageError, match="no text"):
        read_sheet("a.csv", data)
