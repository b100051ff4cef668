"""What the kernel says of other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from mathcli.sandbox import processes
from mathcli.sandbox.confinement import confinement
from mathcli.sandbox.forking import Forks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


def test_the_peak_of_a_process_until_it_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "x = b'1' * 50_000_000; input()"],
                             stdin=subprocess.PIPE)  # fmt: skip
    while (processes.peak_bytes(child.pid) or 0) < 50_000_000:
        assert child.poll() is None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.peak_bytes(child.pid) is None  # it is still to be reaped
    child.wait()
    assert processes.peak_bytes(child.pid) is None


def test_what_a_child_left_running_ends_with_it() -> None:
    script = "import os, time; os.setpgid(0, 0); print(os.fork(), flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    child.stdout.readline()
    processes.kill(child.pid)
    assert child.wait() == -signal.SIGKILL
    assert child.stdout.read() == ""  # ends when nobody holds the other end any more
    assert grandchild != child.pid


def test_threads_that_a_module_starts_are_noticed() -> None:
    """The layers bind the thread that puts them on, and no other."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert processes.has_threads()
        with pytest.raises(OSError, match="has started a thread"):
            Forks(confinement("strict"))._load(["graphlib"])
    finally:
        stop.set()
        thread.join()
