"""Time limits of processes, on a machine that others use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mathcli.clocks import Clock
from tests.busy import busy_core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who waits")


@contextmanager
def running(program: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def seconds_until_over(clock: Clock) -> float:
    while not clock.is_over():
        assert clock.deadline > time.monotonic() - 0.05
        time.sleep(clock.left)
    return clock.passed


def test_waiting_for_a_core_does_not_count() -> None:
    with busy_core(4) as core, running("while True: pass") as pid:
        os.sched_setaffinity(pid, {core})
        clock = Clock(pid, 0.3)
        assert seconds_until_over(clock) > 0.6
        assert clock.counted < 0.6


def test_sleeping_counts() -> None:
    with busy_core(4) as core, running("import time; time.sleep(60)") as pid:
        os.sched_setaffinity(pid, {core})
        time.sleep(1)  # it has to begin first, on a full core
        assert seconds_until_over(Clock(pid, 0.3)) < 2


@pytest.mark.parametrize("pid", [0, -1, 2**22 + 1])
def test_of_a_process_that_is_not_there_all_time_counts(pid: int) -> None:
    clock = Clock(pid, 0.05)
    assert not clock.is_over()
    assert clock.counted >= 0
    assert seconds_until_over(clock) >= 0.05
    assert clock.is_over()


def test_a_stopped_clock_has_no_deadline() -> None:
    clock = Clock(os.getpid(), 0.01)
    clock.stop()
    time.sleep(0.02)
    assert not clock.is_over()
