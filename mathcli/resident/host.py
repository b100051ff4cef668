"""The resident process: keeps an engine and a started executor, and serves them to clients."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mathcli.errors import EngineError, Exit
from mathcli.resident import transport
from mathcli.resident.guest import Guest
from mathcli.resident.identity import About
from mathcli.resident.place import Place

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.sandbox import Executor

_MOST_GUESTS = 64
_FINISHING = 10.0  # seconds that the end waits for running requests


@dataclass(frozen=True)
class Keeping:
    """The loaded engine and executor, and their description."""

    engine: LlamaEngine
    executor: Executor
    about: About


class Others(Protocol):
    """Other uses of the engine: how many now, and when the last one ended (monotonic seconds)."""

    running: int
    last_used: float


class Host:
    """Serves an engine to clients, until stopped or unused for `keep` seconds.

    Args:
        keep: seconds without use after which it ends; `None`: never.
        others: returns the other uses of the engine (over HTTP).
    """

    def __init__(
        self, keeping: Keeping, *, keep: float | None = None, others: Others | None = None
    ) -> None:
        self.engine = keeping.engine
        self.executor = keeping.executor
        self.about = keeping.about
        self.ending = False
        self._keep = keep
        self._others = others
        self._guests: set[Guest] = set()
        self._began = self._used = time.monotonic()
        self._served = 0
        self._wake = asyncio.Event()
        self._failed = False

    async def serve(self, at: Place, ready: Callable[[], None]) -> Exit:
        """Listen at `at` until the end.

        Args:
            ready: called when clients can connect.

        Raises:
            EngineError: the folder is not this user's alone, or the system refuses.
        """
        try:
            server = await transport.listen(at, self._guest)
        except OSError as error:
            raise EngineError(f"cannot listen on {at.socket}: {error.strerror}") from None
        try:
            ready()
            await self._until_end()
            transport.leave(at)  # new clients find no process, and do not wait
            await self._finish()
        finally:
            transport.leave(at)
            server.close()
        return Exit.ENGINE if self._failed else Exit.OK

    def stop(self) -> None:
        """End after the running requests, but at the latest after a time limit."""
        self.ending = True
        self._wake.set()

    def done(self) -> None:
        """Note that a request is done."""
        self._served += 1
        if self.ending:
            self._wake.set()

    def look_after_engine(self) -> None:
        """End at once if the engine has failed: the next call starts another process."""
        if self.engine.failed:
            self._failed = True
            self.stop()

    def status(self) -> dict[str, Any]:
        """The status for `mathcli serve status`."""
        identity = self.about.identity
        idle = 0.0 if self._in_use else time.monotonic() - self._last_used
        return {
            "pid": self.about.pid,
            "model": identity.path,
            "version": identity.version,
            "context": self.about.length,
            "url": self.about.url,
            "keep_seconds": self._keep,
            "up_seconds": round(time.monotonic() - self._began, 3),
            "idle_seconds": round(idle, 3),
            "calls": len(self._guests) - 1,  # without the client that requests the status
            "requests": self._others.running if self._others else 0,
            "answered": self._served,
            "memory_bytes": resident_bytes(),
        }

    async def _guest(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self.ending or len(self._guests) >= _MOST_GUESTS:
            writer.transport.abort()
            return
        guest = Guest(self, reader, writer)
        self._guests.add(guest)
        try:
            await guest.serve()
        finally:
            self._guests.discard(guest)
            if guest.used:
                self._used = time.monotonic()

    @property
    def _in_use(self) -> bool:
        asking = bool(self._guests)
        return asking or (self._others is not None and self._others.running > 0)

    @property
    def _last_used(self) -> float:
        return max(self._used, self._others.last_used if self._others is not None else 0.0)

    async def _until_end(self) -> None:
        """Wait until it is stopped, or was unused for `keep` seconds."""
        pause = None if self._keep is None else min(1.0, max(0.05, self._keep / 4))
        while not self.ending:
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except asyncio.TimeoutError:
                idle = time.monotonic() - self._last_used
                if not self._in_use and self._keep is not None and idle >= self._keep:
                    self.ending = True

    async def _finish(self) -> None:
        """Let running requests end, within a time limit; then dismiss all clients."""
        end = time.monotonic() + _FINISHING
        while any(guest.busy for guest in self._guests) and not self._failed:
            left = end - time.monotonic()
            if left <= 0:
                break
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), min(left, 0.2))
            except asyncio.TimeoutError:
                continue
        for guest in list(self._guests):
            guest.dismiss()


def resident_bytes() -> int | None:
    """Memory of this process in bytes, if the system reports it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
