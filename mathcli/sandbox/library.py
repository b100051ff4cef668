"""The library process: a fork of the warm parent that has loaded the popular libraries.

Programs that import NumPy or less used parts of SymPy run in forks of it. So they find these
modules loaded, while a program that does not want them runs where nothing has loaded them; and no
program waits for them at the start. It sees no programs and no results: it is given the number of
a slot and one end of a socket, and makes a child there, which becomes a child of the warm parent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from mathcli.sandbox import libc, modules, processes, wire
from mathcli.sandbox.forking import Forks
from mathcli.sandbox.slots import Slot

_PATIENCE_SECONDS = 10.0  # it does nothing but fork
SUPPORTED = sys.platform == "linux"  # elsewhere nobody forks for another


class Library:
    """The warm parent's end.

    Args:
        forks: how the process makes children.
        slots: all slots.
        rehearsal: a slot that only the library process uses.
        connection: the warm parent's socket to the main process, which is not for the library.

    Raises:
        OSError: there can be no more processes.
    """

    def __init__(
        self, forks: Forks, slots: Sequence[Slot], rehearsal: Slot, connection: socket.socket
    ) -> None:
        self.channel, theirs = socket.socketpair()
        self.modules: frozenset[str] | None = None  # None until they are loaded
        self.address_space = 0
        parent = os.getpid()
        self.pid = libc.fork()
        if self.pid == 0:
            _work(forks, slots, rehearsal, theirs, parent, [self.channel, connection])
        theirs.close()
        self.channel.settimeout(_PATIENCE_SECONDS)

    def hear(self) -> None:
        """Read what it says when it has loaded everything. Raises OSError where it has ended."""
        size, length = wire.LIBRARY.unpack(self._read(wire.LIBRARY.size))
        self.modules = frozenset(self._read(length).decode().split(","))
        self.address_space = size

    def fork(self, slot: Slot, wait: int, names: Sequence[str]) -> int:
        """See `Forks.fork`."""
        text = ",".join(names).encode()
        request = wire.FORK.pack(slot.index, len(text)) + text
        socket.send_fds(self.channel, [request], [wait])
        (pid,) = wire.FORKED.unpack(self._read(wire.FORKED.size))
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return int(pid)

    def end(self) -> None:
        """Kill it; the warm parent reaps it."""
        processes.kill(self.pid)

    def _read(self, count: int) -> bytes:
        return _exactly(self.channel, count)


def _exactly(channel: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = channel.recv(count - len(found))
        if not more:
            raise ConnectionResetError("the library process has ended")
        found += more
    return found


def _work(
    forks: Forks, slots: Sequence[Slot], rehearsal: Slot, channel: socket.socket, parent: int,
    foreign: Sequence[socket.socket],
) -> NoReturn:  # fmt: skip
    """In the library process: load, say so, and fork until the warm parent is gone."""
    try:
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in foreign:
            os.close(one.fileno())
        for name in modules.POPULAR:
            modules.load(name)
        forks.settle(rehearsal)
        names = ",".join(name for name in sys.modules if modules.allowed(name)).encode()
        channel.sendall(wire.LIBRARY.pack(forks.address_space, len(names)) + names)
        while True:
            _serve(forks, slots, channel)
    finally:
        os._exit(0)


def _serve(forks: Forks, slots: Sequence[Slot], channel: socket.socket) -> None:
    """Fork once."""
    request, (wait,), _, _ = socket.recv_fds(channel, wire.FORK.size, 1)
    index, length = wire.FORK.unpack(request)
    text = _exactly(channel, length).decode()
    try:
        pid = forks.fork(slots[index], wait, text.split(",") if text else (), sibling=True)
    except OSError as error:
        pid = -(error.errno or 1)
    with contextlib.suppress(OSError):
        os.close(wait)
    channel.sendall(wire.FORKED.pack(pid))
