"""Answers on their way to a client that may go away, or not read on."""

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

_STALLED = 30.0  # seconds that a client may read nothing
_LONGEST = 3600.0  # seconds of one request

Event = dict[str, Any]


class Gone(Exception):
    """The client is not there any more."""


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client goes away.

    Raises:
        Gone: it has.
    """
    task = asyncio.ensure_future(work)
    await _either(task, _departure(request.receive))
    if task.cancelled():
        raise Gone
    return task.result()


class EventStream(Response):
    """Server-sent events. What makes them is ended when the client goes away, or does not read.

    Args:
        first: the first event, which is waited for before anything is sent: until then an error
            is an answer with its status.
        events: the others.
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
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(task: asyncio.Future[Any], departure: Awaitable[None]) -> None:
    """Wait until the task is done; cancel it when the client goes, or takes too long."""
    gone = asyncio.ensure_future(departure)
    try:
        await asyncio.wait({task, gone}, timeout=_LONGEST, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.wait({task, gone})
