"""Linux: the order in which the layers are put on, and which of them `strict` requires."""

from __future__ import annotations

import os
import signal

from mathcli.sandbox import libc
from mathcli.sandbox.landlock import Ruleset, version
from mathcli.sandbox.namespaces import Namespaces
from mathcli.sandbox.seccomp import Filter


class Basic:
    """Process limits only: what is asked for with `--sandbox basic`."""

    def prepare(self) -> None:
        """In the warm parent, once, when every module is loaded."""
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)

    def enter(self, parent: int) -> None:
        """In a child, before it sees its program. Raises OSError."""
        die_with(parent)


class Strict(Basic):
    """All layers. seccomp is required; Landlock and namespaces join where the kernel has them.

    seccomp alone already denies every call that takes a path, and so covers all that Landlock
    stops; Landlock stands behind it in case of a hole.
    """

    def prepare(self) -> None:
        """Build the filter and the ruleset, and enter the namespaces. Raises OSError."""
        self._namespaces = Namespaces()
        super().prepare()
        self._ruleset = Ruleset() if version() else None
        self._filter = Filter()

    def enter(self, parent: int) -> None:
        """Put the layers on, the system call filter last. Raises OSError."""
        self._namespaces.leave_root()
        super().enter(parent)  # after the capabilities: giving them up forgets the wish to die
        if self._ruleset is not None:
            self._ruleset.restrict()
        self._filter.install()


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone. Raises OSError."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
