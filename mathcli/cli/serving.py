"""Runs the resident process from start to end, for `mathcli serve`."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.cli.backend import Setup
from mathcli.cli.durations import spelled
from mathcli.cli.guard import doing
from mathcli.cli.sandbox_option import Sandbox
from mathcli.cli.session import card_of, describe, trust_in, with_context
from mathcli.errors import Exit, UsageError

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.options import EngineOptions
    from mathcli.models import Card
    from mathcli.resident.host import Host, Others
    from mathcli.resident.identity import About, EngineIdentity
    from mathcli.sandbox import Executor

LOCAL = "127.0.0.1"
KEY_VARIABLE = "MATHCLI_API_KEY"
_REPLACING = 20.0  # seconds to wait for an old process to end


@dataclass(frozen=True)
class ServeOptions:
    """The options of `serve`.

    Args:
        keep: seconds without use after which it ends.
        replace: whether to end an existing resident process first.
    """

    model: Path
    card: str | None
    options: EngineOptions
    sandbox: Sandbox
    keep: float | None
    replace: bool
    port: int | None = None
    host: str = LOCAL

    def check(self) -> None:
        """Refuse to accept connections from other machines without a key.

        Raises:
            UsageError: there is no key, or the packages for HTTP are not installed.
        """
        if self.port is None:
            if self.host != LOCAL:
                raise UsageError("--host is for HTTP", "add --port 8080")
            return
        try:
            import starlette  # noqa: F401
            import uvicorn  # noqa: F401
        except ImportError:
            raise UsageError(
                "packages that --port needs are missing", "pip install starlette uvicorn"
            ) from None
        from mathcli.hosts import is_loopback

        if not is_loopback(self.host) and not key():
            raise UsageError(
                f"anyone who can reach {self.host} could use this machine",
                f"set a key that clients must know: {KEY_VARIABLE}",
            )


def key() -> str | None:
    """The key that clients must send, if any."""
    return os.environ.get(KEY_VARIABLE) or None


async def serve(service: ServeOptions) -> Exit:
    """Keep a model loaded until the process is ended.

    Raises:
        UsageError: there already is a resident engine.
        ModelError, EngineError: raised by loading.
    """
    from mathcli.resident.place import owned, place

    service.check()
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


async def _keep(service: ServeOptions) -> Exit:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.models import file_digest
    from mathcli.resident.identity import EngineIdentity
    from mathcli.sandbox import Executor

    path = service.model
    setup = Setup(path, service.options, service.card)
    card = await asyncio.to_thread(card_of, setup, path)
    identity = EngineIdentity.of(path, with_context(service.options, card))
    async with Executor(sandbox=service.sandbox.value) as executor:
        await executor.start()
        doing(f"loading {path.name}")
        engine = await asyncio.to_thread(LlamaEngine, path, identity.options())
        try:
            digest = await asyncio.to_thread(file_digest, path)
            doing(f"serving {path.name}")
            about = _about(service, identity, engine, digest)
            loaded = Loaded(engine, executor, card, about)
            if service.port is None:
                return await _host(service, loaded)
            return await _host_with_http(service, loaded)
        finally:
            engine.close()


@dataclass(frozen=True)
class Loaded:
    """The engine, executor and names that the process keeps."""

    engine: LlamaEngine
    executor: Executor
    card: Card
    about: About


async def _host(service: ServeOptions, loaded: Loaded, others: Others | None = None) -> Exit:
    from mathcli.resident.host import Host, Keeping
    from mathcli.resident.place import place

    kept = Keeping(loaded.engine, loaded.executor, loaded.about)
    host = Host(kept, keep=service.keep, others=others)
    interrupted = _listen_for_signals(host)
    code = await host.serve(place(), lambda: _say(service, loaded.about.url))
    return Exit.INTERRUPTED if interrupted else code


async def _host_with_http(service: ServeOptions, loaded: Loaded) -> Exit:
    """Host the engine, and answer HTTP requests at the same time."""
    from mathcli.answers import Grader
    from mathcli.api.app import application
    from mathcli.api.guarding import AccessRules
    from mathcli.api.listening import listening
    from mathcli.api.metrics import Metrics
    from mathcli.api.service import Service as HttpService
    from mathcli.cli.http_options import options_of
    from mathcli.cli.method_choice import Experience
    from mathcli.solving import Solver

    card, engine = loaded.card, loaded.engine
    info = describe(service.model, engine, card.name, loaded.about.digest)
    chooser, metrics = Experience(info, card, str(service.model)), Metrics()
    assert service.port is not None
    with Grader() as grader:
        solver = Solver(
            engine, loaded.executor, card, info, 0.0, grader, chooser=chooser, trust=trust_in(info)
        )
        served = HttpService(engine, solver, lambda body: options_of(body, card), metrics)
        app = application(served, AccessRules(service.host, key()))
        async with listening(app, service.host, service.port) as url:
            loaded = replace(loaded, about=replace(loaded.about, url=url))
            return await _host(service, loaded, metrics)


def _about(
    service: ServeOptions, identity: EngineIdentity, engine: LlamaEngine, digest: str
) -> About:
    from mathcli.resident.identity import About

    return About(
        os.getpid(), identity, engine.context_length, digest, engine.version,
        engine.all_metadata(), service.sandbox.value, service.keep,
    )  # fmt: skip


def _say(service: ServeOptions, url: str | None) -> None:
    end = f"; it ends after {spelled(service.keep)} without use" if service.keep else ""
    output.note(f"keeping {service.model.name} for solve, batch, eval and calibrate{end}")
    if url is not None:
        output.note(f"answering on {url}/v1")


def _listen_for_signals(host: Host) -> list[int]:
    """Handle signals: the first lets running requests finish, the second ends at once. The
    returned list collects the interrupts from the keyboard."""
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
