"""Which layers this machine has, for `mathcli doctor`."""

from __future__ import annotations

import json
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
    """The layers of this operating system, the required ones first.

    On Linux each is tried: a process puts it on and does what it must stop.
    """
    if sys.platform == "linux":
        return _linux()
    if sys.platform == "darwin":
        return [_limits("memory by looking every 20 ms"), _seatbelt()]
    return _windows()


def _limits(memory: str, trouble: str = "") -> Layer:
    return Layer(
        name="limits",
        stops="time, memory, output, open files, core dumps, outliving the tool",
        passes="anything but quantity",
        required=True,
        available=not trouble,
        detail=trouble or f"rlimits; {memory}; wall time by the warm parent",
    )


def _linux() -> list[Layer]:
    from mathcli.sandbox import landlock, seccomp

    trouble = _tried()
    missing, version = seccomp.missing() or trouble["seccomp"], landlock.version()
    return [
        _limits("address space by the kernel", trouble["limits"]),
        Layer(
            name="seccomp",
            stops="files, networks, new processes, threads and programs, signals, new code",
            passes="reading its own memory; bugs of the kernel in the calls that remain",
            required=True,
            available=not missing,
            detail=missing or f"table of {platform.machine()}",
        ),
        Layer(
            name="landlock",
            stops="opening files, TCP, signals and tracing of others, a second time",
            passes="stat, chmod, UDP (seccomp stops them)",
            required=False,
            available=not trouble["landlock"],
            detail=trouble["landlock"] or f"version {version}",
        ),
        Layer(
            name="namespaces",
            stops="networks and paths, a third time",
            passes="anything else",
            required=False,
            available=not trouble["namespaces"],
            detail=trouble["namespaces"] or "network, mount, IPC, host name",
        ),
        Layer(
            name="capabilities",
            stops="the powers of the superuser, where mathcli has them",
            passes="what the owner of a file may do",
            required=False,
            available=not trouble["capabilities"],
            detail=trouble["capabilities"] or "all are dropped",
        ),
    ]


def _tried() -> dict[str, str]:
    """Why each layer of Linux does not work here; an empty text where it does."""
    program = (
        "import sys; del sys.path[0]; sys.path += sys.argv[1:];"
        "from mathcli.sandbox.tryout import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *sys.path], capture_output=True, text=True, check=False
    )
    try:
        reasons = json.loads(done.stdout)
    except ValueError:
        reasons = {}
    last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    unsaid = f"it could not be tried: {last[0]}"
    names = ("limits", "seccomp", "landlock", "namespaces", "capabilities")
    return {name: str(reasons.get(name, unsaid)) for name in names}


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
