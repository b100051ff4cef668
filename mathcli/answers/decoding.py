"""Decodes the text of a file of answers, whatever its encoding."""

from __future__ import annotations

import codecs

from mathcli.errors import UsageError

_NO_TEXT = (
    (b"PK\x03\x04", "is a spreadsheet or a ZIP archive, not text"),
    (b"\xd0\xcf\x11\xe0", "is an old spreadsheet (.xls), not text"),
    (b"PAR1", "is a Parquet file, not text"),
    (b"\x1f\x8b", "is compressed"),
    (b"%PDF", "is a PDF file, not text"),
)
_MARKS = (  # of UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8", None),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_SAMPLE = 4_096


def decoded(name: str, data: bytes) -> tuple[str, str | None]:
    """The text of a file, and its encoding's name where it is not UTF-8.

    Files start with their encoding's mark, are UTF-8, are UTF-16 without a mark (every second
    byte of most characters is zero), or else Windows-1252, which holds Latin-1.

    Raises:
        UsageError: it is no text.

    >>> decoded("a.csv", "né".encode("latin-1"))
    ('né', 'Windows-1252 (Latin-1)')
    """
    for start, what in _NO_TEXT:
        if data.startswith(start):
            raise UsageError(f"{name} {what}", "save it as CSV (UTF-8), and give that file")
    for mark, encoding, wrong in _MARKS:
        if data.startswith(mark):
            return _read(name, data[len(mark) :], encoding), wrong
    if b"\0" in data[:_SAMPLE]:
        sample = data[:_SAMPLE]
        big = sample[0::2].count(0) > sample[1::2].count(0)
        return _read(name, data, "utf-16-be" if big else "utf-16-le"), "UTF-16"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "Windows-1252 (Latin-1)"


def _read(name: str, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(
            f"{name} is no text in {encoding.upper()}", "save it as CSV (UTF-8), and give that file"
        )
    return text
