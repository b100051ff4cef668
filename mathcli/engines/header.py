"""Reads the values in a GGUF's header that llama.cpp's look-up omits: lists over all layers."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_STRING, _ARRAY = 8, 9
_FORMATS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_MOST = 4096  # most layers; longer lists belong to a tokenizer
_LONGEST = 1 << 20  # most bytes of a key or of a text value

Number = int | float | bool


def layer_lists(path: Path) -> dict[str, tuple[Number, ...]]:
    """The lists of numbers in a GGUF's metadata, up to the beginning of its tokenizer's lists.

    A damaged file raises nothing: the lists read before the damage are returned, and the library
    reports the damage at loading.
    """
    found: dict[str, tuple[Number, ...]] = {}
    try:
        with path.open("rb") as file:
            _, _, _, count = _read(file, "IIQQ")
            for _ in range(int(count)):
                key = _text(file)
                if key.startswith("tokenizer."):
                    break
                values = _value(file)
                if values:
                    found[key] = values
    except (OSError, struct.error, ValueError, KeyError, OverflowError):
        pass
    return found


def _value(file: BinaryIO) -> tuple[Number, ...]:
    """The value if it is a list of numbers; other values are skipped."""
    (kind,) = _read(file, "I")
    if kind == _STRING:
        _text(file)
    elif kind != _ARRAY:
        _read(file, _FORMATS[int(kind)])
    else:
        kind, count = _read(file, "IQ")
        if kind == _STRING:
            for _ in range(int(count)):
                _text(file)
        elif count > _MOST:
            file.seek(int(count) * struct.calcsize(_FORMATS[int(kind)]), 1)
        else:
            return _read(file, f"{count}{_FORMATS[int(kind)]}")
    return ()


def _text(file: BinaryIO) -> str:
    (length,) = _read(file, "Q")
    if length > _LONGEST:
        raise ValueError("no text is so long")
    return file.read(int(length)).decode("utf-8", "replace")


def _read(file: BinaryIO, kinds: str) -> tuple[Number, ...]:
    size = struct.calcsize("<" + kinds)
    return struct.unpack("<" + kinds, file.read(size))
