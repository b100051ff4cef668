from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.batches import BadLine, Problem, read_problem_file, read_problems
from mathcli.errors import UsageError
from mathcli.spreadsheets import Sheetful, write_workbook


def read(name: str, text: str | bytes) -> list[Problem | BadLine]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_problems(name, data.splitlines(keepends=True)))


def problems(name: str, text: str | bytes) -> list[Problem]:
    return [row for row in read(name, text) if isinstance(row, Problem)]


def test_one_problem_a_line() -> None:
    rows = read("p.txt", "1 + 1\n\n  2 + 2  \n")
    assert [row.text for row in rows] == ["1 + 1", "", "2 + 2"]
    assert isinstance(rows[1], BadLine)
    assert rows[1].reason == ""
    assert [row.index for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("field", ["problem", "question", "prompt"])
def test_json_lines_by_any_of_the_usual_names(field: str) -> None:
    (row,) = problems("p.jsonl", f'{{"{field}": "1+1", "answer": 2, "id": "a", "level": 5}}\n')
    assert (row.text, row.expected, row.id, row.fields["level"]) == ("1+1", "2", "a", 5)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('"answer": "18 - 3 = <<18-3=15>>15 eggs.\\n#### 15"', "15"),  # GSM8K
        ('"solution": "so \\\\boxed{\\\\frac12}"', "\\frac12"),  # MATH
        ('"solution": "see above"', None),
        ('"expected_answer": "x = 2", "answer": "wrong one"', "x = 2"),
        ('"gt": 7', "7"),
        ('"answer": ""', None),
        ('"answer": " ", "level": 3', None),
        ('"accepted": []', None),
    ],
)
def test_the_expected_answer_of_the_usual_data_sets(row: str, expected: str | None) -> None:
    (problem,) = problems("p.jsonl", f'{{"problem": "?", {row}}}')
    assert problem.expected == expected


def test_csv_with_quotes_and_line_breaks() -> None:
    rows = problems("p.csv", 'question,answer,grade\n"1,000 + 1\nplease",1001,7\n2+2,4,8\n')
    assert [(r.text, r.expected, r.fields["grade"]) for r in rows] == [
        ("1,000 + 1\nplease", "1001", "7"),
        ("2+2", "4", "8"),
    ]


def test_tsv_is_csv_with_tabs() -> None:
    text = 'question\tanswer\n1,5 + 2\t3,5\n"two\tcells\nand lines"\t4\nWhat?\t1\tmore\n'
    rows = read("p.TSV", text)
    assert [(r.text, r.expected) for r in rows if isinstance(r, Problem)] == [
        ("1,5 + 2", "3,5"),
        ("two\tcells\nand lines", "4"),
    ]
    assert isinstance(rows[2], BadLine)
    assert "more cells" in rows[2].reason


@pytest.mark.parametrize(("name", "text"), [("p.csv", "a,b\n1,2\n"), ("p.tsv", "a\tb\n1\t2\n")])
def test_a_table_without_a_column_of_problems_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match="no column for the problems"):
        read(name, text)


def test_a_stream_is_judged_by_its_first_line() -> None:
    assert problems("-", '{"problem": "1+1"}\n')[0].text == "1+1"
    assert problems("-", "1+1\n")[0].text == "1+1"


def test_bad_lines_are_named_and_do_not_stop_the_rest() -> None:
    rows = read("p.jsonl", b'{"problem": "1"}\n{oops\n[1]\n{"x": 1}\n\xff\n"2"\n')
    bad = {row.line: row.reason for row in rows if isinstance(row, BadLine)}
    assert sorted(bad) == [2, 3, 4, 5]
    assert "not JSON" in bad[2]
    assert "not a JSON object" in bad[3]
    assert "it has no problem" in bad[4]
    assert "not UTF-8" in bad[5]
    assert [row.text for row in rows if isinstance(row, Problem)] == ["1", "2"]


def test_keys_are_the_same_in_every_run_and_differ_within_one() -> None:
    first, again = problems("p.txt", "1+1\n1+1\n2+2\n"), problems("p.txt", "1+1\n1+1\n2+2\n")
    assert [row.key for row in first] == [row.key for row in again]
    assert len({row.key for row in first}) == 3
    moved = problems("p.txt", "2+2\n1+1\n1+1\n")
    assert {row.key for row in moved} == {row.key for row in first}


def test_a_byte_order_mark_is_no_part_of_the_problem() -> None:
    assert problems("p.txt", "\ufeff1+1\n")[0].text == "1+1"


