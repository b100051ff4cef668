"""How a process that has everything loaded makes children that wait for a program.

Used by forkers, and by the warm parent where there are none. A child confines itself before it
sees its program: it unmaps all slots but its own, closes everything but its standard streams and a
socket that says "go", and puts the layers on.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import NoReturn

from mathcli.sandbox import child, libc, modules, prepared, processes, rlimits, wire
from mathcli.sandbox.confinement import Confinement
from mathcli.sandbox.gathering import gather
from mathcli.sandbox.pages import HotPages, collapse
from mathcli.sandbox.slots import ChildSlot

GO, GO_AND_WAIT = b"!", b"?"
WAIT = 3  # the one descriptor beside the standard ones, the same in every child
_DEPTH = 32  # of calls where programs begin; more than any way to there takes
_WARMINGS = 10  # CPython has specialized its byte code by then


class Forks:
    """Forks of this process.

    Args:
        confinement: puts the layers on.
    """

    def __init__(self, confinement: Confinement) -> None:
        self._confinement = confinement
        self._parent = os.getpid()  # of all children, whoever forks them
        self._hot_pages: HotPages | None = None
        self._warms_children = False
        self._originals: list[types.CodeType] = []
        self.address_space = 0

    def renew(self) -> None:
        """After loading: keep the collector off what children share."""
        if sys.platform == "linux":
            child.make_ready()
            self.address_space = rlimits.address_space()
        gc.freeze()

    def settle(self, slot: ChildSlot) -> None:
        """Make forks cheap, which takes a while: called when no program waits.

        Args:
            slot: for a rehearsal; it holds nothing afterwards.
        """
        prepared.prepare()
        self._originals = gather(child.warm)
        for _ in range(_WARMINGS):
            child.warm()
        gc.collect()
        gc.freeze()
        self._hot_pages = self._find_hot_pages(slot)
        self._warms_children = self._hot_pages is None
        self.renew()

    def _find_hot_pages(self, slot: ChildSlot) -> HotPages | None:
        if sys.platform != "linux":
            return None
        parent = os.getpid()

        def rehearse(keep: int, tell: Callable[[], None]) -> None:
            slot.take_names(0)
            self._confine(slot, keep=keep, parent=parent)
            child.prepare(slot.view)
            child.rehearse(slot.view, tell)

        try:
            collapse()
            return HotPages(rehearse)
        except OSError:
            return None
        finally:
            slot.wipe()

    def fork(
        self, slot: ChildSlot, wait: int, length: int, *, sibling: bool = False, hurry: bool = False
    ) -> int:
        """A child that waits for its program; its process number.

        Args:
            slot: what belongs to it.
            wait: its end of the socket that says "go".
            length: bytes of the names of modules that lie in the slot. It loads them first, and
                then reports what that cost (`wire.LOADED`).
            sibling: make it a child of this process's parent (Linux).
            hurry: its program is already here.

        Raises:
            OSError: there can be no more processes.
        """
        pid = libc.fork_sibling() if sibling else libc.fork()
        if pid == 0:
            self._become_child(slot, wait, length, hurry)
        return pid

    def _become_child(self, slot: ChildSlot, wait: int, length: int, hurry: bool) -> NoReturn:
        try:
            if self._hot_pages is not None:  # first: what is written to before that costs more
                with contextlib.suppress(OSError):  # some may be gone; the rest is copied
                    self._hot_pages.copy()
            wait = _moved(wait)
            names = slot.take_names(length)
            address_space = self._load(names)
            self._confine(slot, keep=wait, parent=self._parent)
        except BaseException as error:
            child.write_report(slot.report, wire.RAISED, None, str(error))
            os._exit(wire.EXIT_UNCONFINED)
        try:
            if self._warms_children and not hurry:
                child.warm()  # no program waits for this child yet
            child.prepare(slot.view)
            if names:
                os.write(wait, wire.LOADED.pack(time.process_time(), address_space))
            go = os.read(wait, 1)
            if go:
                leave = _ends_when_killed(wait) if go == GO_AND_WAIT else os._exit
                limit = self._limit()
                _at_same_depth(lambda: child.run(slot.view, leave=leave, limit=limit))
        finally:
            os._exit(1)

    def _load(self, names: Sequence[str]) -> int:
        """Load modules, and report how large this process then is.

        Raises:
            OSError: one of them has started a thread, which the layers would not bind.
        """
        for name in names:
            modules.load(name)
        if names:
            if processes.has_threads():
                raise OSError("a module has started a thread")
            self.renew()
        return self.address_space

    def _limit(self) -> Callable[[float, int], None] | None:
        limit = self._confinement.limit_itself
        if limit is None:
            return None
        used = time.process_time()
        return lambda cpu_seconds, output_bytes: limit(cpu_seconds + used, output_bytes)

    def _confine(self, slot: ChildSlot, *, keep: int, parent: int) -> None:
        """Give up all that belongs to the parent. Raises OSError where a layer cannot be put on."""
        signal.set_wakeup_fd(-1)
        slot.unmap_others()
        os.dup2(slot.output, 1)
        os.dup2(0, 2)  # the null device, even where the warm parent's errors are shown
        os.setpgid(0, 0)
        self._confinement.enter(parent, keep)
        gc.enable()


def _moved(descriptor: int) -> int:
    """The same socket under the number that it has in every child."""
    if descriptor != WAIT:
        os.dup2(descriptor, WAIT)
        os.close(descriptor)
    return WAIT


def _ends_when_killed(wait: int) -> Callable[[int], NoReturn]:
    """How a child ends that reports that it is done and is then killed."""

    def leave(status: int) -> NoReturn:
        with contextlib.suppress(OSError):
            os.write(wait, b"done")
            os.read(wait, 1)
        os._exit(status)

    return leave


def _at_same_depth(act: Callable[[], NoReturn]) -> NoReturn:
    """Call `act` at the same stack depth each time: it decides how deep programs may recurse."""
    frame: types.FrameType | None = sys._getframe()
    depth = 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    _deeper(_DEPTH - depth, act)


def _deeper(calls: int, act: Callable[[], NoReturn]) -> NoReturn:
    if calls > 0:
        _deeper(calls - 1, act)
    act()
