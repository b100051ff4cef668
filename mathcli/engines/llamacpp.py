"""The engine that runs a GGUF file in this process, through llama.cpp's low-level interface.

All sequences share one context and one scheduler thread (continuous batching, as in Orca,
Yu et al. 2022); forked sequences share the cache of their common prefix.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mathcli.engines import devices, memory, nativelog, selftest
from mathcli.engines.base import Engine, Piece, Sampling
from mathcli.engines.devices import Offload
from mathcli.engines.hardware import decode_threads
from mathcli.engines.header import layer_lists
from mathcli.engines.kept_prefixes import KeptPrefixes, common_beginning
from mathcli.engines.local_sequence import LlamaSequence
from mathcli.engines.options import EngineOptions
from mathcli.engines.slots import Slot
from mathcli.engines.threads import Governor, usage
from mathcli.errors import ContextFull, EngineError

__all__ = ["EngineOptions", "LlamaEngine", "LlamaSequence"]

if TYPE_CHECKING:
    from mathcli.engines.scheduler import Scheduler

_DEFAULT_CONTEXT = 4096  # tokens, unless the model was trained for fewer
_USUAL = 1024  # tokens of a solution of usual length
_APART = 4  # most sequences of a deterministic engine: each has a full cache
_STREAMS_SHARE = 0.5  # share of the free memory that separate caches may take
_PATIENCE = 2.0  # seconds that closing waits for the current step


class LlamaEngine(Engine):
    """A GGUF model, loaded with the fastest setting that works on this machine.

    Raises:
        ModelError: the file is missing, not a GGUF, damaged, or of an unknown architecture.
        EngineError: the library or memory failed.
    """

    def __init__(self, path: Path, options: EngineOptions | None = None) -> None:
        options = options or EngineOptions()
        from mathcli.engines.load_failures import check_magic
        from mathcli.engines.native import Context, Model
        from mathcli.engines.scheduler import Policy, Scheduler

        check_magic(path)
        nativelog.echo(options.verbose)
        self.build = selftest.verdict()
        options = _within_memory(path, options)
        self.offload = _plan(path, options)
        before = usage()
        self._model = Model(
            path, extra_buffers=self.build.extra_buffers, gpu_layers=self.offload.layers
        )
        self._length, cells = _sizes(options, self._model.trained_context)
        self.path = path
        self._remembered: deque[Slot] = deque()
        self._most_remembered = options.remembered
        # The load of the machine was measured while the weights were read.
        self.governor = Governor(decode_threads(self._model.size), since=before)
        self.threads = options.threads or self.governor.update()
        apart = options.deterministic
        self.streams = apart or self._has_room_for_streams(options)
        seats = _seats(options)
        try:
            self._context = Context(
                self._model,
                n_ctx=self._length * seats if self.streams else cells,
                n_batch=min(options.batch, self._length),
                n_sequences=seats,
                threads=self.threads,
                unified=not self.streams,
            )
        except BaseException:
            self._model.close()
            raise
        self._kept = self._kept_prefixes(seats)
        self._scheduler: Scheduler | None = Scheduler(
            self._model,
            self._context,
            Policy(self._length, alone=apart),
            # A requested number of threads is kept, whatever the load.
            None if options.threads or apart else self.governor,
            self._kept,
        )

    def _kept_prefixes(self, seats: int) -> KeptPrefixes | None:
        """Evaluated beginnings of prompts on disk, for models that are slow to evaluate them."""
        if not KeptPrefixes.worth(self._model.size):
            return None
        file = self.path.stat()
        parts = (
            self.path.resolve(), file.st_size, file.st_mtime_ns, selftest.build_key(), self.build,
            self.offload.layers, seats if self.streams else 1,
        )  # fmt: skip
        return KeptPrefixes("\n".join(map(str, parts)))

    def _has_room_for_streams(self, options: EngineOptions) -> bool:
        """May each sequence have its own cache? Not on graphics processors (unmeasured)."""
        if options.streams is not None:
            return options.streams
        if options.busy == 1 or self.offload.layers != 0:
            return False
        lists = layer_lists(self.path)
        outline = memory.outline_of(self._model.metadata, self._model.size, lists)
        cache = outline.cache(self._length * options.sequences, options.sequences)
        free = memory.available()
        return free is None or cache <= _STREAMS_SHARE * free

    @property
    def context_length(self) -> int:
        return self._length

    @property
    def cells(self) -> int:
        """The size of the whole cache, in tokens."""
        return self._context.n_ctx

    @property
    def version(self) -> str:
        """The library and its version, for transcripts."""
        import llama_cpp

        return f"llama-cpp-python {llama_cpp.__version__}"

    @property
    def written(self) -> int:
        return self._scheduler.written if self._scheduler is not None else 0

    def metadata(self, key: str) -> str | None:
        return self._model.metadata(key)

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> LlamaSequence:
        sequence = await self.open_tokens(self.tokenize_prompt(prompt), sampling)
        sequence.begins_with(self.preamble(prompt, sequence.tokens))
        return sequence

    def preamble(self, prompt: Sequence[Piece], tokens: Sequence[int]) -> int:
        """How many tokens at a prompt's beginning are the same for all problems; 0 where nothing is
        kept."""
        if self._kept is None or not prompt or not prompt[0].markup:
            return 0
        return common_beginning(self.tokens_of(prompt[:1], start=True), tokens)

    async def open_tokens(self, tokens: Sequence[int], sampling: Sampling) -> LlamaSequence:
        """Start a sequence from a prompt's tokens.

        Raises:
            ContextFull: the prompt alone is as long as the context.
            ValueError: there are no tokens, or some that the model does not have.
        """
        if not tokens or any(not 0 <= token < self.vocabulary for token in tokens):
            raise ValueError("the model does not have these tokens")
        if len(tokens) >= self._length:
            raise ContextFull(
                f"the problem has {len(tokens)} tokens, the context holds {self._length}",
                "shorten the problem, or use a model with a longer context",
            )
        return LlamaSequence(self, Slot(list(tokens), sampling, prompt=len(tokens)))

    def close(self) -> None:
        if self._scheduler is None:
            return
        ended = self._scheduler.close(_PATIENCE)
        self._scheduler = None
        if ended:  # otherwise the process is about to end, which frees the memory
            self._context.close()
            self._model.close()

    # -- for sequences -----------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Has the native library failed, so that this engine cannot go on?"""
        return self._scheduler is None or self._scheduler.failed

    def all_metadata(self) -> dict[str, str]:
        """All metadata values except lists."""
        return self._model.all_metadata()

    def tokenize_prompt(self, prompt: Sequence[Piece]) -> list[int]:
        """Tokens of the beginning of a text.

        Raises:
            EngineError: there are none.
        """
        tokens = self.tokens_of(prompt, start=True)
        if not tokens:
            raise EngineError("the prompt is empty")
        return tokens

    def tokens_of(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        """Tokens of a text on its own; `start` adds the begin token if the model uses one."""
        return self._model.tokenize(pieces, start=start)

    @property
    def vocabulary(self) -> int:
        """The size of the vocabulary."""
        return self._model.n_vocab

    def piece(self, token: int) -> bytes:
        """The bytes of a token."""
        return self._model.piece(token)

    def tokenize(self, text: str | Sequence[Piece]) -> list[int]:
        """Tokens of text that continues other text; a `str` is plain."""
        pieces = [Piece(text)] if isinstance(text, str) else text
        return self._model.tokenize_further(pieces)

    def release(self, slot: Slot) -> None:
        """Free a closed sequence's cache, at once or after others were closed."""
        self._remembered.append(slot)
        while len(self._remembered) > self._most_remembered:
            oldest = self._remembered.popleft()
            if self._scheduler is not None:
                self._scheduler.release(oldest)

    @property
    def scheduler(self) -> Scheduler:
        """The running scheduler.

        Raises:
            EngineError: the engine is closed.
        """
        if self._scheduler is None:
            raise EngineError("the engine is closed")
        return self._scheduler


def _sizes(options: EngineOptions, trained: int) -> tuple[int, int]:
    """The maximum length of a sequence and the size of the whole cache, in tokens."""
    length = min(options.context or _DEFAULT_CONTEXT, trained or _DEFAULT_CONTEXT)
    if options.deterministic:
        return length, length * _seats(options)
    return length, max(length, min(options.busy, options.sequences) * min(length, _USUAL))


def _within_memory(path: Path, options: EngineOptions) -> EngineOptions:
    """`options` with a cache for fewer sequences, if that for all busy ones does not fit."""
    from mathcli.engines.native import outline

    free = memory.available()
    if options.busy == 1 or free is None or path.stat().st_size <= free / 4:
        return options
    return with_fewer_busy(options, outline(path), free)


def with_fewer_busy(options: EngineOptions, dimensions: memory.Outline, free: int) -> EngineOptions:
    """`options` with `busy` halved until the cache fits into `free` bytes; other sequences wait.

    A recurrent state takes memory for every sequence in the cache: then `sequences` falls too.
    """
    while options.busy > 1:
        cells = planned_cells(options, dimensions.trained_context)
        if memory.needed(dimensions, context=cells, sequences=_seats(options)) <= free:
            break
        busy = options.busy // 2
        most = 2 * busy + 1 if dimensions.state else options.sequences
        options = replace(options, busy=busy, sequences=min(options.sequences, most))
    return options


def _seats(options: EngineOptions) -> int:
    """Most sequences that may be in the cache at once."""
    return min(options.sequences, _APART) if options.deterministic else options.sequences


def planned_cells(options: EngineOptions, trained: int) -> int:
    """The size of the cache in tokens, for a model trained for `trained` tokens."""
    return _sizes(options, trained)[1]


def _plan(path: Path, options: EngineOptions) -> Offload:
    """The layers to offload, and whether the model fits, before anything large is loaded.

    The file's header is read only if it matters: for a graphics processor, or if the file is so
    large that it might not fit into memory.

    Raises:
        EngineError: the model does not fit, or `--gpu require` cannot be met.
    """
    from mathcli.engines.native import outline

    size = path.stat().st_size
    free = memory.available()
    close = free is not None and size > free / 4
    if not close and not devices.devices():
        return devices.plan_offload(options.gpu, weights=size, cache=0, layers=1)
    dimensions = outline(path)
    _, cells = _sizes(options, dimensions.trained_context)
    seats = _seats(options)
    cache = dimensions.cache(cells, seats)
    offload = devices.plan_offload(options.gpu, weights=size, cache=cache, layers=dimensions.layers)
    if free is not None:
        share = 1.0 if offload.layers < 0 else min(1.0, offload.layers / (dimensions.layers + 1))
        memory.check_fits(
            path.name, dimensions, context=cells, sequences=seats, on_gpu=share, free=free
        )
    return offload
