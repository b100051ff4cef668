"""Reads what a server sends, within bounds: the bytes of a body, and JSON fields by their types.

Servers are not trusted: one may send an endless body, compress gigabytes into kilobytes (gzip), or
send anything in place of a number.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mathcli.errors import EngineError

if TYPE_CHECKING:
    from mathcli.engines.transport import HttpResponse

LONGEST_ANSWER = 1 << 24
"""Most bytes of a response; the tokens of a long text take some megabytes."""
MOST_PARTS = 1 << 19
"""Most objects and lists in a response: each takes far more memory than its two brackets."""
LONGEST_REFUSAL = 1 << 16
"""Most bytes read of an error's body; the rest is ignored."""
_GZIP_OR_ZLIB = 47  # window bits that make zlib detect gzip and zlib headers


async def read_body(answer: HttpResponse, most: int, url: str, *, cut: bool = False) -> str:
    """The text of a response.

    Args:
        most: bytes, after decompression.
        cut: ignore the bytes beyond `most`, instead of raising.

    Raises:
        EngineError: it is longer, or compressed in a way that was not requested.
    """
    unpack = _unpacking(answer, url)
    found = bytearray()
    while part := await answer.part():
        found += part if unpack is None else _unpacked(unpack, part, most - len(found) + 1, url)
        if len(found) > most:
            if cut:
                break
            raise EngineError(
                f"the server {url} sends more than {most >> 20} MiB in an answer",
                "check the address",
            )
    return bytes(found[:most]).decode("utf-8-sig", "replace")


def check_plain(answer: HttpResponse, url: str) -> None:
    """Refuse a compressed stream, because an uncompressed one was requested.

    Raises:
        EngineError: it is compressed.
    """
    if _packing(answer) not in ("", "identity"):
        raise _packed(_packing(answer), url)


def _packing(answer: HttpResponse) -> str:
    return str(answer.headers.get("content-encoding") or "").strip().lower()


def _unpacking(answer: HttpResponse, url: str) -> Any:
    name = _packing(answer)
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(_GZIP_OR_ZLIB)
    raise _packed(name, url)


def _unpacked(unpack: Any, part: bytes, most: int, url: str) -> bytes:
    try:
        return bytes(unpack.decompress(part, max(1, most)))
    except zlib.error:
        raise EngineError(f"the server {url} sends a damaged answer", "see its own log") from None


def _packed(name: str, url: str) -> EngineError:
    return EngineError(f"the server {url} compresses answers ({name}) unasked", "check the address")


def most_tokens(text: str) -> int:
    """An upper bound for the tokens of a text in any tokenizer: normalization may turn a byte into
    several, and tokens may be added before and after."""
    return 8 * len(text.encode("utf-8", "replace")) + 64


# -- fields of JSON ------------------------------------------------------------------------------


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty object."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is a list, else an empty list."""
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """The value if it is a text, else an empty text."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """The value as a count: not negative, and within the range of a counter."""
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
    return int(value) if usable else None  # type: ignore[call-overload]


def number(value: object) -> float | None:
    """The value as a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        parsed = float(value)
    except OverflowError:
        return None
    return parsed if math.isfinite(parsed) else None


def first(value: object) -> Mapping[str, Any]:
    """The first object of a list; an empty object without one."""
    return mapping(next(iter(listed(value)), None))
