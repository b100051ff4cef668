"""Writes tables as a workbook: texts as texts, never as formulas, and numbers as numbers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from mathcli.spreadsheets.archive import BROKEN, WRITTEN_BY, require
from mathcli.text_safety import safe, shortened

LONGEST_CELL = 32_000
"""Characters of a cell; Excel takes 32,767."""
_PROPERTIES = {"docProps/core.xml", "meta.xml"}
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Value = str | int | float


@dataclass(frozen=True)
class Sheetful:
    """A sheet to write: its name, and its rows; the first row is the header."""

    name: str
    rows: Iterable[Sequence[Value]]


def write_workbook(name: str, kind: str, sheets: Sequence[Sheetful]) -> bytes:
    """A workbook with some sheets.

    Args:
        name: for messages.
        kind: `xlsx` or `ods`.

    Raises:
        UsageError: the library is not installed.
    """
    require(name, kind)
    return (_xlsx if kind == "xlsx" else _ods)(sheets)


def is_written_by_us(data: bytes) -> bool:
    """Was this workbook written by mathcli?"""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(
                f">{WRITTEN_BY}<".encode() in archive.read(one)
                for one in _PROPERTIES.intersection(archive.namelist())
                if archive.getinfo(one).file_size < 1 << 20
            )
    except BROKEN:
        return False


def _xlsx(sheets: Sequence[Sheetful]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    book.properties.creator = WRITTEN_BY
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        for row in sheet.rows:
            cells = []
            for value in row:
                cell = WriteOnlyCell(page)
                if isinstance(value, str):
                    cell.value = _text(value)
                    cell.data_type = "s"  # also where it begins as a formula does
                else:
                    cell.value = value
                cells.append(cell)
            page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ods(sheets: Sequence[Sheetful]) -> bytes:
    from odfdo import Document

    book: Any = Document("spreadsheet")
    book.meta.generator = WRITTEN_BY
    # The tables as text: as objects they take half a millisecond a cell, and more with each.
    empty = book.container.get_part("content.xml").decode()
    before, after = re.split(r"(?s)(?<=<office:spreadsheet>).*(?=</office:spreadsheet>)", empty)
    content = before + "".join(map(_ods_table, sheets)) + after
    book.container.set_part("content.xml", content.encode())
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ods_table(sheet: Sheetful) -> str:
    rows = [[*map(_ods_cell, values)] for values in sheet.rows]
    columns = f'<table:table-column table:number-columns-repeated="{max(map(len, rows))}"/>'
    lines = (f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    name = quoteattr(sheet.name)
    return f"<table:table table:name={name}>{columns}{''.join(lines)}</table:table>"


def _ods_cell(value: Value) -> str:
    if value == "":
        return "<table:table-cell/>"
    if not isinstance(value, str):
        kind, lines = f'"float" office:value="{value}"', f"<text:p>{value}</text:p>"
    else:
        text = _text(value)
        kept = quoteattr(text, {"\n": "&#10;", "\t": "&#9;"})  # a paragraph's white space is not
        kind = f'"string" office:string-value={kept}'
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f"<table:table-cell office:value-type={kind}>{lines}</table:table-cell>"


def _text(value: str) -> str:
    """A text without the characters that XML forbids, cut to the length that a cell can hold."""
    return shortened(_NO_XML.sub("\ufffd", safe(value)), LONGEST_CELL)
