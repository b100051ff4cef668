"""Thin wrappers around a model and a context of llama.cpp.

Each method is one call of the library, or prepares the arrays for it. Nothing is thread-safe
except tokenization; one scheduler thread owns a `Context`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import llama_cpp as lib
import numpy as np
import numpy.typing as npt

from mathcli.engines import nativelog
from mathcli.engines.base import Piece
from mathcli.engines.cache import Cache
from mathcli.engines.header import layer_lists
from mathcli.engines.kinds import not_text, refusal
from mathcli.engines.load_failures import check_magic, last_reason, load_failure
from mathcli.engines.memory import Outline, outline_of
from mathcli.engines.specials import parts
from mathcli.errors import EngineError, ModelError

T = TypeVar("T")

_backend_ready = False


def _start_backend() -> None:
    global _backend_ready
    if not _backend_ready:
        os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # the backtrace would start a debugger
        nativelog.capture()
        lib.llama_backend_init()
        _backend_ready = True


def with_header(path: Path, read: Callable[[Callable[[str], str | None]], T]) -> T:
    """Call `read` with a look-up function for the file's metadata; only the header is read.

    Raises:
        ModelError: as `Model` does.
    """
    params = lib.llama_model_default_params()
    params.vocab_only = True
    model = _load(path, params)
    try:
        return read(lambda key: _metadata(model, key))
    finally:
        lib.llama_model_free(model)


def outline(path: Path) -> Outline:
    """A model's dimensions, from its header.

    Raises:
        ModelError: as `Model` does.
    """
    size, lists = path.stat().st_size, layer_lists(path)
    return with_header(path, lambda metadata: outline_of(metadata, size, lists))


def _metadata(model: Any, key: str) -> str | None:
    if key in ("tokenizer.bos_token", "tokenizer.eos_token"):
        return _template_token(lib.llama_model_get_vocab(model), key)
    size = 256
    while True:
        buffer = ctypes.create_string_buffer(size)
        found = lib.llama_model_meta_val_str(model, key.encode(), buffer, size)
        if found < 0:
            return None
        if found < size:
            return buffer.value.decode("utf-8", "replace")
        size = found + 1


def _template_token(vocab: Any, key: str) -> str:
    """The spelling of a token for chat templates; empty if the tokenizer adds it by itself."""
    begins = key == "tokenizer.bos_token"
    if begins and lib.llama_vocab_get_add_bos(vocab):
        return ""
    token = lib.llama_vocab_bos(vocab) if begins else lib.llama_vocab_eos(vocab)
    text = lib.llama_vocab_get_text(vocab, token) if token >= 0 else b""
    return (text or b"").decode("utf-8", "replace")


def _load(path: Path, params: Any) -> Any:
    check_magic(path)
    _start_backend()
    nativelog.clear()
    model = lib.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        raise load_failure(path, nativelog.recent())
    what = not_text(lambda key: _metadata(model, key))
    if what is not None:
        lib.llama_model_free(model)
        raise ModelError(*refusal(path.name, what))
    return model


class Model:
    """A GGUF file in memory.

    Args:
        path: the file, or the first of its shards.
        extra_buffers: let the library repack weights for this processor (faster, but crashes
            in some builds, see `selftest`).
        gpu_layers: layers to offload; -1 for all, 0 for none.

    Raises:
        ModelError: the file is missing, not a GGUF, truncated, or of an unknown architecture.
    """

    def __init__(self, path: Path, *, extra_buffers: bool = True, gpu_layers: int = 0) -> None:
        params = lib.llama_model_default_params()
        params.use_extra_bufts = extra_buffers
        params.n_gpu_layers = gpu_layers
        self._loaded: Any = _load(path, params)
        self.path = path
        self.n_vocab: int = lib.llama_vocab_n_tokens(self._vocab)
        self.trained_context: int = lib.llama_model_n_ctx_train(self._model)
        self.size: int = lib.llama_model_size(self._model)  # bytes of weights
        self._pieces: dict[int, bytes] = {}
        self._adds_space = lib.llama_vocab_type(self._vocab) == lib.LLAMA_VOCAB_TYPE_SPM
        self._control_names: list[str] | None = None

    def close(self) -> None:
        """Free the weights."""
        if self._loaded:
            lib.llama_model_free(self._loaded)
            self._loaded = None

    @property
    def _model(self) -> Any:
        """The native model. Using one that was freed would crash the process."""
        if not self._loaded:
            raise EngineError("the engine is closed")
        return self._loaded

    @property
    def _vocab(self) -> Any:
        return lib.llama_model_get_vocab(self._model)

    def metadata(self, key: str) -> str | None:
        """A metadata value as text; `None` if the file does not have it."""
        return _metadata(self._model, key)

    def all_metadata(self) -> dict[str, str]:
        """All values except lists, and the spellings of the begin and end tokens for templates."""
        keys = ["tokenizer.bos_token", "tokenizer.eos_token"]
        for index in range(lib.llama_model_meta_count(self._model)):
            buffer = ctypes.create_string_buffer(256)
            length = lib.llama_model_meta_key_by_index(self._model, index, buffer, 256)
            if 0 <= length < 256:
                keys.append(buffer.value.decode("utf-8", "replace"))
        found = {key: self.metadata(key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def is_end(self, token: int) -> bool:
        """Does this token end a generation?"""
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def piece(self, token: int) -> bytes:
        """The bytes of a token: possibly a part of a character, or a control token's name."""
        data = self._pieces.get(token)
        if data is None:
            data = self._pieces[token] = self._read_piece(token)
        return data

    def _read_piece(self, token: int) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            written = lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, True)
            if written >= 0:
                return buffer.raw[:written]
            size = -written

    def tokenize(self, pieces: Sequence[Piece], *, start: bool) -> list[int]:
        """Tokens of a text made of pieces.

        Pieces are tokenized together, as in training; only special tokens spelled in plain text
        are cut out and kept as characters. `start` adds the model's begin token if its
        tokenizer adds one.
        """
        plain = any(not piece.markup for piece in pieces)
        cut = parts(pieces, self.control_names() if plain else ())
        tokens: list[int] = []
        for at, part in enumerate(cut or [Piece("", markup=True)]):
            tokens += self._tokenize(part.text, start and at == 0, markup=part.markup)
        begin = lib.llama_vocab_bos(self._vocab)
        if start and tokens[:2] == [begin, begin]:  # some templates contain it as well
            del tokens[0]
        return tokens

    def tokenize_plain(self, text: str) -> list[int]:
        """Tokens of a text that continues other text; no special tokens are parsed."""
        return self.tokenize_further([Piece(text)])

    def tokenize_further(self, pieces: Sequence[Piece]) -> list[int]:
        """Tokens of a text that continues other text."""
        if not self._adds_space:
            return self.tokenize(pieces, start=False)
        # This kind of tokenizer puts a space before a text: a newline before it absorbs that.
        newline = Piece("\n", markup=True)
        lead = self.tokenize([newline], start=False)
        return self.tokenize([newline, *pieces], start=False)[len(lead) :]

    def control_names(self) -> list[str]:
        """The spellings of the special tokens."""
        if self._control_names is None:
            is_control = lib.llama_vocab_is_control
            control = (t for t in range(self.n_vocab) if is_control(self._vocab, t))
            names = (self.piece(t).decode("utf-8", "replace") for t in control)
            self._control_names = [name for name in names if name]
        return self._control_names

    def _tokenize(self, text: str, add_start: bool, *, markup: bool) -> list[int]:
        if not text and not add_start:
            return []
        data = text.encode("utf-8", "replace")  # a lone surrogate cannot be encoded in UTF-8
        room = len(data) + 2
        buffer = (lib.llama_token * room)()
        n = lib.llama_tokenize(self._vocab, data, len(data), buffer, room, add_start, markup)
        if n < 0:
            raise EngineError("the model's tokenizer could not read the text")
        return list(buffer[:n])


