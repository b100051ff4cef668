"""Makes a program's result depend on its text alone.

The environment fixes the hash seed, the locale and the time zone. This module fixes the rest:
random numbers, including those of the operating system; the numbers that tell SymPy's dummy
symbols apart, which it draws at random when it is imported; process numbers.

Two things still differ between runs: the time on the clocks, and memory addresses (`id`).
"""

from __future__ import annotations

import os
import random
import sys
from typing import Any

_FIRST_DUMMY = 1_000_000  # beyond all that are made before the program begins

_seed = random.Random.seed
_entropy = random.Random(0)


def _urandom(size: int, /) -> bytes:
    return _entropy.randbytes(size)


def _getrandom(size: int, flags: int = 0) -> bytes:
    return _entropy.randbytes(size)


def _seed_alike(self: random.Random, a: Any = None, version: int = 2) -> None:
    """Initialize internal state from a seed."""
    _seed(self, _entropy.getrandbits(64) if a is None else a, version)


def patch() -> None:
    """Replace the operating system's random numbers; called before SymPy is imported."""
    _begin_again()
    random.Random.seed = _seed_alike  # type: ignore[method-assign]
    random.seed = random._inst.seed
    random._urandom = os.urandom = _urandom  # type: ignore[attr-defined]
    if hasattr(os, "getrandom"):
        os.getrandom = _getrandom


def begin_alike() -> None:
    """Set the random state with which every program begins, in the process that forks children."""
    for name in ("random", "numpy.random", "sympy.core.random"):
        module = sys.modules.get(name)
        if module is not None:
            module.seed(0)
    symbols = sys.modules.get("sympy.core.symbol")
    if symbols is not None:
        symbols.Dummy._count = _FIRST_DUMMY
        _seed(symbols.Dummy._prng, 0)
    _begin_again()


def _begin_again() -> None:
    _seed(_entropy, 0)


def hide_process_numbers() -> None:
    """In a child: show the process numbers that it would have in a process namespace of its own."""
    os.getpid = _one
    os.getppid = _zero


def _one() -> int:
    """Return the current process id."""
    return 1


def _zero() -> int:
    """Return the parent's process id."""
    return 0
