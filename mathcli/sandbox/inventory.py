"""Which layers this machine has, for `mathcli doctor`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One layer of the confinement.

    Args:
        name: what it is called.
        stops: what it stops, one line.
        passes: what it does not stop, one line.
        required: whether `strict` refuses to run without it.
        available: whether this machine has it.
        detail: its version here, or why it is missing.
    """

    name: str
    stops: str
    passes: str
    required: bool
    available: bool
    detail: str


def layers() -> list[Layer]:
    """The layers of this operating system, the required ones first."""
    if sys.platform == "linux":
        return _linux()
    raise NotImplementedError


def _linux() -> list[Layer]:
    import platform

    from mathcli.sandbox import landlock, seccomp

    version, missing = landlock.version(), seccomp.missing()
    return [
        Layer(
            "limits", "time, memory, output, open files, core dumps",
            "anything but quantity", True, True, "rlimits; wall time by the warm parent",
        ),
        Layer(
            "seccomp",
            "files, networks, new processes, threads and programs, signals, executable memory",
            "reading its own memory; bugs of the kernel in the calls that remain",
            True, missing is None, missing or platform.machine(),
        ),
        Layer(
            "landlock", "opening files, TCP, signals and ptrace outside, a second time",
            "stat, chmod, UDP (seccomp does)", False, version > 0,
            f"version {version}" if version else "this kernel has none",
        ),
        Layer(
            "namespaces", "networks and paths, a third time",
            "nothing where user namespaces are forbidden", False, *_namespaces(),
        ),
    ]  # fmt: skip


def _namespaces() -> tuple[bool, str]:
    probe = "from mathcli.sandbox.namespaces import Namespaces; print(Namespaces().network)"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    available = done.stdout.strip() == "True"
    return available, "user, network, mount" if available else "forbidden to this user"
