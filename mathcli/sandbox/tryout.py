"""Tries each layer of Linux on its own, as this user and on this machine.

Run in a fresh interpreter (`python -c "from mathcli.sandbox.tryout import main; main()"`), which
puts each layer on a fork of its own. The fork then computes something, and does what the layer
must stop.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from mathcli.sandbox import landlock, libc, rlimits, seccomp
from mathcli.sandbox.capabilities import Capabilities
from mathcli.sandbox.namespaces import Namespaces

_SECONDS = 10  # for one layer


class Leaks(Exception):
    """The layer could be put on, but does not stop what it must stop."""


def main() -> None:
    """Print, as JSON, why each layer does not work: an empty text where it does."""
    print(json.dumps({name: _in_a_fork(attempt) for name, attempt in _ATTEMPTS.items()}))


def _in_a_fork(attempt: Callable[[], None]) -> str:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(_SECONDS)
        try:
            attempt()
            said = b"ok" if sum(range(1000)) == 499500 else b"it computes wrong"
        except Exception as error:
            said = (str(error) or type(error).__name__).encode("utf-8", "replace")[:300]
        os.write(writer, said)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return f"a process under it was killed ({signal.Signals(os.WTERMSIG(status)).name})"
    return "" if said == b"ok" else said.decode("utf-8", "replace")


def _refused(what: str, act: Callable[[], object], *codes: int) -> None:
    try:
        act()
    except OSError as error:
        if error.errno in codes:
            return
        raise Leaks(f"{what}: {error}") from None
    raise Leaks(f"it does not stop {what}")


def _limits() -> None:
    size = rlimits.address_space() + 64 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    rlimits.limit_run(os.getpid(), cpu_seconds=5, address_space=size, output_bytes=1000)
    rlimits.child_limits()
    _refused("more open files", lambda: os.open("/dev/null", os.O_RDONLY), errno.EMFILE)
    try:
        bytearray(2**30)
    except MemoryError:
        return
    raise Leaks("it does not stop a program from taking memory")


def _seccomp() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.Filter().install()
    _refused("opening files", lambda: os.open("/dev/null", os.O_RDONLY), errno.EPERM)
    _refused("networks", lambda: socket.socket(socket.AF_INET), errno.EPERM)
    _refused("new processes", os.fork, errno.EPERM)


def _landlock() -> None:
    if not landlock.version():
        raise Leaks("this kernel has none, or hides it")
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    landlock.Ruleset().restrict()
    _refused("opening files", lambda: os.open("/dev/null", os.O_RDONLY), errno.EACCES)


def _namespaces() -> None:
    namespaces = Namespaces()
    if not namespaces.network:
        raise Leaks("forbidden to this user")
    namespaces.leave_root()
    sock = socket.socket(socket.AF_INET)
    _refused("networks", lambda: sock.connect(("127.0.0.1", 9)), errno.ENETUNREACH)


def _capabilities() -> None:
    status = os.open("/proc/self/status", os.O_RDONLY) if Path("/proc/self/status").exists() else -1
    Capabilities().drop()
    if status < 0:
        return
    lines = os.read(status, 8192).decode().splitlines()
    held = [line.split()[1] for line in lines if line.startswith(("CapEff", "CapPrm"))]
    if any(int(one, 16) for one in held):
        raise Leaks("capabilities stay")


_ATTEMPTS = {
    "limits": _limits,
    "seccomp": _seccomp,
    "landlock": _landlock,
    "namespaces": _namespaces,
    "capabilities": _capabilities,
}
