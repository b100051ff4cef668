"""Formats of files of answers by the suffixes of their names, and advice for other formats."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from mathcli.errors import UsageError

FORMATS = ("csv", "tsv", "xlsx", "ods", "jsonl", "lines")
DELIMITERS = {"csv": ",", "tsv": "\t"}
"""Of the formats with a header and cells."""
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "jsonl", ".txt": "lines", ".xlsx": "xlsx", ".xlsm": "xlsx", ".ods": "ods",
}  # fmt: skip
"""What a name's suffix says about the format; a `.txt` may hold any."""
WORKBOOKS = ("xlsx", "ods")
"""The formats that only a spreadsheet program writes by itself."""
_SHEETS = (".xls", ".xlsb", ".xlt", ".fods", ".ots")
_SAVE = "save it as .xlsx or .csv in a spreadsheet program, and give that file"
_REMEDIES = {
    **dict.fromkeys(_SHEETS, _SAVE),
    ".numbers": "in Numbers: File, Export To, Excel; give that .xlsx file",
    ".gsheet": "in Google Sheets: File, Download, .xlsx; give that file",
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf", ".pages"),
                    "copy its table into a spreadsheet, save it as .xlsx or .csv, and give that"),
    ".pdf": "type or paste the answers into a spreadsheet or a text file, one answer a line",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".heic", ".webp"),
                    "mathcli reads no pictures: type the answers, one a line"),
    **dict.fromkeys((".zip", ".gz", ".7z", ".rar"), "unpack it, and give the file that is in it"),
}  # fmt: skip
"""What to do with a file that cannot be read."""
_PAGES = frozenset((".html", ".htm", ".xhtml", ".md", ".markdown", ".tex", ".xml", ".yaml", ".yml",
                    ".toml", ".parquet", ".sqlite", ".db"))  # fmt: skip
_JSON_LINES = frozenset((".jsonl", ".ndjson", ".json", ".txt"))


def known_format(name: str) -> str:
    """The format that the suffix of a name says; "" where it has none.

    Raises:
        UsageError: it says a format that cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in SUFFIXES:
        raise unknown_suffix(name, "read")
    return SUFFIXES.get(suffix, "")


def check_suffix(name: str) -> None:
    """Refuse a file that certainly holds no text with problems, such as a picture.

    Raises:
        UsageError: its suffix says so.
    """
    if Path(name).suffix.lower() in _REMEDIES:
        raise unknown_suffix(name, "read")


def check_json_lines(path: Path) -> None:
    """Refuse a name for results as JSON Lines whose suffix says another format.

    Raises:
        UsageError: a program would open it as a workbook, a page, a picture.
    """
    suffix = path.suffix.lower()
    if suffix in _JSON_LINES or suffix not in _PAGES | SUFFIXES.keys() | _REMEDIES.keys():
        return
    lines = quote(str(path.with_suffix(".jsonl")))
    as_table = suffix in SUFFIXES and suffix != ".xlsm"
    raise UsageError(
        f"cannot write {path}: the results are JSON Lines, and {suffix} says another format",
        f"write -o {lines}"
        + (f"; graded as a table: mathcli grade {lines} -o {quote(str(path))}" if as_table else ""),
    )


def check_page_name(path: Path) -> None:
    """Refuse a name for a page of HTML whose suffix says another format.

    Raises:
        UsageError: it is one of a table, a document, a picture.
    """
    suffix = path.suffix.lower()
    if suffix in (_PAGES | SUFFIXES.keys() | _REMEDIES.keys()) - {".html", ".htm", ".xhtml"}:
        printed = ", and print it from a browser" if suffix == ".pdf" else ""
        raise UsageError(
            f"cannot write {path}: the page is HTML, and {suffix} says another format",
            f"write --html {quote(str(path.with_suffix('.html')))}{printed}",
        )


def unknown_suffix(name: str, verb: str) -> UsageError:
    """The error for a file whose suffix means another format."""
    suffix = Path(name).suffix.lower()
    if verb == "write":
        return UsageError(
            f"cannot write {name}: {_what(suffix)}",
            "write a .csv, .tsv, .xlsx, .ods or .jsonl file"
            + ("; a page to read is --html FILE" if suffix in (".html", ".htm", ".pdf") else ""),
        )
    hint = _REMEDIES.get(suffix, f"use one of {', '.join(SUFFIXES)}, or - for a stream")
    return UsageError(f"cannot read {name}: {_what(suffix)}", hint)


def _what(suffix: str) -> str:
    if suffix in (*_SHEETS, ".numbers", ".gsheet"):
        return f"{suffix} is a kind of spreadsheet that mathcli does not know"
    return (
        f"{suffix} is no table of answers" if suffix in _REMEDIES else f"what format is {suffix}?"
    )
