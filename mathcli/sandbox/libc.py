"""The few calls of the C library that Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import os
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

_library = ctypes.CDLL(None, use_errno=True)
_library.syscall.restype = ctypes.c_long
_library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """prctl(2). Raises OSError."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_library.prctl(option, *padded), f"prctl {option}")


def syscall(number: int, *arguments: Any) -> int:
    """syscall(2) with integer or pointer arguments. Raises OSError."""
    longs = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_library.syscall(ctypes.c_long(number), *longs), f"system call {number}")


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    _checked(_library.unshare(flags), "unshare")


def munmap(address: int, length: int) -> None:
    """munmap(2). Raises OSError."""
    _checked(_library.munmap(address, length), "munmap")


def madvise(address: int, length: int, advice: int) -> None:
    """madvise(2). Raises OSError."""
    _checked(_library.madvise(address, length, advice), "madvise")
