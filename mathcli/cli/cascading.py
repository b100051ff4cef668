"""`--model auto`: which models are asked one after the other, and the loading of the larger ones
when they are needed."""

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
"""The name of no model, but of all that are here."""

Opening = Callable[[Path], "AbstractAsyncContextManager[Solver]"]


def cascade(card: str | None, sharing: Sharing) -> tuple[Path, ...]:
    """The files to ask, the smallest first.

    Raises:
        UsageError: what was asked for beside it is about one model.
    """
    from mathcli.models import cascade_of

    if card is not None:
        raise UsageError(f"--card is for one model; --model {CASCADE} asks several", "name one")
    if sharing.keep is not None:
        raise UsageError(f"--keep keeps one model; --model {CASCADE} asks several", "name one")
    found = cascade_of()
    if len(found) == 1:
        hint_once_a_day(
            f"--model {CASCADE} has only the embedded model to ask; get a larger one:\n"
            "  mathcli models list"
        )
    return found


@asynccontextmanager
async def larger_models(
    first: Solver, paths: Sequence[Path], request: Request, open_one: Opening
) -> AsyncIterator[Solver]:
    """`first` with larger models behind it, which are loaded when they are first asked and closed
    at the end."""
    from mathcli.solving.cascade import Cascade, Larger

    async with AsyncExitStack() as opened:
        larger = [Larger(path, _once(open_one(path), opened)) for path in paths]
        same = {field.name: getattr(first, field.name) for field in fields(first)}
        yield Cascade(**same, larger=larger, options_for=request.options)


def _once(
    opening: AbstractAsyncContextManager[Solver], opened: AsyncExitStack
) -> Callable[[], Awaitable[Solver]]:
    """What opens a solver when it is first called; many problems may ask for it at once."""
    from asyncio import Lock

    lock = Lock()
    found: list[Solver] = []

    async def solver() -> Solver:
        async with lock:
            if not found:
                found.append(await opened.enter_async_context(opening))
            return found[0]

    return solver
