"""The HTTP server beside the resident process's socket, in the same event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from mathcli.errors import UsageError

_MOST_CONNECTIONS = 256
_IDLE_SECONDS = 30
_FINISHING = 10  # seconds that the end waits for running requests
_LONGEST_HEAD = 64 * 1024  # most bytes of a request's head
_BACKLOG = 128


class _Server(uvicorn.Server):
    """A uvicorn server without its own signal handlers."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application for the duration of the context; yields its address.

    Raises:
        UsageError: the server cannot listen on this address.
    """
    found = _bound(host, port)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", server_header=False,
        proxy_headers=False, ws="none", limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS, timeout_graceful_shutdown=_FINISHING,
        h11_max_incomplete_event_size=_LONGEST_HEAD, http="h11",
    )  # fmt: skip
    server = _Server(config)
    with found:
        task = asyncio.ensure_future(server.serve([found]))
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{found.getsockname()[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait({task})


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"there is no address {host}: {error.strerror}") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise UsageError(
            f"cannot listen on {host}, port {port}: {error.strerror}", "choose another --port"
        ) from None
    return made
