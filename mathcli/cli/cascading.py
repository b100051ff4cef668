"""`--model auto`: the models to use one after the other; larger ones are loaded when needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.cli.hints import hint_once_a_day
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.cli.request import Request
    from mathcli.cli.sharing import Sharing
    from mathcli.solving import Solver

CASCADE = "auto"
"""The value of `--model` that means all models on this machine."""

Opening = Callable[[Path], "AbstractAsyncContextManager[Solver]"]


def cascade(card: str | None, sharing: Sharing) -> tuple[Path, ...]:
    """The model files to use, the smallest first.

    Raises:
        UsageError: another option needs a single model.
    """
    from mathcli.models import cascade_of

    if card is not None:
        raise UsageError(f"--card is for one model; --model {CASCADE} uses several", "name one")
    if sharing.keep is not None:
        raise UsageError(f"--keep keeps one model; --model {CASCADE} uses several", "name one")
    found = cascade_of()
    if len(found) == 1:
        hint_once_a_day(
            f"--model {CASCADE} finds only the embedded model; get a larger one:\n"
            "  mathcli models list"
        )
    return found


@asynccontextmanager
async def larger_models(
    first: Solver, paths: Sequence[Path], request: Request, open_one: Opening
) -> AsyncIterator[Solver]:
    """A solver that uses `first`, then the larger models, which are loaded when first needed and
    closed at the end."""
    from mathcli.solving.cascade import Cascade, Larger

    async with AsyncExitStack() as opened:
        larger = [Larger(path, _once(open_one(path), opened)) for path in paths]
        same = {field.name: getattr(first, field.name) for field in fields(first)}
        yield Cascade(**same, larger=larger, options_for=request.options)


def _once(
    opening: AbstractAsyncContextManager[Solver], opened: AsyncExitStack
) -> Callable[[], Awaitable[Solver]]:
    """A function that opens a solver on its first call; several problems may call it at once."""
    from asyncio import Lock

    lock = Lock()
    found: list[Solver] = []

    async def solver() -> Solver:
        async with lock:
            if not found:
                found.append(await opened.enter_async_context(opening))
            return found[0]

    return solver
