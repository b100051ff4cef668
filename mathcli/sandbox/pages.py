"""Copies the pages that programs write to, all at once.

A fork shares its memory with the warm parent until it writes; then the kernel copies the page,
after a trap that costs more than the copy. Reference counts make CPython write almost
everywhere, so a run causes well over a thousand such traps. Which pages they are hardly depends
on the program: one child runs a rehearsal that records them, and each later child has them
copied by a single call before its program arrives.

Needs Linux 6.13 (`process_madvise` on oneself with any advice); without it children run a
small program to the same effect, at a higher price.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import itertools
import mmap
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from mathcli.sandbox import libc

_PROCESS_MADVISE = 440  # the same on every architecture
_SELF = -10000  # PIDFD_SELF
_POPULATE_WRITE = 23
_COLLAPSE = 25
_MOST_RANGES = 1024  # IOV_MAX
_PAGE = mmap.PAGESIZE
_LARGE = 2 * 1024 * 1024
_MOST_PAGES = 64 * 1024
_COUNT = struct.Struct("<Q")

# Bits of an entry of /proc/self/pagemap.
_PRESENT, _OF_FILE, _ONLY_HERE = 1 << 63, 1 << 61, 1 << 56


def collapse() -> None:
    """Gather the memory of this process in large pages, which a fork shares at less cost."""
    for start, end in _writable_maps():
        first, last = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
        if first < last:
            with contextlib.suppress(OSError):  # before Linux 6.1, or partly unused
                libc.madvise(first, last - first, _COLLAPSE)


Rehearsal = Callable[[int, Callable[[], None]], object]
"""Does what every child does. It is given a descriptor to keep open, and what to call when all
is done: that reads the descriptor, and needs no other right."""


class HotPages:
    """The pages that children write to.

    Args:
        rehearse: run once, in a fork.

    Raises:
        OSError: this kernel does not report the pages, or does not copy them on request.
    """

    def __init__(self, rehearse: Rehearsal) -> None:
        ranges = _observe(rehearse)
        self._ranges = (ctypes.c_uint64 * len(ranges))(*ranges)
        count = len(ranges) // 2
        self._calls = [
            libc.Call(
                _PROCESS_MADVISE,
                _SELF,
                ctypes.byref(self._ranges, first * 16),
                min(_MOST_RANGES, count - first),
                _POPULATE_WRITE,
                0,
            )
            for first in range(0, count, _MOST_RANGES)
        ]
        self.copy()  # fails here rather than in every child

    def copy(self) -> None:
        """Copy them into this process. Raises OSError."""
        for call in self._calls:
            call()


def _observe(rehearse: Rehearsal) -> list[int]:
    """Address and length of each range of pages that a fork comes to own."""
    maps = [*_writable_maps()]
    with mmap.mmap(-1, _COUNT.size + _MOST_PAGES * 8) as shared:
        pid = libc.fork()
        if pid == 0:
            try:
                libc.prctl(libc.PR_SET_DUMPABLE, 1)  # else /proc/self belongs to the superuser
                pagemap = os.open("/proc/self/pagemap", os.O_RDONLY)
                rehearse(pagemap, lambda: _tell(pagemap, maps, shared))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        (count,) = _COUNT.unpack_from(shared)
        pages = array.array("Q", shared[_COUNT.size : _COUNT.size + count * 8])
    if not pages:
        raise OSError("the kernel does not tell which pages are written to")
    return _joined(pages)


def _tell(pagemap: int, maps: list[tuple[int, int]], shared: mmap.mmap) -> None:
    """Record in shared memory which pages are this process's own."""
    own = array.array("Q", itertools.islice(_own_pages(pagemap, maps), _MOST_PAGES))
    shared[_COUNT.size : _COUNT.size + len(own) * 8] = own.tobytes()
    _COUNT.pack_into(shared, 0, len(own))


def _writable_maps() -> Iterator[tuple[int, int]]:
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights = line.split()[:2]
        if rights == "rw-p":
            start, _, end = span.partition("-")
            yield int(start, 16), int(end, 16)


def _own_pages(pagemap: int, maps: list[tuple[int, int]]) -> Iterator[int]:
    for start, end in maps:
        os.lseek(pagemap, start // _PAGE * 8, os.SEEK_SET)
        entries = array.array("Q", os.read(pagemap, (end - start) // _PAGE * 8))
        for index, entry in enumerate(entries):
            if entry & _ONLY_HERE and entry & _PRESENT and not entry & _OF_FILE:
                yield start + index * _PAGE


def _joined(pages: array.array[int]) -> list[int]:
    ranges: list[int] = []
    for page in pages:
        if ranges and page == ranges[-2] + ranges[-1]:
            ranges[-1] += _PAGE
        else:
            ranges += (page, _PAGE)
    return ranges
