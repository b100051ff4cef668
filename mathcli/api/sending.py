"""Sends responses to clients that may disconnect or stop reading."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mathcli.api.faults import refusal

T = TypeVar("T")

_STALLED = 30.0  # seconds after which a client that reads nothing is dropped
_LONGEST = 3600.0  # most seconds of one request

Event = dict[str, Any]


class Gone(Exception):
    """The client has disconnected."""


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled if the client disconnects.

    Raises:
        Gone: the client has disconnected.
    """
    task = asyncio.ensure_future(work)
    await _either(task, _departure(request.receive))
    if task.cancelled():
        raise Gone
    return task.result()


class EventStream(Response):
    """A response of server-sent events. Its source is closed if the client disconnects or stops
    reading.

    Args:
        first: the first event, awaited before anything is sent, so that an error until then is a
            response with its own status.
        events: the further events.
    """

    media_type = "text/event-stream"

    def __init__(self, first: Event, events: AsyncGenerator[Event, None]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-cache"
        self._first = first
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.ensure_future(self._send_all(send))
        try:
            await _either(task, _departure(receive))
        finally:
            await self._events.aclose()
        if not task.cancelled():
            task.result()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await _send(send, self._first)
        try:
            async for event in self._events:
                await _send(send, event)
        except Gone:
            raise
        except Exception as error:
            await _send(send, refusal(error).body())
        await _send(send, "[DONE]")
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, event: Event | str) -> None:
    text = event if isinstance(event, str) else json.dumps(event, separators=(",", ":"))
    body = {"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": True}
    try:
        await asyncio.wait_for(send(body), _STALLED)
    except asyncio.TimeoutError:
        raise Gone from None


async def _departure(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(task: asyncio.Future[Any], departure: Awaitable[None]) -> None:
    """Wait until the task is done; cancel it if the client disconnects, or after the time limit."""
    gone = asyncio.ensure_future(departure)
    try:
        await asyncio.wait({task, gone}, timeout=_LONGEST, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.wait({task, gone})
