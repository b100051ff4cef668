"""Linux: the order in which the layers are put on, and which of them `strict` requires."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from mathcli.sandbox import libc, rlimits, seccomp
from mathcli.sandbox.capabilities import Capabilities
from mathcli.sandbox.confinement import MissingLayer
from mathcli.sandbox.landlock import Ruleset, version
from mathcli.sandbox.namespaces import Namespaces


class Basic:
    """Process limits only: what is asked for with `--sandbox basic`.

    The program is still a fork of its own, without descriptors, environment and capabilities,
    with limits on time, memory, output and open files; it dies with its parent, and what it
    starts ends with it. Files, networks and other processes are as open to it as to its user.
    """

    limit_itself: Callable[[float, int], None] | None = None
    memory_of: Callable[[int], int] | None = None
    leaves_processes = True  # NPROC does not bind the superuser

    def prepare(self) -> None:
        """Forbid new rights and tracing; when memory runs out, this process is killed first."""

        self._capabilities = Capabilities()
        self._capabilities.bound()
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")  # rather than the model's process
        with contextlib.suppress(OSError):  # what loses its parent comes here, and is ended
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)

    def enter(self, parent: int, keep: int) -> None:
        """See `Confinement.enter`."""
        rlimits.close_all_but(keep)
        rlimits.child_limits()
        self._capabilities.drop()
        die_with(parent)  # last: giving up capabilities resets the parent-death signal


class Strict(Basic):
    """All layers. seccomp is required; Landlock and namespaces join where the kernel has them.

    seccomp alone denies every call that takes a path, and so covers all that Landlock stops;
    Landlock and namespaces stand behind it in case of a hole.
    """

    leaves_processes = False

    def prepare(self) -> None:
        """Build the filter and the ruleset, and enter the namespaces."""
        missing = seccomp.missing()
        if missing is not None:
            raise MissingLayer("seccomp", missing)
        self._namespaces = Namespaces()
        super().prepare()
        self._ruleset = Ruleset() if version() else None
        self._filter = seccomp.Filter()

    def enter(self, parent: int, keep: int) -> None:
        """Put the layers on, the system call filter last."""
        self._namespaces.leave_root()
        if self._ruleset is not None:
            self._ruleset.restrict()
        super().enter(parent, keep)
        self._filter.install()


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone. Raises OSError."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
