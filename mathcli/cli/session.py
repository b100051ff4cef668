"""Opens what the solving commands need: a model, an executor and a card."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli import output
from mathcli.cli.backend import Setup
from mathcli.cli.cascading import larger_models
from mathcli.cli.effort import BUSY, Effort
from mathcli.cli.guard import doing
from mathcli.cli.method_choice import Experience
from mathcli.cli.remote import served
from mathcli.cli.rewarding import Judge, check_both_fit, chosen_judge, judged
from mathcli.cli.sharing import shared
from mathcli.cli.status_line import passing_line
from mathcli.counting import counted
from mathcli.errors import UsageError
from mathcli.resources import embedded_model

if TYPE_CHECKING:
    from mathcli.answers import Grader
    from mathcli.engines import Engine
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.options import EngineOptions
    from mathcli.models import Card
    from mathcli.resident.engine import ResidentEngine
    from mathcli.sandbox import Executor
    from mathcli.sandbox.execution import AnyExecutor
    from mathcli.solving import ModelInfo, Solver
    from mathcli.solving.adapting import Adapted
    from mathcli.trust import Estimator

_log = logging.getLogger("mathcli.session")

_LEAST_CONTEXT = 4096  # tokens; a model with a shorter trained context gets that
_MOST_SEQUENCES = 256  # limit of llama.cpp
_PROMPT_ROOM = 2048  # tokens of context beside one generation


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Solver]:
    """An open solver, which is always closed afterwards.

    Raises:
        ModelError, EngineError, SandboxError: raised by loading and starting.
    """
    from mathcli.answers import Grader
    from mathcli.sandbox import Executor

    executor = Executor(workers=_programs_at_once(setup), sandbox=setup.sandbox.value)
    try:
        judge = await asyncio.to_thread(chosen_judge, setup.request.effort.reward)
        with Grader() as grader:
            async with _solver(setup, judge, executor, grader) as first:
                if not setup.larger:
                    yield first
                    return

                def another(path: Path) -> AbstractAsyncContextManager[Solver]:
                    alone = replace(setup, model=path, larger=())
                    return _solver(alone, None, executor, grader)

                async with larger_models(first, setup.larger, setup.request, another) as solver:
                    yield solver
    finally:
        await executor.close()


@asynccontextmanager
async def session_for_many(setup: Setup) -> AsyncIterator[Solver]:
    """A `session` with a status line while it is opened, for commands that then show their own."""
    async with AsyncExitStack() as stack:
        with passing_line():
            solver = await stack.enter_async_context(session(setup))
        yield solver


@asynccontextmanager
async def _solver(
    setup: Setup, judge: Judge | None, executor: Executor, grader: Grader
) -> AsyncIterator[Solver]:
    """A solver with one model."""
    from mathcli.solving import Solver

    began = time.perf_counter()
    async with (
        _opened(setup, judge, executor) as (card, engine, info, runs),
        judged(judge, _with_room(setup.engine, setup.request.effort, card)) as reward,
    ):
        load_ms = 1000 * (time.perf_counter() - began)
        doing(f"solving with {info.file or info.name}")
        _log.info("%s, loaded in %.0f ms, %s", info, load_ms, setup.engine)
        chooser = Experience(info, card, str(setup.model or info.name))
        yield Solver(
            engine, runs, card, info, load_ms, grader,
            chooser=chooser, reward=reward, trust=trust_in(info),
        )  # fmt: skip


def _programs_at_once(setup: Setup) -> int | None:
    """How many programs run at the same time; `None` for one on each core.

    With a server, up to two on each core: many solutions are written at once, and a few slow
    programs would delay all others.
    """
    from mathcli.sandbox import usable_cores

    if setup.workers is not None or setup.server is None:
        return setup.workers
    cores = usable_cores()
    return max(cores, min(2 * cores, setup.engine.sequences))


def trust_in(model: ModelInfo) -> Estimator | None:
    """The model's trust estimator, if any; a file that cannot be used is reported and ignored."""
    from mathcli.trust import estimator_for

    try:
        return estimator_for(model)
    except UsageError as error:
        output.note(f"mathcli: answers have no trust: {error.message}")
        output.note(f"hint: {error.hint}")
        return None


@asynccontextmanager
async def _opened(
    setup: Setup, judge: Judge | None, executor: Executor
) -> AsyncIterator[tuple[Card, Engine, ModelInfo, AnyExecutor]]:
    """Open the model (in a resident process, here, or on a server) and the executor.

    The executor starts first, so that its import of SymPy overlaps the loading of the model; a
    resident process provides a started one.
    """
    if setup.server is not None:
        await executor.start()
        async with served(setup.server, setup.card) as found:
            yield *found, executor
        return
    path = setup.model
    assert path is not None
    resident = await _resident(setup, path, judge)
    if resident is None:
        await executor.start()
        async with _loaded(setup, path, judge) as loaded:
            yield *loaded, executor
        return
    from mathcli.resident.executor import ResidentExecutor

    try:
        about = resident.about
        card = _card_from(setup, path, resident.metadata).card
        warm = about.sandbox == setup.sandbox.value
        runs = ResidentExecutor(resident, executor) if warm else executor
        yield card, resident, describe(path, resident, card.name, about.digest), runs
    finally:
        resident.close()


