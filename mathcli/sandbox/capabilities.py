"""Capabilities: the superuser's separate powers, which each child gives up for good.

Stops: all that only the superuser may do (raising one's own limits, reading others' files,
mounting, tracing), for programs that root runs, with namespaces or without.

Does not stop: what the owner of a file may do with it; root owns many.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from pathlib import Path

from mathcli.sandbox import libc

_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CLEAR_AMBIENT = 4  # PR_CAP_AMBIENT_CLEAR_ALL
_MOST = 63


class Capabilities:
    """The system calls that drop all capabilities, prepared once for any number of children."""

    def __init__(self) -> None:
        header = ctypes.create_string_buffer(struct.pack("<Ii", _VERSION_3, 0))
        nothing = ctypes.create_string_buffer(24)
        number = _CAPSET.get(os.uname().machine)
        self._drop = None if number is None else libc.Call(number, header, nothing)
        self._last = _last_capability()

    def bound(self) -> None:
        """In the warm parent, where permitted: started programs cannot regain a capability."""
        with contextlib.suppress(OSError):
            for number in range(self._last + 1):
                libc.prctl(libc.PR_CAPBSET_DROP, number)

    def drop(self) -> None:
        """Drop all capabilities. Raises OSError where the superuser cannot give them up."""
        with contextlib.suppress(OSError):  # before Linux 4.3
            libc.prctl(libc.PR_CAP_AMBIENT, _CLEAR_AMBIENT)
        try:
            if self._drop is not None:
                self._drop()
        except OSError as error:
            if os.geteuid() == 0:  # others have none to give up
                raise OSError(error.errno, "capabilities cannot be given up") from None


def _last_capability() -> int:
    try:
        return min(int(Path("/proc/sys/kernel/cap_last_cap").read_text()), _MOST)
    except (OSError, ValueError):
        return 40
