"""Reads a possibly endless stream in a daemon thread, so that the process can still end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

T = TypeVar("T")

_AHEAD = 256  # most items read ahead


async def arriving(items: Iterator[T]) -> AsyncIterator[T]:
    """The items of a blocking iterator, read ahead by a daemon thread."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[T | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def put(item: T | BaseException | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def read() -> None:
        try:
            for item in items:
                room.acquire()
                put(item)
            put(None)
        except BaseException as error:
            put(error)

    threading.Thread(target=read, name="mathcli-input", daemon=True).start()
    while (item := await queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        room.release()
        yield item
