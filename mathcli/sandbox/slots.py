"""Slots: one child's memory for instructions and report, and its standard output.

The memory of all slots is one shared mapping that only the warm parent keeps whole. A child
unmaps all but its own part, and has no descriptor from which to map it again. Output is a file in
memory, so that the kernel itself stops a program that prints too much, and the output before a
stop is kept. Both are wiped between one child and the next. The warm parent moves them to the
socket without copying them into memory of its own, which the next child would inherit.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import socket
import sys
import tempfile
from collections.abc import Iterable

from mathcli.clocks import Clock
from mathcli.sandbox import libc, modules, wire


class ChildSlot:
    """One child and what belongs to it.

    Args:
        memory: the memory of all slots.
        index: which of them this is.
    """

    def __init__(self, memory: mmap.mmap, index: int) -> None:
        self.index = index
        self._memory = memory
        self._start = index * wire.SLOT_BYTES
        self.view = memoryview(memory)[self._start : self._start + wire.SLOT_BYTES]
        self.report = self.view[wire.INSTRUCTIONS_BYTES :]
        self._others = self._memory_of_others()
        self.output = _file_in_memory()
        self._forget()
        self.start_over()

    def _forget(self) -> None:
        self.pid = 0
        self.go = -1  # a socket: a byte starts the program, others come when it is done
        self.run: int | None = None  # what the child works for; None while it waits
        self.names: dict[str, None] = {}  # modules that its program wants, in order
        self._missing: dict[str, None] = {}  # modules that it asked for and that are not there
        self.stopped = wire.NOTHING
        self.loading = False  # the child loads modules, and will say when it is done
        self.running = False  # its program was told to go
        self.clock: Clock | None = None  # of the child's loading, or of its program
        self.seconds = self.wall_seconds = self.cpu_seconds = 0.0  # used; left; left
        self.memory_bytes = self.output_bytes = 0
        self.address_space = 0  # of the child before its program
        self.restarts = 0
        self.unread = False  # the child has ended without reading "go"
        self.answered = self.gone = False  # its answer is on its way; its child is reaped
        self._length = 0
        self._head = b""
        self._report_length = self._output_length = self._sent = 0

    def accept(self, run: int, length: int, wall: float, cpu: float, memory: int, out: int) -> None:
        """Assign the slot to a run whose instructions are in place."""
        self.run, self._length = run, length
        self.wall_seconds, self.cpu_seconds = wall, cpu
        self.memory_bytes, self.output_bytes = memory, out

    def work(self, length: int) -> memoryview:
        """The part of the memory for instructions of that many bytes."""
        return self.view[wire.WORK : wire.WORK + length]

    def write_head(self) -> None:
        """Tell the child what lies in its memory."""
        names = ",".join(self._missing).encode()
        if len(names) > wire.NAMES_BYTES:
            names = b"*"
        sizes = (self._length, len(names), self.cpu_seconds, self.output_bytes + 1)
        wire.HEAD.pack_into(self.view, 0, *sizes)
        self.view[wire.HEAD.size : wire.HEAD.size + len(names)] = names

    def leave_names(self, names: Iterable[str]) -> int:
        """Write names of modules into the slot, so that they pass the forker unseen.

        Returns:
            Their length in bytes.
        """
        text = ",".join(names).encode()
        self.report[wire.REPORT.size : wire.REPORT.size + len(text)] = text
        return len(text)

    def take_names(self, length: int) -> list[str]:
        """In the child: the names that were written by `leave_names`."""
        room = slice(wire.REPORT.size, wire.REPORT.size + length)
        text = bytes(self.report[room]).decode()
        self.report[room] = bytes(length)
        return text.split(",") if text else []

    def grant(self, asked: str) -> None:
        """Note that the restarted program has the module `asked`, or that it does not exist."""
        if asked in self.names or not modules.exists(asked):
            self._missing[asked] = None
        else:
            self.names[asked] = None

    def refuse_all(self) -> None:
        """Note that the restarted program gets no further modules."""
        self._missing["*"] = None

    def pause(self, cpu_seconds: float) -> None:
        """Note what the child that is gone has used; the run's next child gets the rest."""
        if self.running and self.clock is not None:
            self.seconds += self.clock.passed
            self.wall_seconds -= self.clock.counted
            self.cpu_seconds -= cpu_seconds
        self.running, self.clock = False, None

    def start_over(self) -> None:
        """Clear the report and the output; keep the instructions."""
        wire.REPORT.pack_into(self.report, 0, wire.UNSAID, wire.ABSENT, wire.ABSENT)
        os.ftruncate(self.output, 0)
        os.lseek(self.output, 0, os.SEEK_SET)
        self.unread = self.loading = False

    def wipe(self) -> None:
        """Free the slot and clear everything in it."""
        if sys.platform == "linux":
            self._memory.madvise(mmap.MADV_REMOVE, self._start, wire.SLOT_BYTES)
        else:
            self.view[:] = bytes(wire.SLOT_BYTES)
        self._forget()
        self.start_over()

    def unmap_others(self) -> None:
        """In the child: unmap the memory of all other slots. Raises OSError."""
        for address, length in self._others:
            libc.munmap(address, length)

    def _memory_of_others(self) -> list[tuple[int, int]]:
        """Address and length of what lies before and after this slot's part."""
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        own, after = start + self._start, start + self._start + wire.SLOT_BYTES
        parts = [(start, own - start), (after, start + len(self._memory) - after)]
        return [(address, length) for address, length in parts if length]

    def has_report(self) -> bool:
        """Whether its child has written a report."""
        return self.report[0] & ~wire.SHORTENED in (wire.OK, wire.RAISED)

    def wanted_module(self, status: int) -> str | None:
        """The module for which its child ended with `status`."""
        outcome, _, length = wire.REPORT.unpack_from(self.report)
        if outcome != wire.NEEDS_MODULE or status != wire.EXIT_NEEDS_MODULE << 8:
            return None
        start = wire.REPORT.size
        return bytes(self.report[start : start + min(length, 200)]).decode("ascii", "replace")

    def finish(self, status: int, peak_bytes: int) -> None:
        """Prepare the answer about its run."""
        assert self.run is not None
        _, value, error = wire.REPORT.unpack_from(self.report)
        length = wire.REPORT.size + sum(one for one in (value, error) if one != wire.ABSENT)
        self._report_length = min(length, wire.REPORT_BYTES)
        # One byte more than is allowed says that there was too much.
        self._output_length = min(os.fstat(self.output).st_size, self.output_bytes + 1)
        self._head = wire.ANSWER.pack(
            wire.RESULT, self.stopped, self.run, status, self.seconds, peak_bytes,
            self._report_length, self._output_length,
        )  # fmt: skip

    def send(self, connection: socket.socket) -> None:
        """Send what is left of the answer. Raises BlockingIOError when the socket is full."""
        head, report = memoryview(self._head), self.report[: self._report_length]
        whole = len(head) + len(report)
        while self._sent < whole:
            rest = (head[self._sent :], report[max(0, self._sent - len(head)) :])
            self._sent += connection.sendmsg(rest)
        while self._sent < whole + self._output_length:
            offset = self._sent - whole
            count = self._output_length - offset
            if sys.platform == "linux":
                self._sent += os.sendfile(connection.fileno(), self.output, offset, count)
            else:
                self._sent += connection.send(os.pread(self.output, min(count, 65536), offset))


def slots(count: int) -> list[ChildSlot]:
    """That many slots in one shared mapping."""
    memory = mmap.mmap(-1, count * wire.SLOT_BYTES)
    return [ChildSlot(memory, index) for index in range(count)]


def _file_in_memory() -> int:
    with contextlib.suppress(OSError, AttributeError):  # not on Linux
        return os.memfd_create("output", 0)
    with tempfile.TemporaryFile() as file:  # without a name, and gone with its last descriptor
        return os.dup(file.fileno())
