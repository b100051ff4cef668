"""Spreadsheets: `.xlsx` through openpyxl and `.ods` through odfdo, both in the extra `sheets`.

A workbook is somebody else's file: what it unpacks to, its rows and its columns are bounded before
anything of it is read. Nothing here knows of answers: cells are texts, as their reader sees them.

openpyxl reads row by row and tells number formats, without which `50%` would be 0.5; odfdo is the
library for OpenDocument that is kept up.
"""

from mathcli.spreadsheets.archive import kind_by_content, require
from mathcli.spreadsheets.cells import Doubtful
from mathcli.spreadsheets.reading import read_workbook
from mathcli.spreadsheets.writing import Sheetful, is_written_by_us, write_workbook

__all__ = [
    "Doubtful", "Sheetful", "is_written_by_us", "kind_by_content", "read_workbook", "require",
    "write_workbook",
]  # fmt: skip
