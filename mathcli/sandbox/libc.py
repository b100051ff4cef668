"""The few calls of the C library that Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE_PARENT = 0x8000

_library = ctypes.CDLL(None, use_errno=True)
_holding_the_interpreter = ctypes.PyDLL(None, use_errno=True)
_holding_the_interpreter.syscall.restype = ctypes.c_long
_library.syscall.restype = ctypes.c_long
_library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def fork() -> int:
    """fork(2), for a process with a single thread.

    On Linux this skips what Python does after a fork: resetting locks that other threads may have
    held, and seeding random numbers. There are no other threads here and children are seeded
    anyway, but that work writes to some 200 pages of memory, which the kernel would have to copy.

    Raises:
        OSError: there can be no more processes.
    """
    if sys.platform != "linux":
        return os.fork()
    return _checked(_holding_the_interpreter.fork(), "fork")


def fork_sibling() -> int:
    """Like `fork`, but the new process is a child of this process's parent (Linux).

    Raises:
        OSError: there can be no more processes.
    """
    return _fork_sibling()


def prctl(option: int, *arguments: int) -> int:
    """prctl(2). Raises OSError."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_library.prctl(option, *padded), f"prctl {option}")


class Call:
    """A system call with integer or pointer arguments, ready to be made.

    The calls of all children are prepared once, in the warm parent: each small object that a child
    creates, and its type, may cost a page of memory to copy.
    """

    def __init__(self, number: int, *arguments: Any, library: ctypes.CDLL = _library) -> None:
        longs = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
        self._arguments = [ctypes.c_long(number), *longs]
        self._syscall = library.syscall

    def __call__(self) -> int:
        """Raises OSError."""
        result: int = self._syscall(*self._arguments)
        if result < 0:
            _checked(result, f"system call {self._arguments[0].value}")
        return result


_fork_sibling = Call(
    _CLONE.get(os.uname().machine, -1), _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0,
    library=_holding_the_interpreter,
)  # fmt: skip


def syscall(number: int, *arguments: Any) -> int:
    """syscall(2) with integer or pointer arguments. Raises OSError."""
    return Call(number, *arguments)()


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    _checked(_library.unshare(flags), "unshare")


def munmap(address: int, length: int) -> None:
    """munmap(2). Raises OSError."""
    _checked(_library.munmap(address, length), "munmap")


def madvise(address: int, length: int, advice: int) -> None:
    """madvise(2). Raises OSError."""
    _checked(_library.madvise(address, length, advice), "madvise")