async def _resident(setup: Setup, path: Path, judge: Judge | None) -> ResidentEngine | None:
    """A resident engine, if this call may use one."""
    if setup.engine.deterministic or setup.engine.verbose:
        return None

    def options(metadata: Callable[[str], str | None]) -> EngineOptions:
        return with_context(setup.engine, _card_from(setup, path, metadata).card)

    return await shared(setup.sharing, path, options, load=lambda: _load(setup, path, judge)[1])


@asynccontextmanager
async def _loaded(
    setup: Setup, path: Path, judge: Judge | None
) -> AsyncIterator[tuple[Card, Engine, ModelInfo]]:
    """A model file in this process, with its card.

    Args:
        judge: a reward model that will be loaded in addition.
    """
    from mathcli.models import file_digest

    doing(f"loading {path.name}")
    card, engine = await asyncio.to_thread(_load, setup, path, judge)
    try:
        for line in _about(setup, path, engine, card):
            output.note(line)
        digest = await asyncio.to_thread(file_digest, path)
        yield card, engine, describe(path, engine, card.name, digest)
    finally:
        engine.close()


def _about(setup: Setup, path: Path, engine: LlamaEngine, card: Card) -> list[str]:
    """Notes about the build, prompts and devices in use; for the embedded model only problems."""
    from mathcli.models import BASE

    lines = [engine.build.hint] if engine.build.hint else []
    if card.name == BASE and setup.card is None:
        lines.append(
            f"{path.name}: its family is unknown and it has no chat template, so it is "
            "prompted with worked examples, as a base model (to change that: --card NAME)"
        )
    if path != embedded_model() or setup.engine.gpu != "auto":
        threads = counted(engine.threads, "thread")
        busy = f" ({engine.governor.busy})" if engine.governor.busy else ""
        lines.append(f"{path.name}: {engine.offload.reason}; {threads}{busy}")
        if engine.offload.hint:
            lines.append(f"hint: {engine.offload.hint}")
    return lines


def _load(setup: Setup, path: Path, judge: Judge | None) -> tuple[Card, LlamaEngine]:
    from mathcli.engines.llamacpp import LlamaEngine

    adapted = _card_and_note(setup, path)
    if adapted.note is not None:
        output.note(f"hint: {adapted.note}")
    card = adapted.card
    options = _with_room(with_context(setup.engine, card), setup.request.effort, card)
    if judge is not None:
        check_both_fit(path, judge, options)
    return card, LlamaEngine(path, options)


def with_context(options: EngineOptions, card: Card) -> EngineOptions:
    """`options` with the context that the card needs, unless one was requested."""
    if options.context is not None:
        return options
    return replace(options, context=max(_LEAST_CONTEXT, card.max_tokens + _PROMPT_ROOM))


def _with_room(options: EngineOptions, effort: Effort, card: Card) -> EngineOptions:
    """`options` with sequences for all solutions of a problem and for the prompt that they share.

    The cache grows with the solutions up to `BUSY`; beyond that, some solutions wait.
    """
    each = effort.sequences_with(card)
    if each == 1 and not effort.check:
        return options
    return replace(
        options,
        sequences=min(_MOST_SEQUENCES, options.sequences * (each + 1)),
        busy=max(options.busy, min(BUSY, options.busy * each)),
    )


def card_of(setup: Setup, path: Path) -> Card:
    """The requested card, or the one that matches the file's header, adapted to the file.

    Raises:
        ModelError: there is no such card, or the file's chat template cannot be used.
    """
    return _card_and_note(setup, path).card


def _card_and_note(setup: Setup, path: Path) -> Adapted:
    from mathcli.engines.native import with_header
    from mathcli.solving.adapting import Adapted, depends_on_file

    named = _named_card(setup, path)
    if named is not None and not depends_on_file(named):
        return Adapted(named)
    return with_header(path, lambda metadata: _card_from(setup, path, metadata))


def _card_from(setup: Setup, path: Path, metadata: Callable[[str], str | None]) -> Adapted:
    """The card, from the file's metadata."""
    from mathcli.models import card_of_file
    from mathcli.solving.adapting import adapted

    return adapted(_named_card(setup, path) or card_of_file(metadata, path), metadata)


def _named_card(setup: Setup, path: Path) -> Card | None:
    from mathcli.models import card_named

    name = "nano" if setup.card is None and path == embedded_model() else setup.card
    return card_named(name) if name is not None else None


def describe(path: Path, engine: LlamaEngine | ResidentEngine, card: str, digest: str) -> ModelInfo:
    """The description of a model file in transcripts."""
    return described(path, engine.metadata, engine.version, card, digest)


def described(
    path: Path, metadata: Callable[[str], str | None], version: str, card: str, digest: str
) -> ModelInfo:
    """The description of a model file from its metadata.

    Args:
        version: of the engine; empty if there is none.
    """
    from mathcli.models import quant_name
    from mathcli.solving import ModelInfo

    return ModelInfo(
        name=metadata("general.name") or path.stem,
        file=path.name,
        sha256=digest,
        quant=quant_name(metadata("general.file_type")),
        engine=version,
        card=card,
    )
