"""Namespaces: a network without interfaces, and an empty root, where the kernel allows it.

Stops: any network even if the system call filter had a hole (no interface exists, not even an
address to bind); System V queues and the host's name; paths, because the child's root is an
empty read-only folder. The capabilities over all this are dropped.

Does not stop: anything on machines that forbid user namespaces to ordinary users (some
distributions and most containers do). So this is a bonus: no layer counts on it.

The superuser needs no user namespace for this and avoids one where possible: inside one, it cannot
read other users' private files, which may include its own Python.
"""

from __future__ import annotations

import os
import sys

from mathcli.sandbox import libc
from mathcli.sandbox.capabilities import Capabilities

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x40000000)  # fmt: skip
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432  # the same on every architecture
_FSCONFIG_CMD_CREATE = 6
_CLOEXEC = 1
_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_MODULES = ("os", "sympy", __name__)
_APART = _NEWNET | _NEWIPC | _NEWUTS


class Namespaces:
    """Entered once by the warm parent; children inherit them and drop their capabilities there."""

    def __init__(self) -> None:
        self.network = _unshared(_APART) or (_sees_its_modules() and _unshared(_NEWUSER | _APART))
        self._capabilities = Capabilities()
        self._root = _empty_root() if self.network and _unshared(_NEWNS) else None

    def leave_root(self) -> None:
        """Make the empty folder this child's root, and give up all capabilities. Raises OSError."""
        if self._root is not None:
            os.fchdir(self._root)
            os.chroot(".")
        self._capabilities.drop()


def _unshared(flags: int) -> bool:
    try:
        libc.unshare(flags)
    except OSError:
        return False
    return True


def _sees_its_modules() -> bool:
    """Whether this process could still read Python's modules inside a user namespace.

    The superuser loses there the power to read other users' private folders.
    """
    if os.geteuid() != 0:
        return True
    pid = libc.fork()
    if pid == 0:
        try:
            files = [sys.modules[name].__file__ for name in _MODULES if name in sys.modules]
            seen = _unshared(_NEWUSER) and all(os.access(one, os.R_OK) for one in files if one)
            os._exit(0 if seen else 1)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _empty_root() -> int | None:
    """A descriptor of an empty read-only file system that is mounted nowhere."""
    try:
        made = libc.syscall(_FSOPEN, b"tmpfs", _CLOEXEC)
        libc.syscall(_FSCONFIG, made, _FSCONFIG_CMD_CREATE, None, None, 0)
        return libc.syscall(_FSMOUNT, made, _CLOEXEC, _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    except OSError:
        return None
