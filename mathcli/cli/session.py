"""What the commands that solve have in common: a model, an executor, a card, put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.cli.guard import doing
from mathcli.cli.options import Sandbox
from mathcli.resources import embedded_model

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
    from mathcli.models import Card
    from mathcli.solving import ModelInfo, Solver

_LEAST_CONTEXT = 4096  # tokens; a model trained for less gets what it was trained for
_PROMPT_ROOM = 2048  # tokens beside one generation


@dataclass(frozen=True)
class Setup:
    """What a solving command was asked to use: a model file, how to talk to it, how to run it."""

    model: Path
    engine: EngineOptions
    card: str | None = None
    sandbox: Sandbox = Sandbox.STRICT
    workers: int | None = None


def chosen_model(name: str | None) -> Path:
    """The model file that `--model` means; a hint about a better choice goes to standard error.

    Raises:
        ModelError: it is not on this machine.
    """
    from mathcli.models import choose_model

    choice = choose_model(name)
    if choice.hint:
        output.note(f"hint: {choice.hint}")
    return choice.path


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Solver]:
    """A solver that is ready, closed afterwards whatever happens.

    The executor starts first, so that its import of SymPy overlaps the loading of the model.

    Raises:
        ModelError, EngineError, SandboxError: as loading and starting do.
    """
    from mathcli.models import file_digest
    from mathcli.sandbox import Executor
    from mathcli.solving import Solver

    async with Executor(workers=setup.workers, sandbox=setup.sandbox.value) as executor:
        await executor.start()
        doing(f"loading {setup.model.name}")
        began = time.perf_counter()
        card, engine = await asyncio.to_thread(_load, setup)
        try:
            load_ms = 1000 * (time.perf_counter() - began)
            for line in _about(setup, engine):
                output.note(line)
            digest = await asyncio.to_thread(file_digest, setup.model)
            info = _describe(setup, engine, card.name, digest)
            doing(f"solving with {setup.model.name}")
            yield Solver(engine, executor, card, info, load_ms)
        finally:
            engine.close()


def _about(setup: Setup, engine: LlamaEngine) -> list[str]:
    """What is used and why, and what to mend; of the embedded model only what is wrong."""
    lines = [engine.build.hint] if engine.build.hint else []
    if setup.model != embedded_model() or setup.engine.gpu != "auto":
        threads = "1 thread" if engine.threads == 1 else f"{engine.threads} threads"
        lines.append(f"{setup.model.name}: {engine.offload.reason}; {threads}")
        if engine.offload.hint:
            lines.append(f"hint: {engine.offload.hint}")
    return lines


def _load(setup: Setup) -> tuple[Card, LlamaEngine]:
    from mathcli.engines.llamacpp import LlamaEngine

    card = _card(setup)
    options = setup.engine
    if options.context is None:
        options = replace(options, context=max(_LEAST_CONTEXT, card.max_tokens + _PROMPT_ROOM))
    return card, LlamaEngine(setup.model, options)


def _card(setup: Setup) -> Card:
    """The card that was asked for, or the one that the file's header points to."""
    from mathcli.models import card_named, find_card

    if setup.card is not None:
        return card_named(setup.card)
    if setup.model == embedded_model():
        return card_named("nano")
    from mathcli.engines.native import with_header

    return with_header(setup.model, lambda metadata: find_card(metadata, setup.model))


def _describe(setup: Setup, engine: LlamaEngine, card: str, digest: str) -> ModelInfo:
    from mathcli.models import quant_name
    from mathcli.solving import ModelInfo

    return ModelInfo(
        name=engine.metadata("general.name") or setup.model.stem,
        file=setup.model.name,
        sha256=digest,
        quant=quant_name(engine.metadata("general.file_type")),
        engine=engine.version,
        card=card,
    )
