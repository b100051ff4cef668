"""The warm parent: a fresh interpreter with SymPy loaded that forks one child per program.

It has one thread, never held a model or a secret, and sees programs and results only as bytes
that it passes on. Children are forked, confined and warmed *before* their program arrives, so a
program waits for two short messages and nothing else.

Each child owns a slot (see `slots`). Before its program arrives it has unmapped all others and
closed everything but its standard streams and a socket that says "go". All that a program could
do with that socket is to say that it is done, which ends it. When it is gone, whatever it did,
the kernel has told how it ended, and the slot is wiped before the next child gets it.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import NoReturn

from mathcli.sandbox import child, libc, limits, modules, prepared, processes, wire
from mathcli.sandbox.confinement import Confinement, MissingLayer, confinement
from mathcli.sandbox.pages import HotPages, collapse
from mathcli.sandbox.slots import Slot, slots

_GO, _GO_AND_WAIT = b"!", b"?"
_WARMINGS = 10  # CPython has specialized its byte code by then
_MOST_SPARES = 8
_RUNS_BEFORE_LOADING = 20
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
_LOOK_SECONDS = 0.02  # between two looks at how much memory programs occupy
_MOST_RESTARTS = 50  # of one program; most need none, a large library's user a few


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
        self._workers = workers
        self._spares_wanted = max(2, min(workers, _MOST_SPARES))
        self._free = deque(slots(2 * workers + self._spares_wanted))
        self._spares: deque[Slot] = deque()
        self._children: dict[int, Slot] = {}  # by process, until it is reaped
        self._busy: dict[int, Slot] = {}  # those with a run, by its number
        self._listening: dict[int, Slot] = {}  # those of them that may say "done", by socket
        self._leaving = 0  # children that are answered and not reaped
        self._ended: deque[Slot] = deque()  # answer not sent yet
        self._pid = os.getpid()
        self._runs = 0
        self._soon = deque(modules.SOON)
        self._hot_pages: HotPages | None = None
        self._warms_children = False
        self._unsettled = False
        self._poll = select.poll()
        self._wake, wake_writer = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake_writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; children inherit this
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self._poll.register(self._wake, select.POLLIN)
        self._poll.register(connection, select.POLLIN)
        connection.setblocking(False)
        gc.disable()  # children enable it

    def serve(self) -> None:
        """Run until the main process is gone. Raises OSError where a layer cannot be put on."""
        self._confinement.prepare()
        prepared.prepare()
        child.warm()
        self._renew()
        self._try_confinement()
        self._fork_spare()
        self._connection.send(wire.ANSWER.pack(wire.READY, 0, 0, 0, 0.0, 0, 0, 0))
        try:
            while True:
                self._step()
        except (EOFError, ConnectionError):
            pass
        finally:
            self._kill_all()

    def _step(self) -> None:
        for descriptor, _ in self._poll.poll(self._patience()):
            if descriptor == self._wake:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            elif descriptor in self._listening:
                self._hear_the_end(self._listening[descriptor])
            else:
                self._receive()
        self._reap()
        self._stop_the_late()
        self._stop_the_large()
        self._send_answers()
        if self._lacks_spares():
            self._fork_spare()
        elif self._has_idle_work():
            self._work_idly()

    def _patience(self) -> float | None:
        """Milliseconds that poll may sleep: until the next deadline, not at all if work waits."""
        if self._lacks_spares() or self._has_idle_work():
            return 0
        if not self._busy:
            return None
        nearest = min(slot.deadline for slot in self._busy.values())
        longest = 60.0 if self._confinement.memory_of is None else _LOOK_SECONDS
        return max(0.0, min(nearest - time.monotonic(), longest)) * 1000 + 1

    def _lacks_spares(self) -> bool:
        """Whether to fork now; while programs run, they get the processor first."""
        enough = self._spares_wanted // 2 if self._busy else self._spares_wanted
        return bool(self._free) and len(self._spares) < enough

    def _has_idle_work(self) -> bool:
        """When nothing runs; but a pool that is never idle must get its modules too."""
        if self._soon:
            return not self._busy or self._runs > _RUNS_BEFORE_LOADING
        return self._unsettled and not self._busy

    # -- programs in

    def _receive(self) -> None:
        header = bytearray(wire.REQUEST.size)
        if not self._connection_fills(memoryview(header)):
            return
        kind, run, length, wall, cpu, memory, output = wire.REQUEST.unpack(header)
        if kind == wire.CANCEL:
            self._stop(wire.CANCELLED, [self._busy[run]] if run in self._busy else [])
            return
        slot = self._spares.popleft() if self._spares else self._fork(self._free.popleft())
        wire.HEAD.pack_into(slot.view, 0, length, cpu, output)
        self._connection_fills(slot.view[wire.HEAD.size : wire.HEAD.size + length])
        self._runs += 1
        slot.run, slot.deadline = run, time.monotonic() + wall
        slot.cpu_seconds, slot.memory_bytes, slot.output_bytes = cpu, memory, output
        self._start(slot)

    def _connection_fills(self, room: memoryview) -> bool:
        """Receive exactly `room`; False if nothing had come. Raises EOFError at the end."""
        filled = 0
        while filled < len(room):
            try:
                received = self._connection.recv_into(room[filled:])
            except BlockingIOError:
                if filled == 0 and len(room) == wire.REQUEST.size:
                    return False
                select.select([self._connection], [], [])
                continue
            if received == 0:
                raise EOFError
            filled += received
        return True

    def _start(self, slot: Slot) -> None:
        assert slot.run is not None
        if self._confinement.limit_itself is None:
            limits.limit_run(
                slot.pid,
                cpu_seconds=slot.cpu_seconds,
                address_space=self._address_space + slot.memory_bytes,
                output_bytes=slot.output_bytes,
            )
        slot.began = min(slot.began, time.monotonic())
        alone = sys.platform == "linux" and not self._busy and self._leaving < self._workers
        self._busy[slot.run] = slot
        with contextlib.suppress(BrokenPipeError):  # it died while it waited: reaping tells
            os.write(slot.go, _GO_AND_WAIT if alone else _GO)
        if alone:
            self._listening[slot.go] = slot
            self._poll.register(slot.go, select.POLLIN)
        else:
            os.close(slot.go)

    # -- children

    def _fork_spare(self) -> None:
        self._spares.append(self._fork(self._free.popleft()))

    def _fork(self, slot: Slot) -> Slot:
        wait, slot.go = processes.socket_pair()
        slot.pid = libc.fork()
        if slot.pid == 0:
            self._child(slot, wait)
        os.close(wait)
        self._children[slot.pid] = slot
        return slot

    def _child(self, slot: Slot, wait: int) -> NoReturn:
        def wait_to_be_killed(status: int) -> NoReturn:
            with contextlib.suppress(OSError):
                os.write(wait, b"done")
                os.read(wait, 1)
            os._exit(status)

        try:
            if self._hot_pages is not None:
                with contextlib.suppress(OSError):  # some may be gone; the rest is copied
                    self._hot_pages.copy()
            self._become_child(slot, keep=wait)
        except BaseException as error:
            child.write_report(slot.report, wire.RAISED, None, str(error))
            os._exit(wire.EXIT_UNCONFINED)
        try:
            if self._warms_children and len(self._busy) < self._workers:
                child.warm()  # nobody waits for this child yet
            child.prepare(slot.view)
            go = os.read(wait, 1)
            if go:
                leave = wait_to_be_killed if go == _GO_AND_WAIT else os._exit
                child.run(slot.view, leave=leave, limit=self._confinement.limit_itself)
        finally:
            os._exit(1)

    def _become_child(self, slot: Slot, *, keep: int) -> None:
        """Give up all that is the warm parent's. Raises OSError where a layer cannot be put on."""
        signal.set_wakeup_fd(-1)
        slot.unmap_others()
        os.dup2(slot.output, 1)
        os.dup2(0, 2)  # the null device, even where the warm parent's errors are shown
        os.setpgid(0, 0)
        self._confinement.enter(self._pid, keep)
        gc.enable()

    def _try_confinement(self) -> None:
        """Let one child put the layers on, so that a failure is known before any program."""
        slot = self._fork(self._free.popleft())
        os.close(slot.go)
        _, status = os.waitpid(slot.pid, 0)
        del self._children[slot.pid]
        if os.waitstatus_to_exitcode(status) == wire.EXIT_UNCONFINED:
            raise OSError(wire.unpack_report(bytes(slot.report))[2])
        self._give_back(slot)

    # -- ends

    def _reap(self) -> None:
        while self._children:
            if sys.platform == "linux":
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None:
                    return
                processes.kill_group(ended.si_pid)  # while its number is still its own
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            slot = self._children.pop(pid)
            slot.gone = True
            self._stop_listening(slot)
            if slot.run is None:
                self._drop(slot)
            elif not slot.answered:
                self._end(slot, status, usage.ru_maxrss * _MAXRSS_UNIT)
            else:
                self._leaving -= 1
                if slot not in self._ended:
                    self._give_back(slot)

    def _drop(self, slot: Slot) -> None:
        """A spare is gone before it had a program."""
        if slot in self._spares:
            self._spares.remove(slot)
            os.close(slot.go)
        self._give_back(slot)

    def _end(self, slot: Slot, status: int, peak: int) -> None:
        assert slot.run is not None
        if not self._run_again(slot, status):
            self._answer(slot, status, peak)

    def _answer(self, slot: Slot, status: int, peak: int) -> None:
        assert slot.run is not None
        del self._busy[slot.run]
        slot.finish(status, time.monotonic() - slot.began, peak)
        slot.answered = True
        self._ended.append(slot)

    def _hear_the_end(self, slot: Slot) -> None:
        """A child that was told to wait is done, or dead.

        The kernel takes longer to clear away a process than most programs run. So a child that
        runs alone says when its report is written, is killed, and is answered for before it is
        gone: somebody waits for just this answer. Where many run, that would only cost.
        """
        if os.read(slot.go, 1) and slot.has_report() and slot.stopped == wire.NOTHING:
            peak = processes.peak_bytes(slot.pid)
            if peak is not None:
                os.setpriority(os.PRIO_PROCESS, slot.pid, 19)  # the answer comes first
                processes.kill(slot.pid)
                self._leaving += 1
                self._answer(slot, 0, peak)
        self._stop_listening(slot)  # a child that still waits leaves

    def _stop_listening(self, slot: Slot) -> None:
        if self._listening.get(slot.go) is slot:  # numbers are used again
            del self._listening[slot.go]
            self._poll.unregister(slot.go)
            os.close(slot.go)

    def _run_again(self, slot: Slot, status: int) -> bool:
        """Start the program afresh if it waits for a module, or was killed before it began."""
        if slot.stopped != wire.NOTHING or slot.restarts >= _MOST_RESTARTS:
            return False
        module = slot.wanted_module(status)
        if not slot.never_began(status) and (module is None or not modules.allowed(module)):
            return False
        if module is not None and modules.load(module):
            self._renew()
        slot.restarts += 1
        slot.start_over()
        self._start(self._fork(slot))
        return True

    def _stop_the_late(self) -> None:
        now = time.monotonic()
        self._stop(wire.TIME, (one for one in self._busy.values() if one.deadline <= now))

    def _stop_the_large(self) -> None:
        memory_of = self._confinement.memory_of
        if memory_of is not None:
            grown = [one for one in self._busy.values() if memory_of(one.pid) > one.memory_bytes]
            self._stop(wire.MEMORY, grown)

    def _stop(self, reason: int, slots: Iterable[Slot]) -> None:
        for slot in slots:
            if slot.stopped == wire.NOTHING:
                slot.stopped = reason
                slot.deadline = math.inf
                processes.kill(slot.pid)

    def _kill_all(self) -> None:
        for pid in self._children:
            processes.kill(pid)
        for pid in self._children:
            os.waitpid(pid, 0)

    # -- answers out

    def _send_answers(self) -> None:
        while self._ended:
            slot = self._ended[0]
            try:
                slot.send(self._connection)
            except BlockingIOError:
                self._poll.modify(self._connection, select.POLLIN | select.POLLOUT)
                return
            self._ended.popleft()
            if slot.gone:
                self._give_back(slot)
        self._poll.modify(self._connection, select.POLLIN)

    def _give_back(self, slot: Slot) -> None:
        slot.wipe()
        self._free.append(slot)

    # -- modules

    def _work_idly(self) -> None:
        if self._soon:
            modules.load(self._soon.popleft())
        if not self._soon:
            self._settle()

    def _settle(self) -> None:
        """Make forks cheap, which takes a while: done when nobody waits."""
        prepared.prepare()
        for _ in range(_WARMINGS):
            child.warm()
        gc.collect()
        gc.freeze()
        self._hot_pages = self._find_hot_pages()
        self._warms_children = self._hot_pages is None
        self._renew()
        self._unsettled = False

    def _find_hot_pages(self) -> HotPages | None:
        if sys.platform != "linux":
            return None
        slot = self._free.popleft()

        def rehearse(keep: int, tell: Callable[[], None]) -> None:
            self._become_child(slot, keep=keep)
            child.prepare(slot.view)
            child.rehearse(slot.view, tell)

        try:
            collapse()
            return HotPages(rehearse)
        except OSError:
            return None
        finally:
            self._give_back(slot)

    def _renew(self) -> None:
        """After loading: keep the collector off what children share; let older spares go."""
        if sys.platform == "linux":
            child.make_ready()
        gc.freeze()
        self._unsettled = True
        self._address_space = limits.address_space() if sys.platform == "linux" else 0
        while self._spares:
            os.close(self._spares.popleft().go)  # it reads the end instead of "go", and leaves


def main(descriptor: str, workers: str, sandbox: str) -> None:
    """Entry of the fresh interpreter: load, serve, and say why if that fails."""
    connection = socket.socket(fileno=int(descriptor))
    try:
        limits.own_limits()
        for name in modules.FIRST:
            modules.load(name)
        if hasattr(sys, "set_int_max_str_digits"):
            sys.set_int_max_str_digits(0)  # the time limit stands guard
        WarmParent(connection, int(workers), confinement(sandbox)).serve()
    except (MissingLayer, OSError) as error:
        text = str(error).encode()
        connection.setblocking(True)
        connection.sendall(wire.ANSWER.pack(wire.FATAL, 0, 0, 0, 0.0, 0, len(text), 0) + text)
