"""Evaluated beginnings of prompts, kept in the user's cache folder from one call to the next.

Every prompt of a card begins alike: system text and worked examples, some hundred tokens, which
take a processor as long as the solution itself. Their part of the key-value cache is kept in a file
once they are evaluated; the next call reads it in milliseconds. What a user asked is never in
it. A file that is lost, damaged or of another build costs time, never correctness.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from mathcli.input_files import own

_WORTH_KEEPING = 64  # tokens: fewer are evaluated as fast as a file is read
_LARGE_MODEL = 64 << 20  # bytes of weights: a smaller model evaluates them at once
_LARGEST = 256 << 20  # bytes of one file
_MOST = 1 << 30  # bytes of all files
_DIGEST = hashlib.sha256().digest_size
_AT_THE_SEAM = 4  # tokens at the end of the first text that may merge with what follows


class KeptPrefixes:
    """The files of one model, as one build of the library evaluates it.

    Args:
        identity: all that an evaluated prefix depends on beside its tokens: the model file, the
            library, and how the engine is set up.
    """

    def __init__(self, identity: str) -> None:
        self._identity = identity

    @staticmethod
    def worth(weights: int) -> bool:
        """Is a model of so many bytes slow enough to keep prefixes for?"""
        return weights >= _LARGE_MODEL

    @property
    def folder(self) -> Path:
        """Where the files are."""
        import platformdirs

        return platformdirs.user_cache_path("mathcli") / "prefixes"

    def read(self, tokens: Sequence[int]) -> bytes | None:
        """What the library said of these tokens; `None` where it is not kept, or damaged."""
        path = self._path(tokens)
        try:
            data = own(path, most=_LARGEST + _DIGEST)
        except (OSError, ValueError):
            return None
        state = memoryview(data)[_DIGEST:]
        if hashlib.sha256(state).digest() != data[:_DIGEST]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the files that are used longest ago go first
        return bytes(state)

    def write(self, tokens: Sequence[int], state: bytes) -> None:
        """Keep what the library says of these tokens. A folder without room is no error."""
        if len(state) > _LARGEST:
            return
        path = self._path(tokens)
        draft = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("wb") as file:
                    file.write(hashlib.sha256(state).digest())
                    file.write(state)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            self._make_room()

    def _make_room(self) -> None:
        """Remove the files that were used longest ago, down to what all may take."""
        known = [(file, file.stat()) for file in self.folder.iterdir()]
        room = _MOST
        for file, about in sorted(known, key=lambda item: item[1].st_mtime, reverse=True):
            room -= about.st_size
            if room < 0:
                file.unlink()

    def _path(self, tokens: Sequence[int]) -> Path:
        key = f"{self._identity}\n{','.join(map(str, tokens))}"
        return self.folder / hashlib.sha256(key.encode()).hexdigest()


def common_beginning(first: Sequence[int], whole: Sequence[int]) -> int:
    """How many tokens of a prompt are the same whatever the problem is.

    Args:
        first: the tokens of the text before the problem, on its own.
        whole: those of the prompt. Where the two texts meet, tokens may be others.

    >>> common_beginning(range(100), [*range(98), 7, 8, 9]), common_beginning(range(20), range(40))
    (96, 0)
    """
    length = len(first) - _AT_THE_SEAM
    alike = all(one == other for one, other in zip(first[:length], whole, strict=False))
    return length if _WORTH_KEEPING <= length < len(whole) and alike else 0
