"""Forkers: processes that only fork children.

A child begins with a copy of the memory of the process that forks it. The warm parent's memory
holds what no program should find: which programs run, their process numbers, the modules that they
import. So children are forked by processes that receive only the number of a slot; the children
become children of the warm parent.

The first forker is forked from the warm parent before any program arrives. It makes the others
while programs already run: one that first makes its forks cheap, and the *library process*, which
loads the popular libraries. Programs that import NumPy or less used parts of SymPy run in forks of
the library process and find these modules loaded. Other programs run in processes that have not
loaded them, and no program waits for them at the start.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from mathcli.sandbox import libc, modules, processes, wire
from mathcli.sandbox.forking import Forks
from mathcli.sandbox.slots import ChildSlot

_PATIENCE_SECONDS = 10.0  # they do nothing but fork
SUPPORTED = sys.platform == "linux"  # only Linux can fork a sibling (see `libc.fork_sibling`)

FIRST, SETTLED, LIBRARY = "first", "settled", "library"
_ASKED = {SETTLED: wire.MAKE_SETTLED, LIBRARY: wire.MAKE_LIBRARY}


class Tools(NamedTuple):
    """What every forker needs.

    Args:
        forks: how it makes children.
        slots: all slots for programs.
        rehearsals: a slot of its own for each kind that settles.
    """

    forks: Forks
    slots: Sequence[ChildSlot]
    rehearsals: dict[str, ChildSlot]


class Forker:
    """The warm parent's end of one forker.

    Args:
        kind: `FIRST`, `SETTLED` or `LIBRARY`.
        channel: a socket to the process.
        pid: its number.
    """

    def __init__(self, kind: str, channel: socket.socket, pid: int) -> None:
        self.kind = kind
        self.channel = channel
        self.pid = pid
        self.modules: frozenset[str] | None = None  # None until it is ready
        self.address_space = 0
        channel.settimeout(_PATIENCE_SECONDS)

    @property
    def ready(self) -> bool:
        """Whether it is ready to fork."""
        return self.modules is not None

    def hear(self) -> None:
        """Read the message that it is ready. Raises OSError where it has ended."""
        size, length = wire.FORKER.unpack(_exactly(self.channel, wire.FORKER.size))
        self.modules = frozenset(_exactly(self.channel, length).decode().split(","))
        self.address_space = size

    def fork(self, slot: ChildSlot, wait: int, length: int, *, hurry: bool) -> int:
        """See `Forks.fork`. Raises ConnectionError or TimeoutError where the forker is broken."""
        return self._ask(wait, wire.HURRY if hurry else 0, slot.index, length)

    def make(self, kind: str) -> Forker:
        """Have it fork another forker; call `hear` on that one. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                return Forker(kind, ours, self._ask(theirs.fileno(), _ASKED[kind], 0, 0))
            except OSError:
                ours.close()
                raise

    def _ask(self, descriptor: int, what: int, index: int, length: int) -> int:
        socket.send_fds(self.channel, [wire.FORK.pack(what, index, length)], [descriptor])
        (pid,) = wire.FORKED.unpack(_exactly(self.channel, wire.FORKED.size))
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return int(pid)

    def end(self) -> None:
        """Kill it; the warm parent reaps it."""
        processes.kill(self.pid)


def first(tools: Tools, connection: socket.socket) -> Forker:
    """Fork this process: the first forker.

    Args:
        connection: the warm parent's socket to the main process, which the forker closes.

    Raises:
        OSError: no more processes can be made.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = libc.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (ours, connection):
                os.close(inherited.fileno())
            _work(FIRST, tools, theirs, parent)
        finally:
            os._exit(1)
    theirs.close()
    forker = Forker(FIRST, ours, pid)
    forker.hear()
    return forker


def _exactly(channel: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = channel.recv(count - len(found))
        if not more:
            raise ConnectionResetError("a forker has ended")
        found += more
    return found


def _work(kind: str, tools: Tools, channel: socket.socket, parent: int) -> NoReturn:
    """In the forker: get ready, report that, and fork until the warm parent is gone."""
    try:
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for name in modules.POPULAR if kind == LIBRARY else ():
            modules.load(name)
        if kind in tools.rehearsals:
            tools.forks.settle(tools.rehearsals[kind])
        names = ",".join(name for name in sys.modules if modules.allowed(name)).encode()
        channel.sendall(wire.FORKER.pack(tools.forks.address_space, len(names)) + names)
        while True:
            _serve(tools, channel, parent)
    finally:
        os._exit(0)


def _serve(tools: Tools, channel: socket.socket, parent: int) -> None:
    """Fork once."""
    request, (given,), _, _ = socket.recv_fds(channel, wire.FORK.size, 1)
    what, index, length = wire.FORK.unpack(request)
    try:
        if what in _ASKED.values():
            pid = libc.fork_sibling()
            if pid == 0:
                channel.close()
                kind = SETTLED if what == wire.MAKE_SETTLED else LIBRARY
                _work(kind, tools, socket.socket(fileno=given), parent)
        else:
            slot, hurry = tools.slots[index], what == wire.HURRY
            pid = tools.forks.fork(slot, given, length, sibling=True, hurry=hurry)
    except OSError as error:
        pid = -(error.errno or 1)
    with contextlib.suppress(OSError):
        os.close(given)
    channel.sendall(wire.FORKED.pack(pid))
