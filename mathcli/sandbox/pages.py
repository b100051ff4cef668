"""Copying the pages that programs write to, all at once.

A fork shares its memory with the warm parent until it writes; then the kernel copies the page,
after a trap that costs more than the copy. Reference counts make CPython write almost
everywhere, so a run meets about a thousand such traps. Which pages they are hardly depends on
the program: one child finds them out, and each later child has them copied by a single call
before its program arrives.

Needs Linux 6.13 (`process_madvise` on oneself with any advice); without it children run a
small program to the same effect, at a higher price.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import mmap
import os
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

# Bits of an entry of /proc/self/pagemap.
_PRESENT, _OF_FILE, _ONLY_HERE = 1 << 63, 1 << 61, 1 << 56


def collapse() -> None:
    """Gather the memory of this process in large pages, which a fork shares at less cost."""
    for start, end in _writable_maps():
        first, last = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
        if first < last:
            with contextlib.suppress(OSError):  # before Linux 6.1, or partly unused
                libc.madvise(first, last - first, _COLLAPSE)


class HotPages:
    """The pages that `work` writes to.

    Args:
        work: what a program usually does; run once, in a fork.

    Raises:
        OSError: this kernel does not tell, or does not copy on request.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        ranges = _observe(work)
        self._count = len(ranges) // 2
        self._ranges = (ctypes.c_uint64 * len(ranges))(*ranges)
        self.copy()  # fails here rather than in every child

    def copy(self) -> None:
        """Make them this process's own. Raises OSError."""
        for first in range(0, self._count, _MOST_RANGES):
            libc.syscall(
                _PROCESS_MADVISE,
                _SELF,
                ctypes.byref(self._ranges, first * 16),
                min(_MOST_RANGES, self._count - first),
                _POPULATE_WRITE,
                0,
            )


def _observe(work: Callable[[], None]) -> list[int]:
    """Address and length of each range of pages that a fork doing `work` comes to own."""
    reader, writer = os.pipe()
    maps = [*_writable_maps()]
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            libc.prctl(libc.PR_SET_DUMPABLE, 1)  # else /proc/self belongs to the superuser
            work()
            own = array.array("Q", _own_pages(maps))
            with os.fdopen(writer, "wb") as file:
                own.tofile(file)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        pages = array.array("Q", file.read())
    os.waitpid(pid, 0)
    if not pages:
        raise OSError("the kernel does not tell which pages are written to")
    return _joined(pages)


def _writable_maps() -> Iterator[tuple[int, int]]:
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights = line.split()[:2]
        if rights == "rw-p":
            start, _, end = span.partition("-")
            yield int(start, 16), int(end, 16)


def _own_pages(maps: list[tuple[int, int]]) -> Iterator[int]:
    with open("/proc/self/pagemap", "rb", 0) as file:  # noqa: PTH123
        for start, end in maps:
            file.seek(start // _PAGE * 8)
            entries = array.array("Q", file.read((end - start) // _PAGE * 8))
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
