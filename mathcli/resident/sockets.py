"""Listening and connecting on a Unix socket, for this user alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

from mathcli.resident.place import Place, check, is_own, prepared

Serve = Callable[[StreamReader, StreamWriter], Awaitable[None]]

_BACKLOG = 128
_CONNECTING = 5.0  # seconds


async def listen(at: Place, serve: Serve) -> asyncio.Server:
    """Listen; remove what a killed process left behind.

    Only for the holder of the place's `owner` lock.

    Raises:
        EngineError: the folder is not this user's alone.
        OSError: the system refuses.
    """
    prepared(at)
    at.socket.unlink(missing_ok=True)

    async def own_only(reader: StreamReader, writer: StreamWriter) -> None:
        found = writer.get_extra_info("socket")
        if found is None or not is_own(found):
            writer.transport.abort()
            return
        await serve(reader, writer)

    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(at.socket))
        at.socket.chmod(0o600)
        return await asyncio.start_unix_server(own_only, sock=made, backlog=_BACKLOG)
    except BaseException:
        made.close()
        raise


async def connect(at: Place) -> tuple[StreamReader, StreamWriter]:
    """Connect to the listening process.

    Raises:
        EngineError: the folder is not this user's alone.
        OSError: no process listens.
    """
    check(at)
    opening = asyncio.open_unix_connection(str(at.socket))
    try:
        reader, writer = await asyncio.wait_for(opening, _CONNECTING)
    except asyncio.TimeoutError:
        raise ConnectionRefusedError("nobody answers") from None
    found = writer.get_extra_info("socket")
    if found is None or not is_own(found):
        writer.transport.abort()
        raise ConnectionRefusedError("another user listens there")
    return reader, writer


def leave(at: Place) -> None:
    """Remove the socket by which clients find the process."""
    with contextlib.suppress(OSError):
        at.socket.unlink()
