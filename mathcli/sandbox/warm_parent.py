"""The warm parent: a fresh interpreter with SymPy loaded that has one child per program.

It has one thread, never held a model or a secret, and passes programs and results on as bytes
without reading them. Children are not forks of the warm parent itself, because its memory holds
facts about other programs: see `forkers`. They are forked, confined and warmed *before* their
program arrives, so that a program waits for two short messages only. The modules that a forker has
loaded never change for one program: a program that imports more runs in a fork of the library
process, or its child loads the modules alone.

Each child owns a slot (see `slots`). All that a program could do with the socket that says "go"
is to report that it is done, which ends it. The kernel reports how it ended, and the slot is wiped
before the next child gets it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time

from mathcli.sandbox import alike, child, modules, prepared, rlimits, wire
from mathcli.sandbox.children import Children
from mathcli.sandbox.confinement import Confinement, MissingLayer, confinement
from mathcli.sandbox.forking import WAIT, Forks
from mathcli.sandbox.runs import Runs
from mathcli.sandbox.slots import slots

_MOST_SPARES = 8
_RUNS_BEFORE_SETTLING = 20
_LOOK_SECONDS = 0.02  # between two looks at how much memory programs occupy


class WarmParent:
    """Serves one main process over one socket until that closes.

    Args:
        connection: the stream socket to the main process.
        workers: programs that run at once; the main process never sends more.
        confinement: puts the layers on.
    """

    def __init__(self, connection: socket.socket, workers: int, confinement: Confinement) -> None:
        self._connection = connection
        self._confinement = confinement
        spares = max(2, min(workers, _MOST_SPARES))
        self._poll = select.poll()
        self._forks = Forks(confinement)
        # Running, leaving, two kinds of spares, and two that only rehearse.
        every = slots(2 * workers + 2 * spares + 2)
        self._children = Children(every, self._forks, self._poll, connection, confinement, spares)
        self._runs = Runs(self._children, self._poll, confinement, workers)
        self._unsettled = True
        self._events = 0
        self._wake, wake_writer = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake_writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; children inherit this
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self._poll.register(self._wake, select.POLLIN)
        connection.setblocking(False)
        self._listen()

    def serve(self) -> None:
        """Run until the main process is gone. Raises OSError where a layer cannot be put on."""
        self._confinement.prepare()
        prepared.prepare()
        child.warm()
        self._forks.renew()
        self._children.try_confinement()
        self._children.add_spare(busy=False)
        self._connection.send(wire.ANSWER.pack(wire.READY, 0, 0, 0, 0.0, 0, 0, 0))
        try:
            while True:
                self._step()
        except MainProcessGone:
            pass
        finally:
            self._children.kill_all()

    def _step(self) -> None:
        for descriptor, _ in self._poll.poll(self._patience()):
            if descriptor == self._wake:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            elif descriptor == self._connection.fileno():
                self._receive()
            else:
                self._runs.hear(descriptor)
        self._runs.reap()
        self._runs.stop_the_late()
        self._runs.stop_the_large()
        self._send_answers()
        if self._lacks_spares():
            self._children.add_spare(busy=bool(self._runs.busy))
        elif self._has_idle_work():
            self._settle()
        self._listen()

    def _patience(self) -> float | None:
        """Milliseconds that poll may sleep: until the next deadline, not at all if work waits."""
        if self._lacks_spares() or self._has_idle_work():
            return 0
        if not self._runs.busy:
            return None
        longest = 60.0 if self._confinement.memory_of is None else _LOOK_SECONDS
        return max(0.0, min(self._runs.next_deadline() - time.monotonic(), longest)) * 1000 + 1

    def _lacks_spares(self) -> bool:
        return self._children.lack_spares(busy=bool(self._runs.busy))

    def _has_idle_work(self) -> bool:
        """Whether to make forks cheap now: nothing runs, or enough programs have run already."""
        return self._unsettled and (not self._runs.busy or self._runs.count > _RUNS_BEFORE_SETTLING)

    def _settle(self) -> None:
        self._unsettled = False
        self._children.settle()

    def _listen(self) -> None:
        """Read from the main process while there is room for a program; send what is ready."""
        events = select.POLLIN if self._children.have_room() else 0
        if self._runs.ended:
            events |= select.POLLOUT
        if events != self._events:
            self._poll.register(self._connection, events)
            self._events = events

    # -- programs in

    def _receive(self) -> None:
        header = bytearray(wire.REQUEST.size)
        if not self._connection_fills(memoryview(header)):
            return
        kind, run, names, length, wall, cpu, memory, output = wire.REQUEST.unpack(header)
        if kind == wire.CANCEL:
            self._runs.cancel(run)
            return
        text = bytearray(names)
        self._connection_fills(memoryview(text))
        asked = [name for name in text.decode().split(",") if modules.can_be_asked(name)]
        slot = self._children.take([name for name in asked if modules.exists(name)])
        self._connection_fills(slot.work(length))
        slot.accept(run, length, wall, cpu, memory, output)
        for name in asked:
            slot.grant(name)
        self._runs.begin(slot)

    def _connection_fills(self, room: memoryview) -> bool:
        """Receive exactly `room`; False if nothing had come. Raises MainProcessGone."""
        filled = 0
        while filled < len(room):
            try:
                received = self._connection.recv_into(room[filled:])
            except BlockingIOError:
                if filled == 0 and len(room) == wire.REQUEST.size:
                    return False
                select.select([self._connection], [], [])
                continue
            except OSError:
                received = 0
            if received == 0:
                raise MainProcessGone
            filled += received
        return True

    # -- answers out

    def _send_answers(self) -> None:
        while self._runs.ended:
            slot = self._runs.ended[0]
            try:
                slot.send(self._connection)
            except BlockingIOError:
                return
            except OSError:
                raise MainProcessGone from None
            self._runs.sent()


class MainProcessGone(Exception):
    """The other end of the connection is closed."""


def main(descriptor: str, workers: str, sandbox: str) -> None:
    """Entry point of the fresh interpreter: load, serve, and report why if that fails."""
    given = int(descriptor)
    if given != WAIT:
        os.dup2(given, WAIT)  # so nothing else gets the number that children want
        os.close(given)
    connection = socket.socket(fileno=WAIT)
    try:
        rlimits.close_all_but(WAIT)
        rlimits.own_limits()
        alike.patch()
        gc.disable()  # there is nothing to find while loading; children enable it
        for name in modules.FIRST:
            modules.load(name)
        importlib.import_module(modules.FIRST[0])  # says why where it cannot be loaded
        if hasattr(sys, "set_int_max_str_digits"):
            sys.set_int_max_str_digits(0)  # the time limit stands guard
        WarmParent(connection, int(workers), confinement(sandbox)).serve()
    except (MissingLayer, OSError) as error:
        connection.setblocking(True)
        text = str(error).encode()
        connection.sendall(wire.ANSWER.pack(wire.FATAL, 0, 0, 0, 0.0, 0, len(text), 0) + text)
