"""Finds, starts and ends the resident process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mathcli.errors import EngineError, MathcliError, UsageError
from mathcli.resident.identity import EngineIdentity
from mathcli.resident.link import Link, LinkLost
from mathcli.resident.place import Place, owned, place, prepared

_STARTING = 600.0  # most seconds of a start: large models load for minutes
_ENDING = 20.0  # most seconds of an end
_PAUSE = 0.02  # seconds between two checks
_DYING = 0.2  # seconds: a killed process closes its socket a little before its lock
_LONGEST_LOG = 1 << 20  # bytes


async def find(at: Place | None = None) -> Link | None:
    """A connection to the resident process; `None` if there is none.

    Raises:
        EngineError: the socket's folder is not private to this user.
    """
    at = at or place()
    if not at.exists:
        return None
    try:
        return await Link.open(at)
    except OSError:
        _clear(at)
        return None


def _clear(at: Place) -> None:
    """Remove what a killed process left, if no process runs."""
    from mathcli.resident import transport

    with contextlib.suppress(MathcliError, OSError):
        lock = owned(at, patience=_DYING)
        try:
            transport.leave(at)
        finally:
            lock.release()


async def start(identity: EngineIdentity, keep: float) -> Link:
    """A connection to a process that keeps this model: the existing one, or a new one.

    If several calls need one at the same time, one of them starts it, and the others wait.

    Raises:
        EngineError: it does not start; an error of the model appears when it is loaded here.
        UsageError: an existing process keeps another model.
    """
    at = prepared(place())
    async with _turn(at):
        link = await find(at)
        if link is not None and identity.is_stale_beside(link.about.identity):
            await end(link)
            link = None
        if link is None:
            link = await _launched(at, identity, keep)
    why = identity.differs_from(link.about.identity)
    if why is not None:
        link.close()
        raise UsageError(f"there is a resident engine, but {why}", "end it: mathcli serve stop")
    return link


async def end(link: Link) -> None:
    """End a process, and wait until it has ended.

    Raises:
        EngineError: it does not end.
    """
    at, pid = place(), link.about.pid
    with contextlib.suppress(LinkLost):
        await link.ask("stop")
    link.close()
    deadline = time.monotonic() + _ENDING
    while not _is_free(at):
        if time.monotonic() > deadline:
            raise EngineError(f"the resident engine (process {pid}) does not end", f"kill {pid}")
        await asyncio.sleep(_PAUSE)


def _is_free(at: Place) -> bool:
    try:
        owned(at).release()
    except UsageError:
        return False
    return True


@asynccontextmanager
async def _turn(at: Place) -> AsyncIterator[None]:
    """Hold the lock that lets only one call at a time start a process."""
    from filelock import FileLock, Timeout

    lock, deadline = FileLock(at.lock), time.monotonic() + _STARTING
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if time.monotonic() > deadline:
                raise EngineError("another call has been starting one for too long") from None
            await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.release()


async def _launched(at: Place, identity: EngineIdentity, keep: float) -> Link:
    """Start a process in the background; return when it answers."""
    process = _spawn(at, command(identity, keep))
    deadline = time.monotonic() + _STARTING
    while process.poll() is None and time.monotonic() < deadline:
        link = await find(at)
        if link is not None:
            return link
        await asyncio.sleep(_PAUSE)
    process.terminate()
    raise EngineError("the resident engine does not start", f"see: {at.log}")


def command(identity: EngineIdentity, keep: float) -> list[str]:
    """The command line that starts a process."""
    words = ["serve", "--model", identity.path, "--keep", f"{keep}s"]
    for option, value in (
        ("--context", identity.context),
        ("--threads", identity.threads),
        ("--gpu", identity.gpu),
    ):
        if value is not None:
            words += [option, str(value)]
    return [sys.executable, "-m", "mathcli", *words]


def _spawn(at: Place, words: Sequence[str]) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if at.log.exists() and at.log.stat().st_size > _LONGEST_LOG:
        flags |= os.O_TRUNC
    log = os.open(at.log, flags, 0o600)
    mine = ("MATHCLI_KEEP", "MATHCLI_MODEL")  # all settings are on the command line
    environment = {name: value for name, value in os.environ.items() if name not in mine}
    try:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            env=environment, cwd=at.folder, **options,
        )  # fmt: skip
    except OSError as error:
        raise EngineError(f"the resident engine does not start: {error.strerror}") from None
    finally:
        os.close(log)
