"""What the commands that solve have in common: a model, an executor, a card, put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.cli.guard import doing
from mathcli.resources import embedded_model

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import EngineOptions, LlamaEngine
    from mathcli.solving import ModelInfo, Solver


class Sandbox(str, Enum):
    """How strictly programs are confined."""

    STRICT = "strict"
    BASIC = "basic"


@dataclass(frozen=True)
class Setup:
    """What a solving command was asked to use: a model file and how to run it."""

    model: Path
    engine: EngineOptions
    sandbox: Sandbox = Sandbox.STRICT
    workers: int | None = None


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Solver]:
    """A solver that is ready, closed afterwards whatever happens.

    The executor starts first, so that its import of SymPy overlaps the loading of the model.

    Raises:
        ModelError, EngineError, SandboxError: as loading and starting do.
    """
    from mathcli.models import file_digest, find_card
    from mathcli.sandbox import Executor
    from mathcli.solving import Solver

    engine: LlamaEngine | None = None
    async with Executor(workers=setup.workers, sandbox=setup.sandbox.value) as executor:
        await executor.start()
        try:
            doing(f"loading {setup.model.name}")
            began = time.perf_counter()
            engine = await asyncio.to_thread(_load, setup)
            load_ms = 1000 * (time.perf_counter() - began)
            for line in _about(setup, engine):
                output.note(line)
            card = find_card(engine.metadata)
            digest = await asyncio.to_thread(file_digest, setup.model)
            info = _describe(setup, engine, card.name, digest)
            doing(f"solving with {setup.model.name}")
            yield Solver(engine, executor, card, info, load_ms)
        finally:
            if engine is not None:
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


def _load(setup: Setup) -> LlamaEngine:
    from mathcli.engines.llamacpp import LlamaEngine

    return LlamaEngine(setup.model, setup.engine)


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
