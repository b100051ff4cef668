"""How an engine is set up; apart from it, since a call may use one that another process has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineOptions:
    """How to set up the engine.

    `context` is the longest sequence in tokens (`None`: the model's trained length, at most 4096).
    `sequences` is how many may be in the cache at once, `busy` how many are expected to write. If
    several are, each has a cache of full length (a stream), where memory allows: attention then
    reads one sequence's tokens, not everybody's. Otherwise all share one cache, which holds one
    sequence of full length or the busy ones of usual length; `streams` decides it instead.

    `batch` is how many tokens one step may evaluate. `threads` defaults to the physical cores this
    process may use, less those that other programs use meanwhile; for small models to one. `gpu`
    is `auto` (as many layers as fit), `off`, `require` or a number of layers. `verbose` shows the
    native library's log on standard error.

    `guesses` is how many tokens are guessed ahead from the text itself while one sequence writes
    alone (see `lookup`); the text stays the same. A model with a recurrent state guesses nothing.

    `remembered` closed sequences keep their places while nobody else needs these: a text that
    begins as one of them, such as a conversation that goes on, is evaluated from there.

    `deterministic` gives at most four sequences a cache each and evaluates one sequence a step.
    The library's arithmetic differs in the last bits with the size of a batch and with what else
    is in a cache, so that otherwise what a sequence writes can depend, rarely, on what else is
    being written.
    """

    context: int | None = None
    sequences: int = 32
    busy: int = 1
    streams: bool | None = None
    batch: int = 512
    threads: int | None = None
    gpu: str = "auto"
    deterministic: bool = False
    guesses: int = 0
    verbose: bool = False
    remembered: int = 0
