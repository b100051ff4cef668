"""The resident process from its start to its end, as the command runs it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.cli.durations import spelled
from mathcli.cli.guard import doing
from mathcli.cli.options import Sandbox
from mathcli.cli.session import Setup, card_of, with_context
from mathcli.errors import Exit

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.options import EngineOptions
    from mathcli.resident.host import Host
    from mathcli.resident.identity import About, Identity

_REPLACING = 20.0  # seconds to wait for one that ends


@dataclass(frozen=True)
class Service:
    """What `serve` was asked for.

    Args:
        keep: seconds without use after which it ends.
        replace: end the one that is there.
    """

    model: Path
    card: str | None
    options: EngineOptions
    sandbox: Sandbox
    keep: float | None
    replace: bool


async def serve(service: Service) -> Exit:
    """Keep a model until the end.

    Raises:
        UsageError: there is a resident engine already.
        ModelError, EngineError: as loading does.
    """
    from mathcli.resident.place import owned, place

    at = place()
    if service.replace:
        await _end_other()
    with ExitStack() as stack:
        lock = owned(at, _REPLACING if service.replace else 0.0)
        stack.callback(lock.release)
        return await _keep(service)


async def _end_other() -> None:
    from mathcli.resident.starting import end, find

    link = await find()
    if link is not None:
        await end(link)


async def _keep(service: Service) -> Exit:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.models import file_digest
    from mathcli.resident.host import Host, Keeping
    from mathcli.resident.identity import Identity
    from mathcli.resident.place import place
    from mathcli.sandbox import Executor

    path = service.model
    setup = Setup(path, service.options, service.card)
    options = with_context(service.options, await asyncio.to_thread(card_of, setup, path))
    identity = Identity.of(path, options)
    async with Executor(sandbox=service.sandbox.value) as executor:
        await executor.start()
        doing(f"loading {path.name}")
        engine = await asyncio.to_thread(LlamaEngine, path, identity.options())
        try:
            digest = await asyncio.to_thread(file_digest, path)
            about = _about(service, identity, engine, digest)
            host = Host(Keeping(engine, executor, about), keep=service.keep)
            interrupted = _listen_for_signals(host)
            doing(f"serving {path.name}")
            code = await host.serve(place(), lambda: _say(service))
            return Exit.INTERRUPTED if interrupted else code
        finally:
            engine.close()


def _about(service: Service, identity: Identity, engine: LlamaEngine, digest: str) -> About:
    from mathcli.resident.identity import About

    return About(
        os.getpid(), identity, engine.context_length, digest, engine.version,
        engine.all_metadata(), service.sandbox.value, service.keep,
    )  # fmt: skip


def _say(service: Service) -> None:
    end = f"; it ends after {spelled(service.keep)} without use" if service.keep else ""
    output.note(f"keeping {service.model.name} for solve, batch, eval and calibrate{end}")


def _listen_for_signals(host: Host) -> list[int]:
    """The first signal to end lets what runs come to its end, the second ends at once; returns
    the interrupts from the keyboard as they come."""
    loop, interrupts, asked = asyncio.get_running_loop(), list[int](), list[int]()

    def end(number: int) -> None:
        asked.append(number)
        if number == signal.SIGINT:
            interrupts.append(number)
        if len(asked) > 1:
            os._exit(int(Exit.INTERRUPTED))
        host.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, end, number)
        except NotImplementedError:  # Windows: Ctrl-C ends at once
            break
    return interrupts
