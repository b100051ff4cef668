"""The options of an engine; in their own module, because the engine may be in another process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineOptions:
    """The options of an engine.

    `context` is the longest sequence in tokens (`None`: the model's trained length, at most 4096).
    `sequences` is how many may be in the cache at once, `busy` how many are expected to write. With
    several busy ones, each has its own cache of full length (a stream), if memory allows: attention
    then reads only that sequence's tokens. Otherwise all share one cache, which holds one sequence
    of full length or the busy ones of usual length. `streams` overrides this choice.

    `batch` is the most tokens evaluated in one step. `threads` defaults to the physical cores that
    this process may use, less those that other programs use; for small models to one. `gpu`
    is `auto` (as many layers as fit), `off`, `require` or a number of layers. `verbose` shows the
    native library's log on standard error.

    `remembered` closed sequences stay in the cache as long as there is room: a text with the same
    beginning, such as a continued conversation, reuses them.

    `deterministic` gives at most four sequences a cache each and evaluates one sequence a step.
    The library's results differ in the last bits with the size of a batch and the other content of
    a cache, so otherwise a sequence's text may, rarely, depend on the other sequences.
    """

    context: int | None = None
    sequences: int = 32
    busy: int = 1
    streams: bool | None = None
    batch: int = 512
    threads: int | None = None
    gpu: str = "auto"
    deterministic: bool = False
    verbose: bool = False
    remembered: int = 0
