"""What is written is read again as it was, in every format, whatever the cells hold."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.grading.output import workbook_sheets, write_rows
from mathcli.screen import Rows
from mathcli.sheets.rows import read_sheet
from mathcli.spreadsheets import write_workbook
from mathcli.text_safety import safe

HOSTILE = [
    "=1+1", "'=1", "''-x", "-5", "@a", "\t=1", "\n-1", "'tis", ' "a", b; c', "#N/A", "1/2", "＝1",
    "'", "a\nb", "||", "[1]",
]  # fmt: skip
LETTERS = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff")  # which XML has not
CELL = st.one_of(
    st.text(LETTERS, max_size=10).filter(lambda one: one == safe(one)), st.sampled_from(HOSTILE)
)
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4)


def written(form: str, rows: list[dict[str, str]]) -> bytes:
    if form in ("xlsx", "ods"):
        sheets = workbook_sheets(rows, [], totals=False, points=False)
        return write_workbook("a", form, sheets)
    sink = io.StringIO()
    write_rows(iter(rows), form, Rows(sink, as_json=form == "jsonl"))  # type: ignore[arg-type]
    return sink.getvalue().encode()


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "xlsx", "ods"])
@settings(max_examples=30, deadline=None)
@given(cells=ROWS)
def test_what_is_written_is_read(form: str, cells: list[tuple[str, str]]) -> None:
    rows = [
        {"=student": "Ada", "answer": first, "expected": second, "verdict": "correct", "reason": ""}
        for first, second in cells
    ]
    assert read_sheet(f"a.{form}", written(form, rows)).rows == rows


def test_a_field_without_a_value_is_an_empty_cell() -> None:
    rows: list[dict[str, Any]] = [{"answer": "5", "expected": None}]
    sink = io.StringIO()
    write_rows(iter(rows), "csv", sink)
    assert sink.getvalue() == "answer,expected\n5,\n"
    (sheet,) = workbook_sheets(rows, [], totals=False, points=False)
    assert [*sheet.rows] == [["answer", "expected"], ["5", ""]]
