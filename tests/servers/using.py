"""A server used as a solve uses it, with the time and the memory that it may take."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import AbstractContextManager, suppress
from typing import Any

from mathcli.engines import Completion, Piece, Sampling
from mathcli.engines.retries import Backoff
from mathcli.engines.server import ServerEngine, ServerOptions
from mathcli.errors import MathcliError

_SECONDS = 20.0
_MEMORY = 300_000  # KiB


def run(url: str, **options: Any) -> Completion:
    """Use the server at an address once."""
    return asyncio.run(_used(url, **options))


async def _used(url: str, **options: Any) -> Completion:
    """Open, write, append and, where the server can, score."""
    quick: dict[str, Any] = {"backoff": Backoff(0.3, 0.02, 0.05), "silence": 0.4} | options
    engine = await ServerEngine.connect(ServerOptions(url, **quick))
    try:
        sequence = await engine.open([Piece("2+2 <|x|>")], Sampling())
        found = await sequence.generate(max_tokens=20, probabilities=True)
        await sequence.append("go on")
        if engine.served.dialect.title == "vLLM":
            with suppress(ValueError):  # where a choice is said to be several tokens
                await sequence.score(["a", "b"])
        counts = sequence.counts
        assert min(counts.prompt, counts.generated, counts.evaluated, counts.length) >= 0
        return found
    finally:
        await engine.aclose()


def outcome(server: AbstractContextManager[str], **options: Any) -> Completion | MathcliError:
    """What comes of it, soon and with a bounded growth of memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with server as url:
        try:
            found: Completion | MathcliError = run(url, **options)
        except MathcliError as error:
            found = error
    if isinstance(found, MathcliError):
        assert 0 < len(found.message) < 1000
    assert time.monotonic() - began < _SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _MEMORY
    return found
