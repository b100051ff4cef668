"""What the library remembers of each sequence, and how far that can be taken back.

A full key-value cache can forget any tail. A sliding window may have lost what an earlier place
would look at. A recurrent state (a convolution, Mamba, a gated delta net; alone or beside
attention) is only what it is now: it can be copied whole, and it can be saved and restored. The
library says in its return values what it could do, and nothing here goes on without looking.
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
    """A recurrent state after `length` tokens. What attention needs is not in it."""

    length: int
    data: ctypes.Array[ctypes.c_uint8]


class Cache:
    """The memory of a context: one thread uses it, between decodes.

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
        """Does a sequence have a state that cannot be taken back?"""
        self.saves = self.recurrent and (unified or not self._window)
        """Can it be saved? What is restored of a window would be overwritten by copies between
        separate caches, which the library makes later."""

    def held(self, seat: int) -> int:
        """How many tokens of a sequence are remembered."""
        return int(lib.llama_memory_seq_pos_max(self._memory, seat)) + 1

    def drop(self, seat: int) -> None:
        """Forget all of a sequence.

        Raises:
            EngineError: the library refuses, which it never should.
        """
        if not lib.llama_memory_seq_rm(self._memory, seat, -1, -1) or self.held(seat):
            raise EngineError("the native library could not forget a sequence")

    def cut(self, seat: int, length: int) -> bool:
        """Forget a sequence's tokens after the first `length`.

        Returns:
            False where that cannot be done: then a state must be restored, or all be forgotten.
        """
        if length == 0:
            self.drop(seat)
            return True
        held = self.held(seat)
        return held == length or (
            held > length and not self.recurrent and self._forget_tail(seat, length)
        )

    def copy(self, source: int, target: int, length: int, state: State | None = None) -> bool:
        """Let the empty `target` have the first `length` tokens of `source`.

        In one cache for all sequences nothing is copied but numbers. `state` is the recurrent
        state after these tokens, needed where `source` has gone further.

        Returns:
            False where that cannot be done: then `target` stays empty.
        """
        if self.recurrent and state is None and self.held(source) != length:
            return False
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        done = self.cut(target, length) if state is None else self.restore(target, state)
        if not done:
            self.drop(target)
        return done

    def save(self, seat: int) -> State:
        """A sequence's recurrent state.

        Raises:
            EngineError: the library could not give it.
        """
        size = lib.llama_state_seq_get_size_ext(self._context, seat, _PARTIAL)
        buffer = (ctypes.c_uint8 * size)()
        written = lib.llama_state_seq_get_data_ext(self._context, buffer, size, seat, _PARTIAL)
        if size == 0 or written != size:
            raise EngineError("the native library could not save a sequence's state")
        return State(self.held(seat), buffer)

    def restore(self, seat: int, state: State) -> bool:
        """Take a sequence back to a saved state; attention must hold at least as many tokens.

        Returns:
            False where that cannot be done: then all of the sequence must be forgotten.
        """
        size = len(state.data)
        read = lib.llama_state_seq_set_data_ext(self._context, state.data, size, seat, _PARTIAL)
        return bool(read == size) and self._forget_tail(seat, state.length)

    def written(self, seat: int) -> bytes:
        """All that is remembered of a sequence, in the library's own form; nothing where it
        cannot be written."""
        size = lib.llama_state_seq_get_size(self._context, seat)
        buffer = (ctypes.c_uint8 * size)()
        done = lib.llama_state_seq_get_data(self._context, buffer, size, seat)
        return bytes(buffer) if size and done == size else b""

    def read(self, seat: int, data: bytes, length: int) -> bool:
        """Let the empty `seat` have a sequence of `length` tokens that was `written`.

        Returns:
            False where that cannot be done: then `seat` stays empty.
        """
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        done = lib.llama_state_seq_set_data(self._context, buffer, len(data), seat)
        if done == len(data) and self.held(seat) == length:
            return True
        self.drop(seat)
        return False

    @property
    def plain(self) -> bool:
        """Is attention over all earlier tokens all that it remembers?"""
        return not self.recurrent and not self._window

    def _forget_tail(self, seat: int, length: int) -> bool:
        """Is the sequence now one of `length` tokens, with all that the next one looks at?"""
        if not lib.llama_memory_seq_rm(self._memory, seat, length, -1):
            return False
        first = int(lib.llama_memory_seq_pos_min(self._memory, seat))
        seen = self.recurrent or 0 <= first <= max(0, length - self._window)
        return seen and self.held(seat) == length
