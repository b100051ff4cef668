"""Workbooks as files: ZIP archives, which are checked before any library unpacks them."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from importlib import import_module
from typing import NoReturn

from mathcli.errors import UsageError

WRITTEN_BY = "mathcli"
"""Who made a workbook, as its properties say."""
LIBRARIES = {"xlsx": "openpyxl", "ods": "odfdo"}
EXTRA = "pip install odfdo openpyxl"

BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, EOFError, OSError,
    RuntimeError, ValueError, KeyError,
)  # fmt: skip
"""What the reader of a damaged archive raises."""
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # the container of old and of encrypted workbooks
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MOST_PARTS = 5_000
_TEXTS = (".xml", ".rels", ".rdf")
_MOST_UNPACKED = 64 << 20  # bytes of all XML in it together
_MOST_STYLES = 8 << 20  # bytes of a part that becomes many small objects
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


def kind_by_content(data: bytes) -> str | None:
    """The format of a workbook by its content; `None` if it is none.

    >>> kind_by_content(b"id,answer")
    """
    if not data.startswith(_ZIP):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except BROKEN:
        return None
    if "[Content_Types].xml" in names and any(one.startswith("xl/") for one in names):
        return "xlsx"
    return "ods" if {"content.xml", "mimetype"} <= names else None


def checked(name: str, data: bytes, kind: str) -> None:
    """Check a workbook before it is read.

    Raises:
        UsageError: it is no workbook, it is encrypted, or it unpacks to too much.
    """
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            _encrypted(name)
        raise UsageError(
            f"{name} is in fact an old workbook (.xls)",
            "save it as .xlsx in your spreadsheet program, and give that file",
        )
    if not data.startswith(_ZIP):
        raise UsageError(
            f"{name} is no {kind} workbook" + ("" if data else ": it is empty"),
            "if it is text, name it .csv; otherwise save it anew in your spreadsheet program",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(name, archive)
    except UsageError:
        raise
    except BROKEN as error:
        damaged(name, error)
    if (actual := kind_by_content(data)) != kind:
        raise UsageError(
            f"{name} is no {kind} workbook" + (f" but {actual}" if actual else ""),
            f"name it .{actual}" if actual else "give it as .xlsx, .ods or .csv",
        )


def _check_parts(name: str, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        _too_large(name, f"it has {len(parts):,} parts")
    if any(part.flag_bits & 1 for part in parts):
        _encrypted(name)
    # A picture is hardly smaller in the archive; any other part may be read as a sheet, whatever
    # its name.
    packed = [part for part in parts if part.file_size > 2 * part.compress_size]
    texts = [part for part in parts if part in packed or part.filename.lower().endswith(_TEXTS)]
    total = sum(part.file_size for part in texts)
    if total > _MOST_UNPACKED:
        _too_large(name, f"it unpacks to {total >> 20:,} MiB")
    for part in texts:
        if "styles" in part.filename.lower() and part.file_size > _MOST_STYLES:
            _too_large(name, f"its styles unpack to {part.file_size >> 20:,} MiB")
        with archive.open(part) as file:
            if _ENTITIES.search(file.read(4096)):
                raise UsageError(
                    f"{name} defines XML entities, which no workbook does",
                    "save it anew in your spreadsheet program",
                )
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        _encrypted(name)


def damaged(name: str, error: BaseException) -> NoReturn:
    """Report that a workbook cannot be read.

    Raises:
        UsageError: always.
    """
    why = " ".join(str(error).split())[:160] or type(error).__name__
    raise UsageError(
        f"{name} is damaged and cannot be read ({why})",
        "open it in your spreadsheet program and save it anew",
    ) from None


def _encrypted(name: str) -> NoReturn:
    raise UsageError(
        f"{name} is protected by a password",
        "save it without one in your spreadsheet program, and give that file",
    )


def _too_large(name: str, why: str) -> NoReturn:
    raise UsageError(f"{name} is too large: {why}", "keep one sheet of answers, or save it as CSV")


def require(name: str, kind: str) -> None:
    """Check, before any work is done, that a kind of workbook can be read and written.

    Raises:
        UsageError: its library is not installed.
    """
    try:
        import_module(LIBRARIES[kind])
    except ImportError:
        raise UsageError(
            f"{name} needs the library {LIBRARIES[kind]}, which is not installed", EXTRA
        ) from None