@dataclass(frozen=True)
class Part:
    """One sequence's share of a batch.

    `position` is that of the first token. The last `wanted` tokens need logits. The last `foreseen`
    ones come after the sequence's text: they are already known to be drawn next.
    """

    seat: int
    position: int
    tokens: Sequence[int]
    wanted: int
    foreseen: int = 0


class Context:
    """A key-value cache shared by many sequences, and the batch that feeds it.

    Args:
        model: must outlive the context.
        n_ctx: cells of the cache, in tokens, for all sequences together.
        n_batch: most tokens of one `decode`; at least one for each sequence.
        n_sequences: most sequences in the cache at once.
        threads: processor threads.
        unified: one cache for all. Otherwise each sequence has its own n-th part of the cells,
            and its results do not depend on the others.
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int,
        n_batch: int,
        n_sequences: int,
        threads: int,
        unified: bool = True,
    ) -> None:
        nativelog.clear()
        n_batch = max(n_batch, n_sequences)  # the library aborts with fewer
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = n_batch
        params.n_seq_max = n_sequences
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = unified
        params.no_perf = True
        self._context: Any = lib.llama_init_from_model(model._model, params)
        if not self._context:
            raise EngineError(
                f"no memory for a context of {n_ctx} tokens" + last_reason(),
                "try a smaller context: --context 2048",
            )
        self.cache = Cache(self._context, model._model, unified=unified)
        self._n_vocab = model.n_vocab
        self.n_ctx: int = lib.llama_n_ctx(self._context)
        self.n_batch = n_batch
        self._threads = threads
        self.n_sequences = n_sequences
        self._batch = _Batch(n_batch)

    def close(self) -> None:
        """Free the cache."""
        if self._context:
            lib.llama_free(self._context)
            self._context = None

    def use_threads(self, threads: int) -> None:
        """Set the number of threads for the next steps."""
        if threads != self._threads:
            self._threads = threads
            lib.llama_set_n_threads(self._context, threads, threads)

    def decode(self, parts: Sequence[Part]) -> bool:
        """Evaluate one batch.

        Returns:
            False if the cache has no room for the batch (nothing was evaluated).

        Raises:
            EngineError: the library failed.
        """
        code = lib.llama_decode(self._context, self._batch.filled(parts))
        if code in (0, 1):
            return bool(code == 0)
        raise EngineError(f"the native library could not evaluate a batch (code {code})")

    def logits(self, rows: int) -> npt.NDArray[np.float32]:
        """Logits of the last batch, one row per wanted token, in batch order.

        The array is memory of the library and valid only until the next `decode`.
        """
        if rows == 0:
            return np.empty((0, self._n_vocab), np.float32)
        pointer = lib.llama_get_logits(self._context)
        address = ctypes.cast(pointer, ctypes.c_void_p).value
        if address is None:
            raise EngineError("the native library returned no logits")
        memory = (ctypes.c_float * (rows * self._n_vocab)).from_address(address)
        return np.frombuffer(memoryview(memory), np.float32).reshape(rows, self._n_vocab)


class _Batch:
    """A `llama_batch` with numpy arrays, so that it is filled by a few slice assignments."""

    def __init__(self, size: int) -> None:
        self._token = np.zeros(size, np.int32)
        self._pos = np.zeros(size, np.int32)
        self._n_seq = np.ones(size, np.int32)
        self._seq = np.zeros(size, np.int32)
        self._wanted = np.zeros(size, np.int8)
        first = self._seq.ctypes.data
        self._seq_pointers = first + 4 * np.arange(size, dtype=np.uintp)
        self._struct = lib.llama_batch(
            n_tokens=0,
            token=self._token.ctypes.data_as(ctypes.POINTER(lib.llama_token)),
            embd=None,
            pos=self._pos.ctypes.data_as(ctypes.POINTER(lib.llama_pos)),
            n_seq_id=self._n_seq.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._seq_pointers.ctypes.data_as(
                ctypes.POINTER(ctypes.POINTER(lib.llama_seq_id))
            ),
            logits=self._wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def filled(self, parts: Sequence[Part]) -> Any:
        at = 0
        for part in parts:
            end = at + len(part.tokens)
            self._token[at:end] = part.tokens
            self._pos[at:end] = range(part.position, part.position + len(part.tokens))
            self._seq[at:end] = part.seat
            self._wanted[at : end - part.wanted] = 0
            self._wanted[end - part.wanted : end] = 1
            at = end
        self._struct.n_tokens = at
        return self._struct
