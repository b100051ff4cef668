"""Namespaces: a network without interfaces, and an empty root, where the kernel lets us.

Stops: any network even if the system call filter had a hole (no interface exists, not even an
address to bind); System V queues and the host's name; paths, because the child's root is an
empty read-only folder. Its capabilities over these namespaces are dropped.

Does not stop: anything on machines that forbid user namespaces to ordinary users (some
distributions and most containers do). So this is a bonus: no layer counts on it.
"""

from __future__ import annotations

import ctypes
import os
import struct

from mathcli.sandbox import libc

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x40000000)  # fmt: skip
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432  # the same on every architecture
_FSCONFIG_CMD_CREATE = 6
_CLOEXEC = 1
_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


class Namespaces:
    """Entered once by the warm parent; the children inherit them and lose their powers there."""

    def __init__(self) -> None:
        self.network = _unshared(_NEWUSER | _NEWNET | _NEWIPC | _NEWUTS)
        self._root = _empty_root() if self.network and _unshared(_NEWNS) else None
        header = ctypes.create_string_buffer(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0))
        nothing = ctypes.create_string_buffer(24)
        self._drop_capabilities = libc.Call(_CAPSET[os.uname().machine], header, nothing)

    def leave_root(self) -> None:
        """Make the empty folder this child's root, and give up all capabilities."""
        if self._root is not None:
            os.fchdir(self._root)
            os.chroot(".")
        if self.network:
            self._drop_capabilities()


def _unshared(flags: int) -> bool:
    try:
        libc.unshare(flags)
    except OSError:
        return False
    return True


def _empty_root() -> int | None:
    """A descriptor of an empty read-only file system that is mounted nowhere."""
    try:
        made = libc.syscall(_FSOPEN, b"tmpfs", _CLOEXEC)
        libc.syscall(_FSCONFIG, made, _FSCONFIG_CMD_CREATE, None, None, 0)
        return libc.syscall(_FSMOUNT, made, _CLOEXEC, _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    except OSError:
        return None
