"""Keeps evaluated beginnings of prompts in the user's cache folder, for later calls.

All prompts of a card have the same beginning: system text and worked examples, some hundred tokens,
whose evaluation on a processor takes as long as the solution itself. Their part of the key-value
cache is saved in a file once they are evaluated; the next call reads it in milliseconds. It never
contains a user's problem. A file that is lost, damaged or of another build costs time, never
correctness.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from mathcli.cache import keep
from mathcli.input_files import own

_WORTH_KEEPING = 64  # least tokens: fewer are evaluated as fast as a file is read
_LARGE_MODEL = 64 << 20  # least bytes of weights: smaller models evaluate prompts quickly
_LARGEST = 256 << 20  # most bytes of one file
_MOST = 1 << 30  # most bytes of all files
_DIGEST = hashlib.sha256().digest_size
_AT_THE_SEAM = 4  # tokens at the end of the first text that may merge with what follows


class KeptPrefixes:
    """The files of one model with one build of the library.

    Args:
        identity: everything that an evaluated prefix depends on besides its tokens: the model
            file, the library and the engine's options.
    """

    def __init__(self, identity: str) -> None:
        self._identity = identity

    @staticmethod
    def worth(weights: int) -> bool:
        """Is a model with this many bytes slow enough to keep its prefixes?"""
        return weights >= _LARGE_MODEL

    @property
    def folder(self) -> Path:
        """The folder of the files."""
        import platformdirs

        return platformdirs.user_cache_path("mathcli") / "prefixes"

    def read(self, tokens: Sequence[int]) -> bytes | None:
        """The saved cache of these tokens; `None` if there is none, or it is damaged."""
        path = self._path(tokens)
        try:
            data = own(path, most=_LARGEST + _DIGEST)
        except (OSError, ValueError):
            return None
        state = memoryview(data)[_DIGEST:]
        if hashlib.sha256(state).digest() != data[:_DIGEST]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the least recently used files are removed first
        return bytes(state)

    def write(self, tokens: Sequence[int], state: bytes) -> None:
        """Save the cache of these tokens. A full or read-only folder is ignored."""
        if len(state) > _LARGEST:
            return
        data = hashlib.sha256(state).digest() + state
        keep(self._path(tokens), data, most_bytes=_MOST)

    def _path(self, tokens: Sequence[int]) -> Path:
        key = f"{self._identity}\n{','.join(map(str, tokens))}"
        return self.folder / hashlib.sha256(key.encode()).hexdigest()


def common_beginning(first: Sequence[int], whole: Sequence[int]) -> int:
    """How many tokens at the beginning of a prompt do not depend on the problem.

    Args:
        first: the tokens of the text before the problem, on its own.
        whole: the tokens of the prompt. They may differ where the two texts meet.

    >>> common_beginning(range(100), [*range(98), 7, 8, 9]), common_beginning(range(20), range(40))
    (96, 0)
    """
    length = len(first) - _AT_THE_SEAM
    alike = list(first[:length]) == list(whole[:length])
    return length if _WORTH_KEEPING <= length < len(whole) and alike else 0
