"""Finds out which server program answers at an address, and which model it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mathcli.engines.bodies import listed, mapping, text_of
from mathcli.engines.connection import ServerConnection
from mathcli.engines.servers import dialect_of
from mathcli.engines.servers.served import LONGEST_NAME, Served
from mathcli.errors import EngineError, ModelError
from mathcli.text_safety import shortened

_SOLVER = "mathcli"


async def inspect(connection: ServerConnection, wanted: str | None, within: float = 30.0) -> Served:
    """Find out which model a server serves.

    Args:
        wanted: the server's name of the model to use; not needed if it has only one.
        within: seconds for the list of models.

    Raises:
        Unavailable: the server does not answer now.
        EngineError: it is not OpenAI-compatible.
        ModelError: the model is ambiguous, or not there.
    """
    found = mapping(await connection.get("/v1/models", within=within))
    entries = [mapping(one) for one in listed(found.get("data"))]
    entries = [one for one in entries if text_of(one.get("id"))]
    if wanted is None:  # mathcli's own server also lists a model for other programs
        entries = [one for one in entries if one.get("owned_by") != _SOLVER] or entries
    entry = _chosen(entries, wanted, connection.url)
    return await dialect_of(entry).inspect(connection, entry, str(entry["id"]))


def _chosen(
    entries: Sequence[Mapping[str, Any]], wanted: str | None, url: str
) -> Mapping[str, Any]:
    names = [str(entry["id"]) for entry in entries]
    if wanted is not None:
        if not entries:  # the server has no list: use the name given
            return {"id": wanted}
        for entry in entries:
            if wanted in (entry["id"], *listed(entry.get("aliases"))):
                return entry
        raise ModelError(f"{url} has no model {wanted}", f"it has: {_some(names)}")
    if len(entries) == 1:
        return entries[0]
    if entries:
        raise ModelError(f"{url} has {len(entries)} models", f"choose one: --model {_some(names)}")
    raise EngineError(
        f"{url} does not list its models", "name the one to use with --model, or check the address"
    )


def _some(names: list[str]) -> str:
    shown = (shortened(name, LONGEST_NAME) for name in names[:8])
    return ", ".join(shown) + (", ..." if len(names) > 8 else "")
