"""The children of the warm parent: which ones exist, wait for a program, or have ended.

Children are made by forkers; by the library process where the program imports what that process
has loaded. Spare children of both kinds wait for programs. A child that ends is reaped here, and
the processes that it left running are killed.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence

from mathcli.sandbox import forkers, modules, processes, wire
from mathcli.sandbox.confinement import Confinement
from mathcli.sandbox.forkers import FIRST, LIBRARY, SETTLED, Forker
from mathcli.sandbox.forking import Forks
from mathcli.sandbox.slots import ChildSlot

_SOON = 0.05  # seconds; what waits for a core no longer than this is not asked about
_FORK_AGAIN = 0.5  # seconds after a failed fork
_MOST_FORKERS = 5  # of a kind, one after the other; only something outside ends them

Ended = tuple[ChildSlot, int, resource.struct_rusage]  # a child's slot, its status, what it used


class Children:
    """All children, and their slots.

    Args:
        every: the slots; the last two are for rehearsals of forkers.
        forks: makes children of this process, where there are no forkers.
        poll: where a forker's socket is registered until it has said that it is ready.
        connection: the socket to the main process.
        confinement: the layers.
        spares: how many children wait for a program.
    """

    def __init__(
        self, every: list[ChildSlot], forks: Forks, poll: select.poll, connection: socket.socket,
        confinement: Confinement, spares: int,
    ) -> None:  # fmt: skip
        rehearsals = {SETTLED: every.pop(), LIBRARY: every.pop()}
        self._tools = forkers.Tools(forks, every, rehearsals)
        self._forks = forks
        self._poll = poll
        self._connection = connection
        self._confinement = confinement
        self._spares_wanted = spares
        self._free = deque(every)
        self._spares: dict[bool, deque[ChildSlot]] = {
            False: deque(),
            True: deque(),
        }  # in the library?
        self._slots: dict[int, ChildSlot] = {}  # by process, until it is reaped
        self._forkers: dict[str, Forker] = {}  # by kind
        self._begun: Counter[str] = Counter()
        self._library_wanted = False
        self._next_spare = 0.0  # monotonic time

    # -- slots and spares

    def have_room(self) -> bool:
        """Whether another program can be taken in."""
        return bool(self._free)

    def lack_spares(self, *, busy: bool) -> bool:
        """Whether to fork now; while programs run, they get the processor first."""
        return self._lacking(busy) is not None

    def _lacking(self, busy: bool) -> bool | None:
        enough = self._spares_wanted // 2 if busy else self._spares_wanted
        if len(self._free) < 2 or time.monotonic() < self._next_spare:
            return None
        if len(self._spares[False]) < enough:
            return False
        if self._library_wanted and self._ready(LIBRARY) and len(self._spares[True]) < enough:
            return True
        return None

    def add_spare(self, *, busy: bool) -> None:
        """Fork a child that has no program yet."""
        in_library = bool(self._lacking(busy))
        slot = self._free.popleft()
        if self._fork(slot, (), self._forker(in_library), hurry=False):
            self._spares[in_library].append(slot)
        else:
            self.give_back(slot)
            self._next_spare = time.monotonic() + _FORK_AGAIN  # no process or memory is free now

    def drop_spares(self) -> None:
        """Let the plain spares go: forks are cheaper now."""
        while self._spares[False]:
            self.let_go(self._spares[False].popleft())

    def let_go(self, slot: ChildSlot) -> None:
        """Close the socket of a child that waits: it leaves."""
        os.close(slot.go)
        slot.go = -1

    def take(self, names: Sequence[str]) -> ChildSlot:
        """A slot for a program that wants these modules, with its child if there is a spare."""
        in_library = any(modules.in_library(name) for name in names)
        self._library_wanted |= in_library
        loaded = self._forkers[LIBRARY].modules if in_library and self._ready(LIBRARY) else None
        spares = self._spares[in_library]
        if spares and (not names or (loaded is not None and loaded.issuperset(names))):
            slot = spares.popleft()
        else:
            slot = self._free.popleft()
        return slot

    def give_back(self, slot: ChildSlot) -> None:
        """The slot's child and run are over."""
        slot.wipe()
        self._free.append(slot)

    # -- forks

    def must_wait(self, slot: ChildSlot) -> bool:
        """Whether the slot's program needs the library process, and that is not ready yet."""
        if not forkers.SUPPORTED or not any(modules.in_library(name) for name in slot.names):
            return False
        self._library_wanted = True
        self.open(LIBRARY)
        return self.library_loads()

    def fork_for(self, slot: ChildSlot, *, hurry: bool) -> bool | None:
        """Give the slot a child for its program.

        Args:
            slot: one that does not have to wait (see `must_wait`).
            hurry: skip what would only help the next program.

        Returns:
            Whether the child has to load modules first; `None` where no child could be made.
        """
        in_library = any(modules.in_library(name) for name in slot.names)
        forker = self._forker(in_library)
        loaded = forker.modules if forker is not None else None
        names = [name for name in slot.names if not loaded or name not in loaded]
        return bool(names) if self._fork(slot, names, forker, hurry=hurry) else None

    def _fork(
        self, slot: ChildSlot, names: Sequence[str], forker: Forker | None, *, hurry: bool
    ) -> bool:
        wait, slot.go = processes.socket_pair()
        length = slot.leave_names(names)
        try:
            if forker is not None:
                slot.pid = forker.fork(slot, wait, length, hurry=hurry)
                slot.address_space = forker.address_space
            else:
                slot.pid = self._forks.fork(slot, wait, length, hurry=hurry)
                slot.address_space = self._forks.address_space
        except OSError as error:
            if forker is not None and isinstance(error, (ConnectionError, TimeoutError)):
                forker.end()
                self._close_forker(forker.pid)  # now: asked again, it would fail again
            self.let_go(slot)
            slot.pid = 0
            return False
        finally:
            os.close(wait)
        self._slots[slot.pid] = slot
        return True

    def try_confinement(self) -> None:
        """Let one child put the layers on, so that a failure shows before any program runs.

        Raises:
            OSError: why it failed.
        """
        slot = self._free.popleft()
        if not self._fork(slot, (), self._forker(False), hurry=True):
            raise OSError("no new process can be started")
        self.let_go(slot)
        _, status = os.waitpid(slot.pid, 0)
        del self._slots[slot.pid]
        if os.waitstatus_to_exitcode(status) == wire.EXIT_UNCONFINED:
            raise OSError(wire.unpack_report(bytes(slot.report)).error)
        self.give_back(slot)

    # -- forkers

    def open(self, kind: str) -> None:
        """Start a forker of this kind, if there is none yet and one can be started."""
        if not forkers.SUPPORTED or kind in self._forkers or self._begun[kind] >= _MOST_FORKERS:
            return
        self._begun[kind] += 1
        with contextlib.suppress(OSError):
            if kind == FIRST:
                self._forkers[kind] = forkers.first(self._tools, self._connection)
                return
            self.open(FIRST)
            if FIRST in self._forkers:
                forker = self._forkers[kind] = self._forkers[FIRST].make(kind)
                self._poll.register(forker.channel, select.POLLIN)

    def settle(self) -> None:
        """Make forks cheap and load the popular libraries, while no program waits."""
        if not forkers.SUPPORTED:
            self._forks.settle(self._tools.rehearsals[SETTLED])
            self.drop_spares()
        self.open(SETTLED)
        self.open(LIBRARY)

    def _ready(self, kind: str) -> bool:
        return kind in self._forkers and self._forkers[kind].ready

    def _forker(self, in_library: bool) -> Forker | None:
        """The forker to use; `None` where this process has to fork by itself."""
        self.open(FIRST)
        kinds = (LIBRARY, SETTLED, FIRST) if in_library else (SETTLED, FIRST)
        return next((self._forkers[kind] for kind in kinds if self._ready(kind)), None)

    def library_loads(self) -> bool:
        """Whether the library process exists but is not ready yet."""
        return LIBRARY in self._forkers and not self._ready(LIBRARY)

    def library_process(self) -> int:
        """The number of the library process; 0 where there is none."""
        return self._forkers[LIBRARY].pid if LIBRARY in self._forkers else 0

    def hear_forker(self, descriptor: int) -> bool:
        """Handle a forker that is ready or has ended; whether `descriptor` belongs to a forker."""
        for forker in self._forkers.values():
            if forker.channel.fileno() == descriptor:
                self._poll.unregister(descriptor)
                try:
                    forker.hear()
                except OSError:
                    forker.end()  # reaping it does the rest
                if forker.kind == SETTLED:
                    self.drop_spares()
                return True
        return False

    # -- ends

    def reap(self) -> Iterator[Ended]:
        """Learn from the kernel which children have ended, and how."""
        while self._slots or self._forkers:
            try:
                if sys.platform == "linux":
                    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                    if ended is None:
                        return
                    # While its number is still its own, and the kernel still tells of it.
                    processes.kill_group(ended.si_pid)
                    self._look_at_clock(ended.si_pid)
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._confinement.leaves_processes:
                self._kill_strangers()
            if pid in self._slots:
                slot = self._slots.pop(pid)
                self._forget(slot)
                yield slot, status, usage
            else:
                self._close_forker(pid)

    def _look_at_clock(self, pid: int) -> None:
        slot = self._slots.get(pid)
        if slot is not None and slot.clock is not None and slot.clock.passed > _SOON:
            slot.clock.look()

    def _forget(self, slot: ChildSlot) -> None:
        for spares in self._spares.values():
            if slot in spares:
                spares.remove(slot)

    def _close_forker(self, pid: int) -> None:
        for kind, forker in list(self._forkers.items()):
            if forker.pid == pid:
                with contextlib.suppress(KeyError):
                    self._poll.unregister(forker.channel)
                forker.channel.close()
                del self._forkers[kind]

    def _kill_strangers(self) -> None:
        """Kill what programs have left running: orphaned processes become children of this one."""
        known = self._slots.keys() | {forker.pid for forker in self._forkers.values()}
        for pid in processes.children():
            if pid not in known:
                processes.kill(pid)

    def kill_all(self) -> None:
        """End everything, and wait for it."""
        for forker in self._forkers.values():
            forker.end()
        for pid in self._slots:
            processes.kill(pid)
        with contextlib.suppress(ChildProcessError):
            while True:
                if self._confinement.leaves_processes:
                    self._slots.clear()
                    self._kill_strangers()
                os.waitpid(-1, 0)
