"""macOS: a Seatbelt profile that denies everything, put on by each child for itself.

Not run where mathcli is developed: the calls are those of Apple's headers, the behaviour is
unproven. `doctor` says so.

Stops: opening files, networks, new processes and programs, signals to others, and all else
that Seatbelt knows. The bare `(deny default)` that keeps the loader from starting a program is
right here, because the child is already running and imports from memory alone.

Does not stop: memory by the kernel (RLIMIT_AS does nothing on macOS: the warm parent looks
every 20 milliseconds); a program whose warm parent was killed, until its processor time is up.
`sandbox_init` is deprecated, but it is what `sandbox-exec` and browsers still use.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Callable

from mathcli.sandbox import rlimits
from mathcli.sandbox.confinement import MissingLayer

PROFILE = b"(version 1)(deny default)"

_RUSAGE_INFO_V0 = 0
_FOOTPRINT = 2 + 7  # of 64-bit fields in rusage_info_v0: a 16-byte identifier, then the eighth


class Basic:
    """Process limits only: what is asked for with `--sandbox basic`."""

    def __init__(self) -> None:
        self.limit_itself: Callable[[float, int], None] | None = rlimits.limit_itself
        self.memory_of: Callable[[int], int] | None = footprint
        self.leaves_processes = False

    def prepare(self) -> None:
        """Nothing to do."""

    def enter(self, parent: int, keep: int) -> None:
        """See `Confinement.enter`."""
        if os.getppid() != parent:
            os._exit(1)
        rlimits.child_limits()
        rlimits.close_all_but(keep)


class Strict(Basic):
    """The limits, and Seatbelt, which is required."""

    def prepare(self) -> None:
        """Find the library, before the children lose the file system."""
        path = ctypes.util.find_library("sandbox")
        if path is None:
            raise MissingLayer("seatbelt", "libsandbox is not there")
        self._library = ctypes.CDLL(path)

    def enter(self, parent: int, keep: int) -> None:
        """See `Confinement.enter`."""
        super().enter(parent, keep)
        message = ctypes.c_char_p()
        if self._library.sandbox_init(PROFILE, ctypes.c_uint64(0), ctypes.byref(message)) != 0:
            raise OSError((message.value or b"sandbox_init failed").decode())


def footprint(pid: int) -> int:
    """How much memory a process occupies; 0 where it is gone."""
    fields = (ctypes.c_uint64 * 16)()
    library = ctypes.CDLL(None)
    if library.proc_pid_rusage(pid, _RUSAGE_INFO_V0, ctypes.byref(fields)) != 0:
        return 0
    return int(fields[_FOOTPRINT])
