"""Frames on the socket: four bytes of length, then one JSON object in UTF-8.

Both sides bound what they read, so that a length that makes no sense costs no memory.
"""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from collections.abc import Mapping
from typing import Any

from mathcli.json_text import parse

LONGEST = 16 * 1024 * 1024  # bytes of a frame
_LENGTH = struct.Struct(">I")

Message = Mapping[str, Any]


class Broken(ValueError):
    """What came is no frame: nothing that follows can be read."""


def frame(message: Message) -> bytes:
    """A message as it is sent.

    Raises:
        Broken: it is longer than the other side would read.

    >>> frame({"do": "status"})
    b'\\x00\\x00\\x00\\x0f{"do":"status"}'
    """
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > LONGEST:
        raise Broken(f"a message of {len(body)} bytes is too long")
    return _LENGTH.pack(len(body)) + body


async def read(reader: StreamReader, most: int = LONGEST) -> dict[str, Any] | None:
    """The next message; `None` when the other side has ended, also within a frame.

    Raises:
        Broken: it is too long, or no JSON object.
    """
    head = await _exactly(reader, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise Broken(f"a frame of {length} bytes is too long")
    body = await _exactly(reader, length)
    return None if body is None else message_in(body)


def message_in(body: bytes) -> dict[str, Any]:
    """The message of a frame.

    Raises:
        Broken: it is no JSON object.
    """
    try:
        message = parse(body)
    except ValueError as error:
        raise Broken(f"a frame is no JSON: {error}") from None
    if not isinstance(message, dict):
        raise Broken("a frame holds no object")
    return message


async def _exactly(reader: StreamReader, length: int) -> bytes | None:
    """So many bytes; memory is taken as they come."""
    from asyncio import IncompleteReadError

    try:
        return await reader.readexactly(length)
    except (IncompleteReadError, ConnectionError):
        return None
