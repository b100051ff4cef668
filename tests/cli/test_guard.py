from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import Run, wait_until_mapped
from tests.crasher import EVERY_PATH, Crasher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the net is Linux's")


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mathcli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (6, "SIGABRT"), (4, "SIGILL")])
def test_a_crash_of_the_library_is_an_engine_error(
    mathcli: Run, crasher: Crasher, number: int, name: str
) -> None:
    assert mathcli("solve", "-q", "2 + 3").code == 0  # the self-test's verdict is in the cache
    crasher.arm(EVERY_PATH, number)
    done = mathcli("solve", "-q", "2 + 3")
    assert (done.code, done.out) == (5, "")
    assert done.err == (
        f"mathcli: the native library crashed ({name}) while loading nano.gguf\n"
        "  see: mathcli doctor\n"
    )


def test_a_crash_as_a_record(mathcli: Run, crasher: Crasher) -> None:
    assert mathcli("solve", "-q", "2 + 3").code == 0
    crasher.arm(EVERY_PATH, 11)
    done = mathcli("solve", "--json", "2 + 3")
    assert done.code == 5
    assert json.loads(done.out)["error"]["code"] == "engine"


def test_a_worker_that_is_killed_is_explained() -> None:
    command = start("solve", "2 + 3")
    os.kill(wait_until_mapped(command, "libllama"), signal.SIGKILL)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 5
    assert b"most likely because memory ran out" in err


def test_a_killed_command_takes_its_worker_with_it() -> None:
    command = start("solve", "2 + 3")
    worker = wait_until_mapped(command, "_multiarray_umath")
    command.kill()
    command.communicate(timeout=60)
    assert gone(worker)


def test_a_terminated_command_dies_of_the_same_signal() -> None:
    command = start("solve", "2 + 3")
    worker = wait_until_mapped(command, "_multiarray_umath")
    command.terminate()
    command.communicate(timeout=60)
    assert command.returncode == -signal.SIGTERM
    assert gone(worker)
