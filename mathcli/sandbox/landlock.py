"""Landlock: a second, independent layer that refuses files, TCP and signals.

Stops, by the kernel's version of Landlock: opening any file for reading, writing or execution,
listing folders, making, removing, renaming and linking files (ABI 1 and 2), truncating them
(3), TCP (4), commands to devices (5), signals to processes outside this one, and abstract
unix sockets (6); also ptrace of anything outside.

Does not stop: stat, chmod, utime, UDP, path-named unix sockets. The system call filter does.
"""

from __future__ import annotations

import ctypes
import struct

from mathcli.sandbox import libc

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION

# Rights on files that each version added: the first 13 bits, then REFER, TRUNCATE, IOCTL_DEV.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_RIGHTS = 0b11  # bind, connect: version 4
_SCOPES = 0b11  # abstract unix sockets, signals: version 6


def version() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    try:
        return libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


class Ruleset:
    """Handles every right and grants none. Made once; each child restricts itself with it."""

    def __init__(self) -> None:
        known = version()
        if known == 0:
            raise OSError("this kernel has no Landlock")
        files = (1 << _FILE_RIGHTS[min(known, max(_FILE_RIGHTS))]) - 1
        attributes = struct.pack("<Q", files)
        if known >= 4:
            attributes += struct.pack("<Q", _NETWORK_RIGHTS)
        if known >= 6:
            attributes += struct.pack("<Q", _SCOPES)
        buffer = ctypes.create_string_buffer(attributes, len(attributes))
        descriptor = libc.syscall(_CREATE_RULESET, buffer, len(attributes), 0)
        self._restrict = libc.Call(_RESTRICT_SELF, descriptor, 0)

    def restrict(self) -> None:
        """Confine this process for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
        self._restrict()
