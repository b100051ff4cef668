"""The library's cache of each sequence, and how far it can be rolled back.

A full key-value cache can drop any tail. With a sliding window, the cells that an earlier position
needs may be gone. A recurrent state (a convolution, Mamba, a gated delta net; alone or beside
attention) exists only for the present position: it can be copied as a whole, saved and restored.
The library's return values report what was possible; they are always checked.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import llama_cpp as lib

from mathcli.errors import EngineError

_PARTIAL = lib.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY


@dataclass(frozen=True)
class State:
    """A saved recurrent state after `length` tokens, without the attention cells."""

    length: int
    data: ctypes.Array[ctypes.c_uint8]


class Cache:
    """The cache of a context. Use it from one thread, between decodes.

    Args:
        context: the library's context.
        model: the library's model.
        unified: all sequences share one key-value cache.
    """

    def __init__(self, context: Any, model: Any, *, unified: bool) -> None:
        self._context = context
        self._memory = lib.llama_get_memory(context)
        self._window: int = lib.llama_model_n_swa(model)
        recurrent, hybrid = lib.llama_model_is_recurrent(model), lib.llama_model_is_hybrid(model)
        self.recurrent = bool(recurrent or hybrid)
        """Does a sequence have a state that cannot be rolled back?"""
        self.saves = self.recurrent and (unified or not self._window)
        """Can that state be saved? Not with separate caches and a sliding window: later copies
        between caches would overwrite the restored cells."""

    def held(self, seat: int) -> int:
        """How many tokens of a sequence are in the cache."""
        return int(lib.llama_memory_seq_pos_max(self._memory, seat)) + 1

    def drop(self, seat: int) -> None:
        """Remove a sequence from the cache.

        Raises:
            EngineError: the library refuses, which should never happen.
        """
        if not lib.llama_memory_seq_rm(self._memory, seat, -1, -1) or self.held(seat):
            raise EngineError("the native library could not forget a sequence")

    def cut(self, seat: int, length: int) -> bool:
        """Remove a sequence's tokens after the first `length`.

        Returns:
            False if that is not possible: then restore a state, or drop the sequence.
        """
        if length == 0:
            self.drop(seat)
            return True
        held = self.held(seat)
        return held == length or (
            held > length and not self.recurrent and self._forget_tail(seat, length)
        )

    def copy(self, source: int, target: int, length: int, state: State | None = None) -> bool:
        """Copy the first `length` tokens of `source` to the empty `target`.

        In a unified cache only cell numbers are copied. `state` is the recurrent state after
        these tokens, needed if `source` is longer.

        Returns:
            False if that is not possible: then `target` stays empty.
        """
        if self.recurrent and state is None and self.held(source) != length:
            return False
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        done = self.cut(target, length) if state is None else self.restore(target, state)
        if not done:
            self.drop(target)
        return done

    def save(self, seat: int) -> State:
        """Save a sequence's recurrent state.

        Raises:
            EngineError: the library could not save it.
        """
        size = lib.llama_state_seq_get_size_ext(self._context, seat, _PARTIAL)
        buffer = (ctypes.c_uint8 * size)()
        written = lib.llama_state_seq_get_data_ext(self._context, buffer, size, seat, _PARTIAL)
        if size == 0 or written != size:
            raise EngineError("the native library could not save a sequence's state")
        return State(self.held(seat), buffer)

    def restore(self, seat: int, state: State) -> bool:
        """Restore a saved state; the attention cache must hold at least as many tokens.

        Returns:
            False if that is not possible: then drop the sequence.
        """
        size = len(state.data)
        read = lib.llama_state_seq_set_data_ext(self._context, state.data, size, seat, _PARTIAL)
        return bool(read == size) and self._forget_tail(seat, state.length)

    def written(self, seat: int) -> bytes:
        """A sequence's cache in the library's own format; empty if it cannot be saved."""
        size = lib.llama_state_seq_get_size(self._context, seat)
        buffer = (ctypes.c_uint8 * size)()
        done = lib.llama_state_seq_get_data(self._context, buffer, size, seat)
        return bytes(buffer) if size and done == size else b""

    def read(self, seat: int, data: bytes, length: int) -> bool:
        """Load a sequence of `length` tokens, saved by `written`, into the empty `seat`.

        Returns:
            False if that is not possible: then `seat` stays empty.
        """
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        done = lib.llama_state_seq_set_data(self._context, buffer, len(data), seat)
        if done == len(data) and self.held(seat) == length:
            return True
        self.drop(seat)
        return False

    @property
    def plain(self) -> bool:
        """Does the cache hold only full attention: no sliding window, no recurrent state?"""
        return not self.recurrent and not self._window

    def _forget_tail(self, seat: int, length: int) -> bool:
        """Remove the tail; does the cache then hold every cell that the next token needs?"""
        if not lib.llama_memory_seq_rm(self._memory, seat, length, -1):
            return False
        first = int(lib.llama_memory_seq_pos_min(self._memory, seat))
        seen = self.recurrent or 0 <= first <= max(0, length - self._window)
        return seen and self.held(seat) == length
