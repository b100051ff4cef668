"""Decodes the text of a file of answers, whatever its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

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
_LATIN = "Windows-1252 (Latin-1)"
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
    encoding, mark, wrong = _encoding(data[:_SAMPLE])
    if encoding != "utf-8":
        return _read(name, data[mark:], encoding), wrong
    if b"\0" in data:
        raise _no_text(name, encoding)
    try:
        return data[mark:].decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), _LATIN


def utf8_lines(name: str, raw: Iterable[bytes], notify: Callable[[str], None]) -> Iterator[bytes]:
    """Lines in UTF-8, as they arrive, of a text in any encoding that `decoded` knows.

    A line that is not UTF-8 is Windows-1252 unless lines above it were certainly UTF-8; then it is
    damaged, and is left as it is.

    Args:
        raw: what `input_files.lines` gives.
        notify: called with a note for the user about the encoding, where it is not UTF-8.
    """
    raw = iter(raw)
    first = next(raw, None)
    if first is None:
        return
    encoding, mark, wrong = _encoding(first[:_SAMPLE])
    whole = chain([first[mark:]], raw)
    if encoding != "utf-8":
        notify(f"{name} is read as {wrong}")
        yield from _wide_lines(whole, encoding)
        return
    is_utf8 = is_latin = False
    for line in whole:
        try:
            line.decode()
        except UnicodeDecodeError:
            if not (is_utf8 or is_latin):
                notify(f"{name} is read as {_LATIN}")
                is_latin = True
            yield line if is_utf8 else line.decode("cp1252", "replace").encode()
        else:
            is_utf8 = is_utf8 or not line.isascii()
            yield line


def _wide_lines(raw: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The lines of a text in UTF-16 or UTF-32 that was split at each byte of a line end."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest, between = "", b""
    for piece in raw:
        *lines, rest = (rest + decoder.decode(between + piece)).split("\n")
        yield from (line.encode("utf-8", "replace") for line in lines)
        between = b"\n"
    if rest:
        yield rest.encode("utf-8", "replace")


def _encoding(head: bytes) -> tuple[str, int, str | None]:
    """The encoding of a text that begins like this, the length of its mark, and what to call it
    where it is not UTF-8."""
    for mark, encoding, wrong in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark), wrong
    pairs = len(head) // 2
    zeros = {"utf-16-be": head[0::2].count(0), "utf-16-le": head[1::2].count(0)}
    wide = max(zeros, key=lambda one: zeros[one])
    if 0 < pairs < 2 * zeros[wide] and 8 * min(zeros.values()) <= pairs:
        return wide, 0, "UTF-16"
    return "utf-8", 0, None


def _read(name: str, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _no_text(name, encoding)
    return text


def _no_text(name: str, encoding: str) -> UsageError:
    return UsageError(
        f"{name} is no text in {encoding.upper()}", "save it as CSV (UTF-8), and give that file"
    )