@given(st.lists(st.binary(max_size=30), max_size=6), st.sampled_from(["p.jsonl", "p.txt", "-"]))
def test_no_bytes_break_the_reader(lines: list[bytes], name: str) -> None:
    rows = list(read_problems(name, lines))
    assert [row.index for row in rows] == list(range(len(rows)))


PROBLEMS = [["id", "problem", "answer"], ["1", "What is 2+3?", "5"], ["2", "Né: 4*5?", "20"]]


def read_file(name: str, data: bytes) -> tuple[list[tuple[str, str | None]], list[str]]:
    told: list[str] = []
    rows = read_problem_file(name, io.BytesIO(data), told.append)
    return [(row.text, row.expected) for row in rows if isinstance(row, Problem)], told


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.csv", "\n".join(map(",".join, PROBLEMS)).encode(), ""),
        ("a.csv", "\n".join(map(";".join, PROBLEMS)).encode(), "semicolons"),
        ("a.csv", "\n".join(map(";".join, PROBLEMS)).encode("utf-16"), "UTF-16"),
        ("a.csv", "\n".join(map(",".join, PROBLEMS)).encode("latin-1"), "Latin-1"),
        ("a.csv", ("Test 3\n" + "\n".join(map(",".join, PROBLEMS))).encode(), "header is in row 2"),
        ("a.xlsx", write_workbook("a", "xlsx", [Sheetful("A", PROBLEMS)]), ""),
        ("a.ods", write_workbook("a", "ods", [Sheetful("A", PROBLEMS)]), ""),
    ],
)
def test_files_as_spreadsheet_programs_write_them(name: str, data: bytes, told: str) -> None:
    rows, notes = read_file(name, data)
    assert rows == [("What is 2+3?", "5"), ("Né: 4*5?", "20")]
    assert told in " ".join(notes)
    assert bool(told) == bool(notes)


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xls", "a.png", "a.zip", "a.xlsx"])
def test_what_is_no_file_of_problems_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name) as raised:
        read_file(name, b"PK\x03\x04What is 2+3?\n")
    assert raised.value.hint


def test_a_workbook_without_a_column_of_problems_is_refused() -> None:
    with pytest.raises(UsageError, match="no column for the problems"):
        read_file("a.xlsx", write_workbook("a", "xlsx", [Sheetful("A", [["x"], ["1"]])]))


LINES = "Wie groß ist 2+3?\n1\n  4*5"


@pytest.mark.parametrize("ends", ["", "\n"])
@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Latin-1"),
    ],
)
def test_lines_in_any_encoding(encoding: str, told: str, ends: str) -> None:
    rows, notes = read_file("p.txt", (LINES + ends).encode(encoding))
    assert [text for text, _ in rows] == ["Wie groß ist 2+3?", "1", "4*5"]
    assert told in " ".join(notes)
    assert len(notes) == bool(told)


def test_a_damaged_line_of_a_text_in_utf8_is_named() -> None:
    rows = list(read_problem_file("p.txt", io.BytesIO("1+1 groß\n".encode() + b"\xff\n"), print))
    assert [isinstance(row, BadLine) for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("p.txt", b"1\0+1\n2+2\n"),
        ("p.txt", b"123456789\n\0+1\n"),
        ("p.jsonl", b'{"problem": "1\\u0000"}\n"\\u0000"\n'),
    ],
)
def test_no_problem_has_a_nul_character(name: str, data: bytes) -> None:
    rows = list(read_problem_file(name, io.BytesIO(data), print))
    assert any(isinstance(row, BadLine) and "NUL" in row.reason for row in rows)
    assert not any(isinstance(row, Problem) and "\0" in row.text for row in rows)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('problem,answer\n"1+1,2\n2+2,4\n', 2),
        ('problem,answer\n1+1,2\n2+2,"4\n', 3),
        ('problem,answer\n"1\n+1","2\n3,3\n', 3),
        ('problem,answer\n"1+1,2\n2+2,"4"\n', 2),
        ('problem,answer\n"say ""1""",2\n2+2,"4""\n', 3),
    ],
)
def test_a_quote_that_is_never_closed_swallows_nothing(text: str, line: int) -> None:
    with pytest.raises(UsageError, match=rf"line {line}: a quote opened here is never closed"):
        read_file("p.csv", text.encode())


@pytest.mark.parametrize("name", ["Problem", " PROMPT ", "Aufgabe", "Énoncé", "pregunta"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_names_of_columns_are_known_in_any_case(name: str, delimiter: str) -> None:
    text = f"{name}{delimiter}ID{delimiter}Answer\n1+1{delimiter}a{delimiter}2\n"
    (row,) = read_problem_file("p.csv", io.BytesIO(text.encode()), print)
    assert isinstance(row, Problem)
    assert (row.text, row.id, row.expected) == ("1+1", "a", "2")
