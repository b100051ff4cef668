"""The life of each run in the warm parent: from its slot to its answer.

A run gets a child, starts, and ends: by itself, at a limit, or because something killed it. A child
affects its own run alone; nothing here fails because a child is gone. The kernel, not the child,
reports how a run ended.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import sys
from collections import deque
from collections.abc import Iterable

from mathcli.clocks import Clock
from mathcli.sandbox import processes, rlimits, wire
from mathcli.sandbox.children import Children
from mathcli.sandbox.confinement import Confinement
from mathcli.sandbox.forking import GO, GO_AND_WAIT
from mathcli.sandbox.slots import ChildSlot

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
_MOST_RESTARTS = 50  # of one program; most need none, a large library's user a few
_LOAD_SECONDS = 60.0  # for the modules of one program


class Runs:
    """All runs without an answer yet, and the answers that are not sent yet.

    Args:
        children: where their processes come from.
        poll: where the sockets of children that may send something are registered.
        confinement: the layers.
        workers: programs that run at once.
    """

    def __init__(
        self, children: Children, poll: select.poll, confinement: Confinement, workers: int
    ) -> None:
        self._children = children
        self._poll = poll
        self._confinement = confinement
        self._workers = workers
        self._heard: dict[int, ChildSlot] = {}  # those whose child may say something, by socket
        self._leaving = 0  # children that are answered and not reaped
        self._waiting: list[ChildSlot] = []  # for the library process
        self.busy: dict[int, ChildSlot] = {}  # by the run's number
        self.ended: deque[ChildSlot] = deque()  # answer not sent yet
        self.count = 0

    # -- beginning

    def begin(self, slot: ChildSlot) -> None:
        """Run the program in a child that has its modules."""
        assert slot.run is not None
        self.count += not slot.restarts
        self.busy[slot.run] = slot
        slot.write_head()
        if slot.pid:
            self._start(slot)
        elif self._children.must_wait(slot):
            self._waiting.append(slot)
            slot.clock = Clock(self._children.library_process(), _LOAD_SECONDS)
        else:
            self._begin_in_new_child(slot)

    def _begin_in_new_child(self, slot: ChildSlot) -> None:
        loads = self._children.fork_for(slot, hurry=len(self.busy) >= self._workers)
        if loads is None:
            self._end(slot, signal.SIGKILL, 0, 0.0)
        elif loads:
            slot.loading = True
            slot.clock = Clock(slot.pid, _LOAD_SECONDS)
            self._listen(slot)
        else:
            self._start(slot)

    def _begin_all_that_wait(self) -> None:
        waiting, self._waiting = self._waiting, []
        for slot in waiting:
            self.begin(slot)

    def _start(self, slot: ChildSlot, used: float = 0.0) -> None:
        """Tell its child to go; it has already used that many seconds of processor time."""
        slot.loading = False
        alone = sys.platform == "linux" and len(self.busy) == 1 and self._leaving < self._workers
        try:
            if self._confinement.limit_itself is None:
                rlimits.limit_run(
                    slot.pid,
                    cpu_seconds=slot.cpu_seconds + used,
                    address_space=slot.address_space + slot.memory_bytes,
                    output_bytes=slot.output_bytes + 1,
                )
            slot.running = True
            slot.clock = Clock(slot.pid, slot.wall_seconds)
            os.write(slot.go, GO_AND_WAIT if alone else GO)
        except (OSError, ValueError):  # it died while it waited: reaping tells
            slot.unread = True
            processes.kill(slot.pid)
            return
        if alone:
            self._listen(slot)

    # -- what children say

    def hear(self, descriptor: int) -> None:
        """Handle a child or forker that has sent something, or has ended."""
        if self._children.hear_forker(descriptor):
            self._begin_all_that_wait()
            return
        slot = self._heard.get(descriptor)
        if slot is None:
            return
        self._stop_listening(slot)
        said = processes.read(slot.go)
        if said is None:
            slot.unread = True
        elif slot.loading and len(said) == wire.LOADED.size:
            used, slot.address_space = wire.LOADED.unpack(said)
            self._start(slot, used)
        elif said and not slot.loading:
            self._hear_the_end(slot)

    def _hear_the_end(self, slot: ChildSlot) -> None:
        """Handle a child that was told to wait, and reports that it is done.

        The kernel takes longer to clear away a process than most programs run. So a child that
        runs alone reports when its report is written and is killed, and the answer is sent before
        the process is gone. Where many programs run, this would only cost time.
        """
        if slot.has_report() and slot.stopped == wire.NOTHING and not slot.answered:
            peak = processes.peak_bytes(slot.pid)
            if peak is not None:
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, slot.pid, 19)  # the answer comes first
                processes.kill(slot.pid)
                self._leaving += 1
                self._answer(slot, 0, peak)
                return
        self._children.let_go(slot)  # a child that still waits leaves

    def _listen(self, slot: ChildSlot) -> None:
        self._heard[slot.go] = slot
        self._poll.register(slot.go, select.POLLIN)

    def _stop_listening(self, slot: ChildSlot) -> None:
        if self._heard.get(slot.go) is slot:  # numbers are used again
            del self._heard[slot.go]
            self._poll.unregister(slot.go)

    # -- ends

    def reap(self) -> None:
        """Answer for runs whose children have ended, or begin them again."""
        for ended in self._children.reap():
            self._child_gone(*ended)
        if self._waiting and not self._children.library_loads():  # it has ended
            self._begin_all_that_wait()

    def _child_gone(self, slot: ChildSlot, status: int, usage: resource.struct_rusage) -> None:
        slot.gone = True
        self._stop_listening(slot)
        if slot.go >= 0:
            slot.unread |= processes.read(slot.go) is None
            self._children.let_go(slot)
        if slot.run is None:
            self._children.give_back(slot)
        elif not slot.answered:
            cpu_seconds = usage.ru_utime + usage.ru_stime
            self._end(slot, status, usage.ru_maxrss * _MAXRSS_UNIT, cpu_seconds)
        else:
            self._leaving -= 1
            if slot not in self.ended:
                self._children.give_back(slot)

    def _end(self, slot: ChildSlot, status: int, peak: int, cpu_seconds: float) -> None:
        """End a run whose child is gone, or could not be made."""
        if slot.stopped == wire.NOTHING and _out_of_processor_time(slot, status, cpu_seconds):
            slot.stopped = wire.CPU
        never_began = slot.unread or not slot.running
        asked = None if never_began else slot.wanted_module(status)
        slot.pause(cpu_seconds)
        unfit = not slot.running and status == wire.EXIT_UNCONFINED << 8
        again = slot.stopped == wire.NOTHING and slot.restarts < _MOST_RESTARTS and not unfit
        if again and (never_began or asked is not None):
            self._run_again(slot, asked)
        else:
            self._answer_gone(slot, status, peak)

    def _run_again(self, slot: ChildSlot, asked: str | None) -> None:
        """Start the program afresh: it asked for a module, or was killed before it began."""
        slot.restarts += 1
        slot.pid, slot.gone = 0, False
        slot.start_over()
        if asked is not None:
            slot.grant(asked)
            if slot.restarts == _MOST_RESTARTS:
                slot.refuse_all()
        if min(slot.wall_seconds, slot.cpu_seconds) > 0:
            self.begin(slot)
        else:
            slot.stopped = wire.TIME if slot.wall_seconds <= 0 else wire.CPU
            self._answer_gone(slot, signal.SIGKILL, 0)

    def _answer_gone(self, slot: ChildSlot, status: int, peak: int) -> None:
        slot.gone = True
        self._answer(slot, status, peak)

    def _answer(self, slot: ChildSlot, status: int, peak: int) -> None:
        assert slot.run is not None
        slot.pause(0.0)
        del self.busy[slot.run]
        slot.finish(status, peak)
        slot.answered = True
        self.ended.append(slot)

    def sent(self) -> None:
        """Remove the first answer of `ended`, which has been sent."""
        slot = self.ended.popleft()
        if slot.gone:
            self._children.give_back(slot)

    # -- stops

    def next_deadline(self) -> float:
        """The time at which the next program has to be stopped."""
        clocks = [slot.clock for slot in self.busy.values() if slot.clock is not None]
        return min((clock.deadline for clock in clocks), default=math.inf)

    def cancel(self, run: int) -> None:
        """Kill a program, if it still runs."""
        if run in self.busy:
            self._stop(wire.CANCELLED, [self.busy[run]])

    def stop_the_late(self) -> None:
        """Kill programs whose time is up."""
        late = [one for one in self.busy.values() if one.clock is not None and one.clock.is_over()]
        self._stop(wire.TIME, late)

    def stop_the_large(self) -> None:
        """Kill programs that take too much memory, where the kernel does not limit it."""
        memory_of = self._confinement.memory_of
        if memory_of is not None:
            grown = [one for one in self.busy.values() if memory_of(one.pid) > one.memory_bytes]
            self._stop(wire.MEMORY, grown)

    def _stop(self, reason: int, slots: Iterable[ChildSlot]) -> None:
        for slot in slots:
            if slot.stopped != wire.NOTHING:
                continue
            slot.stopped = reason
            if slot.clock is not None:
                slot.clock.stop()
            if slot.pid:
                processes.kill(slot.pid)
            else:  # it waits for the library process
                self._waiting.remove(slot)
                self._answer_gone(slot, signal.SIGKILL, 0)


def _out_of_processor_time(slot: ChildSlot, status: int, cpu_seconds: float) -> bool:
    """Whether the kernel killed its child because of that limit."""
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXCPU)
    return killed and slot.running and cpu_seconds >= slot.cpu_seconds
