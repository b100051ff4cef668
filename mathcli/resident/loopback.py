"""Listening and connecting on Windows, where asyncio has no Unix sockets. Not run yet.

The process listens on a port of the loopback address. Any user of the machine can connect to it, so
the file in the user's own folder with the port also holds a token, which clients must send first.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

from mathcli.resident import wire
from mathcli.resident.place import Place, check, prepared

Serve = Callable[[StreamReader, StreamWriter], Awaitable[None]]

_CONNECTING = 5.0  # seconds
_LONGEST_TOKEN = 1024  # bytes of the token's frame
_HOST = "127.0.0.1"


async def listen(at: Place, serve: Serve) -> asyncio.Server:
    """Listen; overwrite what a killed process left behind.

    Raises:
        EngineError: the folder is not this user's alone.
        OSError: the system refuses.
    """
    prepared(at)
    token = secrets.token_hex(32)

    async def knowing_only(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            first = await asyncio.wait_for(wire.read(reader, _LONGEST_TOKEN), _CONNECTING)
        except (asyncio.TimeoutError, wire.Broken):
            first = None
        if first is None or not hmac.compare_digest(str(first.get("token")), token):
            writer.transport.abort()
            return
        await serve(reader, writer)

    server = await asyncio.start_server(knowing_only, _HOST, 0)
    port = server.sockets[0].getsockname()[1]
    at.socket.write_text(json.dumps({"port": port, "token": token}), encoding="ascii")
    return server


async def connect(at: Place) -> tuple[StreamReader, StreamWriter]:
    """Connect to the listening process.

    Raises:
        EngineError: the folder is not this user's alone.
        OSError: no process listens.
    """
    check(at)
    try:
        contact = json.loads(at.socket.read_text(encoding="ascii"))
        port, token = int(contact["port"]), str(contact["token"])
    except (ValueError, KeyError, TypeError):
        raise ConnectionRefusedError("the file of the port is damaged") from None
    opening = asyncio.open_connection(_HOST, port)
    try:
        reader, writer = await asyncio.wait_for(opening, _CONNECTING)
    except asyncio.TimeoutError:
        raise ConnectionRefusedError("nobody answers") from None
    writer.write(wire.frame({"token": token}))
    return reader, writer


def leave(at: Place) -> None:
    """Remove the file by which clients find the process."""
    with contextlib.suppress(OSError):
        at.socket.unlink()
