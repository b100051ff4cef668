"""What a server sends, within bounds: bytes of a body, and fields of its JSON by their types.

A server is not trusted: it may send without end, pack gigabytes into kilobytes (gzip), or put
anything in the place of a number.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mathcli.errors import EngineError

if TYPE_CHECKING:
    from mathcli.engines.transport import Answer

LONGEST_ANSWER = 1 << 24
"""Bytes of an answer; the tokens of a long text are some megabytes."""
MOST_PARTS = 1 << 19
"""Objects and lists in an answer: each takes far more memory than its two brackets."""
LONGEST_REFUSAL = 1 << 16
"""Bytes of an error's body that are read; the rest is left."""
_GZIP_OR_ZLIB = 47  # window bits by which zlib takes either


async def read_body(answer: Answer, most: int, url: str, *, cut: bool = False) -> str:
    """The text of an answer.

    Args:
        most: bytes, after unpacking.
        cut: leave what is beyond, instead of an error.

    Raises:
        EngineError: it is longer, or packed in a way that was not asked for.
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


def check_plain(answer: Answer, url: str) -> None:
    """Refuse a stream that is packed, although it was asked for as it is.

    Raises:
        EngineError: it is.
    """
    if _packing(answer) not in ("", "identity"):
        raise _packed(_packing(answer), url)


def _packing(answer: Answer) -> str:
    return str(answer.headers.get("content-encoding") or "").strip().lower()


def _unpacking(answer: Answer, url: str) -> Any:
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
    return EngineError(f"the server {url} packs its answers ({name}) unasked", "check the address")


def most_tokens(text: str) -> int:
    """More tokens than any tokenizer makes of a text: some bytes become several when it is
    normalized, and some tokens come before and after it."""
    return 8 * len(text.encode("utf-8", "replace")) + 64


# -- fields of JSON ------------------------------------------------------------------------------


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list; an empty one in the place of anything else."""
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A text; an empty one in the place of anything else."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A count, which is never negative and never beyond what a counter holds."""
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
    return int(value) if usable else None  # type: ignore[call-overload]


def number(value: object) -> float | None:
    """A number that is finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def first(value: object) -> Mapping[str, Any]:
    """The first object of a list; an empty one where there is none."""
    return mapping(next(iter(listed(value)), None))
