"""Copying pages ahead of use: the same memory, fewer traps."""

from __future__ import annotations

import os
import resource
import subprocess
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
        sys.exit()  # this kernel does not copy pages on request
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


@pytest.mark.parametrize(("prepare", "least", "most"), [(False, 1000, 10**9), (True, 0, 99)])
def test_pages_copied_ahead_cause_no_traps(prepare: bool, least: int, most: int) -> None:
    # In a process of one thread, as the warm parent is: a fork copies no other thread.
    code = f"from tests.sandbox.test_pages import traps; print(traps({prepare}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if not done.stdout.strip():
        pytest.skip("this kernel does not copy pages on request")
    assert least <= int(done.stdout) <= most


def test_collapsing_keeps_what_memory_holds() -> None:
    from mathcli.sandbox.pages import collapse

    pattern = bytes(range(256)) * 4096 * 8
    memory = bytearray(pattern)
    collapse()
    assert memory == pattern
