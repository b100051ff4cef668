"""The client's connection to the resident process."""

from __future__ import annotations

import asyncio
import itertools
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

from mathcli.errors import EngineError
from mathcli.resident import messages, transport, wire
from mathcli.resident.identity import About
from mathcli.resident.place import Place

_GREETING = 10.0  # seconds within which a process must describe itself

Message = dict[str, Any]


class LinkLost(ConnectionError):
    """The connection to the process was lost; it is unknown whether the request was done."""


class Link:
    """An open connection. Use it from the event loop that opened it.

    `about` is the process's description. `dismissed` means that it ended regularly rather than
    died.
    """

    def __init__(self, about: About, reader: StreamReader, writer: StreamWriter) -> None:
        self.about = about
        self.dismissed = False
        self.lost = False
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._hears: dict[int, Callable[[Message], None]] = {}
        self._listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def open(cls, at: Place) -> Link:
        """Connect.

        Raises:
            EngineError: the folder is not this user's alone.
            OSError: no process listens, or it sends no valid description.
        """
        reader, writer = await transport.connect(at)
        try:
            first = await asyncio.wait_for(wire.read(reader), _GREETING)
            return cls(About.read((first or {}).get("about")), reader, writer)
        except (asyncio.TimeoutError, ValueError) as error:
            writer.transport.abort()
            raise ConnectionRefusedError(f"it is not understood: {error}") from None
        except BaseException:
            writer.transport.abort()
            raise

    async def ask(
        self, do: str, *, hears: Callable[[Message], None] | None = None, **fields: Any
    ) -> Message:
        """Send a request and wait for the answer. Cancelling this cancels the request there.

        Args:
            hears: called with the messages before the answer.

        Raises:
            Lost: the connection was lost.
            MathcliError, ValueError: the error in the answer.
        """
        if self.lost:
            raise LinkLost
        number = next(self._numbers)
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        if hears is not None:
            self._hears[number] = hears
        try:
            self._writer.write(_frame({"do": do, "id": number, **fields}))
            answer = await future
        except asyncio.CancelledError:
            self.tell("cancel", id=number)
            raise
        finally:
            self._waiting.pop(number, None)
            self._hears.pop(number, None)
        if "error" in answer:
            raise messages.error(answer["error"])
        return answer

    def tell(self, do: str, **fields: Any) -> None:
        """Send a request that has no answer."""
        if not self.lost:
            self._writer.write(_frame({"do": do, **fields}))

    def close(self) -> None:
        """Disconnect: the process closes all sequences of this client."""
        self.lost = True
        self._listening.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        try:
            while (message := await wire.read(self._reader)) is not None:
                self._hear(message)
        except (ValueError, OSError):  # it sent an invalid message, or has ended
            pass
        finally:
            self.lost = True
            self._writer.transport.abort()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(LinkLost())

    def _hear(self, message: Message) -> None:
        number = message.get("id")
        if message.get("bye"):
            self.dismissed = True
        elif not isinstance(number, int):
            raise wire.Broken("an answer without a number")
        elif "ids" in message and "completion" not in message:
            hears = self._hears.get(number)
            if hears is not None:
                hears(message)
        else:
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_result(message)


def _frame(message: Message) -> bytes:
    try:
        return wire.frame(message)
    except wire.Broken as error:
        raise EngineError(f"the resident engine takes no such text: {error}") from None
