"""Spreadsheets: `.xlsx` through openpyxl and `.ods` through odfdo, both in the extra `sheets`.

A workbook is not to be trusted: its unpacked size, its rows and its columns are limited before
anything of it is read. Nothing here knows of answers: cells are texts, as people see them.

openpyxl reads row by row and gives number formats, without which `50%` would be 0.5; odfdo is the
library for OpenDocument that is maintained.
"""

from mathcli.spreadsheets.archive import kind_by_content, require
from mathcli.spreadsheets.cells import DoubtfulCell
from mathcli.spreadsheets.reading import read_workbook
from mathcli.spreadsheets.writing import Sheetful, is_written_by_us, write_workbook

__all__ = [
    "DoubtfulCell", "Sheetful", "is_written_by_us", "kind_by_content", "read_workbook", "require",
    "write_workbook",
]  # fmt: skip
