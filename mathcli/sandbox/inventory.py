"""Which layers this machine has, for `mathcli doctor`."""

from __future__ import annotations

import platform
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
        return [_limits("address space by the kernel"), *_linux()]
    if sys.platform == "darwin":
        return [_limits("memory by looking every 20 ms"), _seatbelt()]
    return _windows()


def _limits(memory: str) -> Layer:
    return Layer(
        name="limits",
        stops="time, memory, output, open files, core dumps, outliving the tool",
        passes="anything but quantity",
        required=True,
        available=True,
        detail=f"rlimits; {memory}; wall time by the warm parent",
    )


def _linux() -> list[Layer]:
    from mathcli.sandbox import landlock, seccomp

    missing, version = seccomp.missing(), landlock.version()
    namespaces = _has_namespaces()
    return [
        Layer(
            name="seccomp",
            stops="files, networks, new processes, threads and programs, signals, new code",
            passes="reading its own memory; bugs of the kernel in the calls that remain",
            required=True,
            available=missing is None,
            detail=missing or f"table of {platform.machine()}",
        ),
        Layer(
            name="landlock",
            stops="opening files, TCP, signals and tracing of others, a second time",
            passes="stat, chmod, UDP (seccomp stops them)",
            required=False,
            available=version > 0,
            detail=f"version {version}" if version else "this kernel has none",
        ),
        Layer(
            name="namespaces",
            stops="networks and paths, a third time",
            passes="anything else",
            required=False,
            available=namespaces,
            detail="user, network, mount" if namespaces else "forbidden to this user",
        ),
    ]


def _has_namespaces() -> bool:
    probe = (
        "import sys; del sys.path[0]; sys.path += sys.argv[1:];"
        "from mathcli.sandbox.namespaces import Namespaces; print(Namespaces().network)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *sys.path], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() == "True"


def _seatbelt() -> Layer:
    import ctypes.util

    found = ctypes.util.find_library("sandbox") is not None
    return Layer(
        name="seatbelt",
        stops="files, networks, new processes and programs, signals",
        passes="memory; a program whose warm parent was killed runs to its processor time",
        required=True,
        available=found,
        detail="not proven on macOS by mathcli's tests" if found else "libsandbox is not there",
    )


def _windows() -> list[Layer]:
    return [
        Layer(
            name="job object",
            stops="time, memory, a second process, outliving the tool",
            passes="files and networks: only --sandbox basic runs here",
            required=True,
            available=True,
            detail="not proven on Windows by mathcli's tests",
        ),
        Layer(
            name="files and networks",
            stops="nothing: Windows offers no layer that mathcli can use",
            passes="everything",
            required=True,
            available=False,
            detail="--sandbox strict refuses",
        ),
    ]
