"""Copying pages ahead of use: the same memory, fewer traps."""

from __future__ import annotations

import os
import resource
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

MEMORY = bytearray(4 * 1024 * 1024)


def write_everywhere() -> None:
    for start in range(0, len(MEMORY), 4096):
        MEMORY[start] = 1


def traps(prepare: bool) -> int:
    """Page faults while a fork writes everywhere."""
    from mathcli.sandbox.pages import HotPages

    write_everywhere()
    try:
        hot = HotPages(lambda _, tell: (write_everywhere(), tell()))
    except OSError:
        pytest.skip("this kernel does not copy pages on request")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        if prepare:
            hot.copy()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        write_everywhere()
        found = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        os.write(writer, found.to_bytes(8, "little"))
        os._exit(0)
    os.waitpid(pid, 0)
    count = int.from_bytes(os.read(reader, 8), "little")
    os.close(reader)
    os.close(writer)
    return count


def test_pages_copied_ahead_cause_no_traps() -> None:
    assert traps(prepare=False) >= 1000
    assert traps(prepare=True) < 100


def test_collapsing_keeps_what_memory_holds() -> None:
    from mathcli.sandbox.pages import collapse

    pattern = bytes(range(256)) * 4096 * 8
    memory = bytearray(pattern)
    collapse()
    assert memory == pattern
