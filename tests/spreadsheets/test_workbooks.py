"""Workbooks: what is written is read again, what is hostile costs one line."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import odfdo
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.errors import UsageError
from mathcli.sheets.rows import read_sheet
from mathcli.spreadsheets import DoubtfulCell, Sheetful, is_written_by_us, reading, write_workbook
from mathcli.spreadsheets.archive import kind_by_content
from mathcli.spreadsheets.reading import read_workbook
from mathcli.text_safety import safe

KINDS = ("xlsx", "ods")
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
HOSTILE = [
    "=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://a","b")', "'5", "#DIV/0!",
    "_x0041_", " lead", "end ", "a\nb", "<b>&amp;", "00012", "1e5", "true", "True",
]  # fmt: skip


def written(kind: str, *rows: list[Any], name: str = "Answers") -> bytes:
    return write_workbook(f"a.{kind}", kind, [Sheetful(name, rows)])


def read(kind: str, data: bytes, sheet: str | None = None) -> list[list[str]]:
    return read_workbook(f"a.{kind}", data, kind, sheet)[0]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(TEXT | st.sampled_from(HOSTILE), min_size=1, max_size=4),
                     min_size=1, max_size=4))  # fmt: skip
def test_what_is_written_is_read(kind: str, rows: list[list[str]]) -> None:
    expected = [[re.sub("[\ufffe\uffff]", "\ufffd", safe(cell)) for cell in row] for row in rows]
    assert read(kind, written(kind, *rows)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_texts_and_numbers_are_numbers(kind: str) -> None:
    data = written(kind, ["answer", "points"], *([cell, 1.5] for cell in HOSTILE))
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        kinds = {(row[0].data_type, row[1].data_type) for row in sheet.iter_rows(min_row=2)}
        assert kinds == {("s", "n")}
    else:
        table = odfdo.Document(io.BytesIO(data)).body.tables[0]
        cells = [row.cells for row in table.rows[1:]]
        assert {(one.type, two.type) for one, two in cells} == {("string", "float")}
        assert all(one.formula is None for one, _ in cells)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_known_who_wrote_a_workbook(kind: str) -> None:
    data = written(kind, ["a"])
    assert kind_by_content(data) == kind
    assert is_written_by_us(data)
    other = io.BytesIO()
    book = openpyxl.Workbook() if kind == "xlsx" else odfdo.Document("spreadsheet")
    book.save(other)
    assert not is_written_by_us(other.getvalue())
    assert not is_written_by_us(b"PK\x03\x04")


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_that_is_too_long_is_cut(kind: str) -> None:
    (row,) = read(kind, written(kind, ["x" * 40_000]))
    assert row[0].endswith("x…")
    assert len(row[0]) == 32_000


def xlsx_of(*values: Any, **formats: str) -> bytes:
    """A workbook with values in its first column, and number formats by cell."""
    book = openpyxl.Workbook()
    for at, value in enumerate(values, 1):
        book.active.cell(at, 1, value).number_format = formats.get(f"A{at}", "General")
        if isinstance(value, (datetime, date, time, timedelta)):
            book.active.cell(at, 1).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods_of(*cells: odfdo.Cell) -> bytes:
    book = odfdo.Document("spreadsheet")
    book.body.clear()
    table = odfdo.Table("Answers")
    for cell in cells:
        row = odfdo.Row()
        row.append_cell(cell)
        table.append_row(row)
    book.body.append(table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


VALUES = [
    (5.0, "5"), (0.1 + 0.2, "0.3"), (12345678901234, "12345678901234"), (True, "true"),
    (datetime(2026, 1, 2), "2026-01-02"), (datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04"),
    ("1/2", "1/2"), (1e20, "1e+20"), (-0.5, "-0.5"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_a_value_is_read_as_it_is_seen(value: Any, text: str) -> None:
    assert read("xlsx", xlsx_of(value)) == [[text]]
    if not isinstance(value, float) or value < 1e15:
        assert read("ods", ods_of(odfdo.Cell(value))) == [[text]]


def test_percentages_times_and_errors() -> None:
    data = xlsx_of(0.5, 0.125, 0.5, time(4, 20), timedelta(hours=30), "#DIV/0!",
                   A1="0%", A2="0.0%", A3='0" % of all"')  # fmt: skip
    assert read("xlsx", data) == [["50%"], ["12.5%"], ["0.5"], ["4:20"], ["30:00"], ["#DIV/0!"]]
    cells = [odfdo.Cell(0.5, cell_type="percentage"), odfdo.Cell(timedelta(hours=4, minutes=20))]
    assert read("ods", ods_of(*cells)) == [["50%"], ["4:20"]]


def test_what_may_not_be_what_was_typed_says_so() -> None:
    rows = read("xlsx", xlsx_of(datetime(2026, 1, 2), "#N/A", "=1+1"))
    cells = [row[0] for row in rows]
    assert all(isinstance(cell, DoubtfulCell) for cell in cells)
    assert [cell.reason for cell in cells if isinstance(cell, DoubtfulCell)] == [
        "the cell holds a date; spreadsheets turn 1/2 or 1-2 into one",
        "the cell holds a formula's error",
        "the cell holds a formula that was never calculated",
    ]
    (one,) = read("xlsx", xlsx_of(time(1, 2)))[0]
    assert isinstance(one, DoubtfulCell)
    (cell,) = read("ods", ods_of(odfdo.Cell(None, formula="of:=1+1")))[0]
    assert isinstance(cell, DoubtfulCell)


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_has_the_value_that_was_calculated_last() -> None:
    data = changed(xlsx_of("=1+1"), SHEET, lambda xml: re.sub(rb"<v */>|<v></v>", b"<v>2</v>", xml))
    assert b"<v>2</v>" in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert read("xlsx", data) == [["2"]]
    assert read("ods", ods_of(odfdo.Cell(2, formula="of:=1+1"))) == [["2"]]


def test_of_merged_cells_the_first_has_the_value() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Class 7b", None, None])
    book.active.append(["a", "b", "c"])
    book.active.merge_cells("A1:C1")
    out = io.BytesIO()
    book.save(out)
    assert read("xlsx", out.getvalue()) == [["Class 7b"], ["a", "b", "c"]]
    table = odfdo.Table("T")
    table.set_values([["Class 7b", "x", "y"], ["a", "b", "c"]])
    table.set_span((0, 0, 2, 0))
    assert table.rows[0].get_elements("table:covered-table-cell")
    doc = odfdo.Document("spreadsheet")
    doc.body.clear()
    doc.body.append(table)
    out = io.BytesIO()
    doc.save(out)
    assert read("ods", out.getvalue()) == [["Class 7b"], ["a", "b", "c"]]


def test_the_first_sheet_that_is_shown_is_read_and_others_by_name_or_number() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Old"
    book.active.sheet_state = "hidden"
    for name in ("Answers", "Key"):
        book.create_sheet(name).append([name])
    out = io.BytesIO()
    book.save(out)
    rows, notes = read_workbook("a.xlsx", out.getvalue(), "xlsx")
    assert rows == [["Answers"]]
    assert notes == ("a.xlsx has 2 sheets, and 'Answers' is read (--sheet names it)",)
    assert read("xlsx", out.getvalue(), "key") == [["Key"]]
    assert read("xlsx", out.getvalue(), "3") == [["Key"]]
    with pytest.raises(UsageError, match="no sheet 'Keys'") as raised:
        read("xlsx", out.getvalue(), "Keys")
    assert "'Answers', 'Key'" in str(raised.value.hint)


def outcome(kind: str, data: bytes) -> tuple[UsageError | None, list[list[str]]]:
    try:
        return None, read(kind, data)
    except UsageError as error:
        return error, []


ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]>'
CELLS = {"xlsx": written("xlsx", ["a", "b"], ["1", "2"]), "ods": written("ods", ["a"], ["1"])}


def _main(kind: str) -> str:
    return SHEET if kind == "xlsx" else "content.xml"


def _without_head(xml: bytes) -> bytes:
    return re.sub(rb"^<\?xml[^>]*\?>", b"", xml)


HOSTILE_PARTS: dict[str, Callable[[bytes], bytes]] = {
    "entities": lambda xml: ENTITY + _without_head(xml),
    "cut": lambda xml: xml[: len(xml) // 2],
    "nothing": lambda xml: b"",
    "no XML": lambda xml: b"\x00\xff" * 50,
    "another root": lambda xml: b"<html/>",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", HOSTILE_PARTS)
def test_a_damaged_part_is_one_line(kind: str, hostile: str) -> None:
    data = changed(CELLS[kind], _main(kind), HOSTILE_PARTS[hostile])
    error, rows = outcome(kind, data)
    if error is not None:
        assert "\n" not in error.message
    assert rows in ([], [["a", "b"]])  # what stood before the damage


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(at=st.floats(0, 1), flip=st.integers(1, 255), cut=st.booleans())
def test_damage_anywhere_is_a_usage_error(kind: str, at: float, flip: int, cut: bool) -> None:
    data = bytearray(CELLS[kind])
    place = min(len(data) - 1, int(at * len(data)))
    if cut:
        del data[place:]
    else:
        data[place] ^= flip
    error, _ = outcome(kind, bytes(data))
    assert error is None or error.hint


def ods_with(table: str) -> bytes:
    return changed(CELLS["ods"], "content.xml", lambda xml: re.sub(
        rb"(?s)<table:table-row>.*</table:table-row>", table.encode(), xml))  # fmt: skip


CELL = '<table:table-cell office:value-type="float" office:value="1" {}><text:p>1</text:p></table:table-cell>'  # noqa: E501
EMPTY = '<table:table-cell table:number-columns-repeated="16384"/>'


def test_what_is_repeated_without_end_is_refused_and_empty_cells_are_nothing() -> None:
    wide = CELL.format('table:number-columns-repeated="1000000"')
    tall = f'<table:table-row table:number-rows-repeated="1048576">{CELL.format("")}{{}}'
    for table in (
        f"<table:table-row>{wide}</table:table-row>",
        f"{tall.format('')}</table:table-row>",
    ):
        with pytest.raises(UsageError, match="too large"):
            read("ods", ods_with(table))
    empty = f'<table:table-row table:number-rows-repeated="1048570">{EMPTY}</table:table-row>'
    found = read(
        "ods", ods_with(f"<table:table-row>{CELL.format('')}{EMPTY}</table:table-row>{empty}")
    )
    assert found == [["1"]]


def test_spaces_lines_and_comments_of_a_cell() -> None:
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>no</text:p>'
        '</office:annotation><text:p>a<text:s text:c="2"/>b <text:span>c</text:span></text:p>'
        "<text:p>d<text:tab/>e<text:line-break/>f</text:p></table:table-cell>"
    )
    found = read("ods", ods_with(f"<table:table-row>{cell}</table:table-row>"))
    assert found == [["a  b c\nd\te\nf"]]


def test_a_sheet_of_absurd_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(xml: bytes) -> bytes:
        return xml.replace(b'<row r="2"', b'<row r="99999999999"')

    assert far(CELLS["xlsx"]) is not None
    with pytest.raises(UsageError, match=r"a.xlsx is (damaged|too large)"):
        read("xlsx", changed(CELLS["xlsx"], SHEET, far))
    monkeypatch.setattr(reading, "MOST_ROWS", 1)
    with pytest.raises(UsageError, match="is too large"):
        read("xlsx", CELLS["xlsx"])


def test_empty_cells_at_the_ends_of_rows_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def wide(xml: bytes) -> bytes:
        return xml.replace(b"</row>", b'<c r="XFD1"/></row>')

    data = changed(CELLS["xlsx"], SHEET, wide)
    assert read("xlsx", data) == read("xlsx", CELLS["xlsx"])
    monkeypatch.setattr(reading, "_MOST_READ", 20_000)
    with pytest.raises(UsageError, match="is too large"):
        read("xlsx", data)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/media/image1.png"])
def test_a_bomb_is_not_unpacked(part: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
        with archive.open(part, "w") as file:
            for _ in range(66):
                file.write(bytes(1 << 20))
    assert len(out.getvalue()) < 200_000
    with pytest.raises(UsageError, match="unpacks to 66 MiB"):
        read("xlsx", out.getvalue())


ENCRYPTED = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
MANIFEST = "META-INF/manifest.xml"


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("xlsx", ENCRYPTED, "protected by a password"),
        ("xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "old workbook"),
        ("xlsx", b"", "it is empty"),
        ("xlsx", b"id,answer\n1,2\n", "no xlsx workbook"),
        ("xlsx", CELLS["ods"], "no xlsx workbook but ods"),
        ("ods", CELLS["xlsx"], "no ods workbook but xlsx"),
        ("ods", changed(CELLS["ods"], MANIFEST, lambda xml: xml + b"<encryption-data/>"),
         "protected by a password"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_that_can_be_read_says_what_it_is(
    kind: str, data: bytes, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        read(kind, data)
    assert raised.value.hint


@pytest.mark.parametrize(("kind", "library"), [("xlsx", "openpyxl"), ("ods", "odfdo")])
def test_a_missing_library_is_named_with_its_remedy(
    kind: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for call in (lambda: read(kind, CELLS[kind]), lambda: written(kind, ["a"])):
        with pytest.raises(UsageError, match=library) as raised:
            call()
        assert raised.value.hint == "pip install odfdo openpyxl"


@pytest.mark.parametrize("kind", KINDS)
def test_rows_have_the_numbers_that_a_spreadsheet_program_shows(kind: str) -> None:
    rows: list[list[str]] = [["Class 7b"], [""], ["name", "Q1", "Q2"], ["key", "5", "7"]]
    data = written(kind, *rows, ["Ada", "5", "6"])
    found, _ = read_workbook(f"a.{kind}", data, kind)
    assert [row.number for row in found] == [1, 3, 4, 5]
    assert read_sheet(f"a.{kind}", data).notes == (f"a.{kind}: its header is in row 3",)
