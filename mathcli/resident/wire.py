"""Frames on the socket: four bytes of length, then one JSON object in UTF-8.

Both sides limit what they read, so that a wrong length allocates no memory.
"""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from collections.abc import Mapping
from typing import Any

from mathcli.json_text import parse

LONGEST = 16 * 1024 * 1024  # most bytes of a frame
_LENGTH = struct.Struct(">I")

Message = Mapping[str, Any]


class Broken(ValueError):
    """The data is not a frame: no later frame can be read."""


def frame(message: Message) -> bytes:
    """A message as a frame.

    Raises:
        Broken: it is longer than the other side accepts.

    >>> frame({"do": "status"})
    b'\\x00\\x00\\x00\\x0f{"do":"status"}'
    """
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > LONGEST:
        raise Broken(f"a message of {len(body)} bytes is too long")
    return _LENGTH.pack(len(body)) + body


async def read(reader: StreamReader, most: int = LONGEST) -> dict[str, Any] | None:
    """The next message; `None` if the other side has closed, also within a frame.

    Raises:
        Broken: it is too long, or not a JSON object.
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
        Broken: it is not a JSON object.
    """
    try:
        message = parse(body)
    except ValueError as error:
        raise Broken(f"a frame is no JSON: {error}") from None
    if not isinstance(message, dict):
        raise Broken("a frame holds no object")
    return message


async def _exactly(reader: StreamReader, length: int) -> bytes | None:
    """Read `length` bytes; memory is allocated as they arrive."""
    from asyncio import IncompleteReadError

    try:
        return await reader.readexactly(length)
    except (IncompleteReadError, ConnectionError):
        return None
