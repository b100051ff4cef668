"""Finds or starts a resident engine and uses it in place of loading the model in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.cli import output
from mathcli.cli.durations import seconds, spelled
from mathcli.cli.guard import doing
from mathcli.cli.panels import ENGINE
from mathcli.errors import MathcliError, UsageError

if TYPE_CHECKING:
    from mathcli.engines.llamacpp import LlamaEngine
    from mathcli.engines.options import EngineOptions
    from mathcli.resident.engine import ResidentEngine, Successor
    from mathcli.resident.identity import EngineIdentity
    from mathcli.resident.link import Link


@dataclass(frozen=True)
class Sharing:
    """The options about a resident engine.

    Args:
        keep: seconds without use after which it ends; `None`: start none.
        no_resident: use none.
    """

    keep: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            parser=seconds,
            envvar="MATHCLI_KEEP",
            help="Keep the model loaded for later calls, until it was not used for this time: "
            "90s, 10m, 1h. See mathcli serve.",
            rich_help_panel=ENGINE,
        ),
    ] = None
    no_resident: Annotated[
        bool,
        typer.Option(
            "--no-resident",
            envvar="MATHCLI_NO_RESIDENT",
            help="Load the model here, even if mathcli serve keeps it.",
            rich_help_panel=ENGINE,
        ),
    ] = False


Metadata = Callable[[str], str | None]
Options = Callable[[Metadata], "EngineOptions"]


async def shared(
    sharing: Sharing, path: Path, options: Options, load: Callable[[], LlamaEngine]
) -> ResidentEngine | None:
    """The resident engine that is equivalent to loading the model here; `None` if there is none and
    none is to be started. A note tells which engine is used, or why none is.

    Args:
        options: returns the engine's options, from a look-up function for the model's metadata.
        load: loads the model in this process, in case the resident engine is lost.
    """
    from mathcli.resident.starting import find

    if sharing.no_resident:
        return None
    try:
        link = await find()
        if link is not None and (engine := _usable(sharing, link, path, options, load)):
            return engine
        if sharing.keep is None:
            return None
        return await _kept(sharing.keep, path, options, load)
    except MathcliError as error:
        hint = f" ({error.hint})" if error.hint else ""
        output.note(f"no resident engine is used: {error.message}{hint}")
        return None


def _usable(
    sharing: Sharing, link: Link, path: Path, options: Options, load: Callable[[], LlamaEngine]
) -> ResidentEngine | None:
    """The engine behind a connection, if it matches the requested one."""
    from mathcli.resident.identity import EngineIdentity

    try:
        wanted = EngineIdentity.of(path, options(link.about.metadata.get))
    except BaseException:
        link.close()
        raise
    why = wanted.differs_from(link.about.identity)
    if why is None:
        output.note(f"using the resident engine (process {link.about.pid})")
        return _engine(link, wanted, sharing.keep, load)
    link.close()
    if sharing.keep is None or not wanted.is_stale_beside(link.about.identity):
        raise UsageError(f"{why}", "end it: mathcli serve stop")
    return None


async def _kept(
    keep: float, path: Path, options: Options, load: Callable[[], LlamaEngine]
) -> ResidentEngine:
    """A new resident engine, or one that another call has just started.

    Raises:
        MathcliError: it could not be started.
    """
    from asyncio import to_thread

    from mathcli.engines.native import with_header
    from mathcli.resident.identity import EngineIdentity
    from mathcli.resident.starting import start

    wanted = EngineIdentity.of(path, await to_thread(with_header, path, options))
    doing(f"waiting for {path.name}")
    link = await start(wanted, keep)
    end = link.about.keep
    until = f", which ends after {spelled(end)} without use" if end is not None else ""
    output.note(f"using the resident engine (process {link.about.pid}){until}")
    return _engine(link, wanted, keep, load)


def _engine(
    link: Link, wanted: EngineIdentity, keep: float | None, load: Callable[[], LlamaEngine]
) -> ResidentEngine:
    from mathcli.resident.engine import ResidentEngine

    return ResidentEngine(link, _successor(wanted, keep, load))


def _successor(
    wanted: EngineIdentity, keep: float | None, load: Callable[[], LlamaEngine]
) -> Successor:
    """The replacement for a lost engine: another resident one if `--keep` was given and the lost
    one was not stopped on purpose; else the model is loaded in this process."""
    from asyncio import to_thread

    from mathcli.resident.starting import start

    async def succeed(lost: Link, hopeless: bool) -> Link | LlamaEngine:
        pid, how = lost.about.pid, "has ended" if lost.dismissed else "died"
        if keep is not None and not lost.dismissed and not hopeless:
            try:
                link = await start(wanted, keep)
                output.note(
                    f"the resident engine (process {pid}) {how}; process {link.about.pid} continues"
                )
                return link
            except MathcliError:
                pass
        output.note(f"the resident engine (process {pid}) {how}; loading the model here")
        return await to_thread(load)

    return succeed
