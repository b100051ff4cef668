"""Landlock, namespaces and limits, each on its own, and the list that names them all."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mathcli.sandbox import landlock, layers, libc, rlimits
from mathcli.sandbox.linux import Basic
from mathcli.sandbox.namespaces import Namespaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers of Linux")
needs_landlock = pytest.mark.skipif(landlock.version() < 1, reason="this kernel has no Landlock")


def in_a_fork(prepare: Callable[[], object], act: Callable[[], object]) -> int:
    """0 if `act` works after `prepare`, the error number if not, 200 for other errors."""
    pid = os.fork()
    if pid == 0:
        code = 200
        try:
            prepare()
            act()
            code = 0
        except OSError as error:
            code = error.errno or 201
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def restrict() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    landlock.Ruleset().restrict()


@needs_landlock
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR])
def test_landlock_alone_opens_nothing(tmp_path: Path, flags: int) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert in_a_fork(lambda: None, lambda: os.open(file, flags)) == 0
    assert in_a_fork(restrict, lambda: os.open(file, flags)) == 13


@needs_landlock
@pytest.mark.parametrize("change", [os.unlink, os.mkdir, os.listdir, os.mkfifo])
def test_landlock_alone_changes_and_lists_nothing(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    target = tmp_path / "there"
    if change is os.unlink:
        target.write_text("x")
    elif change is os.listdir:
        target.mkdir()
    assert in_a_fork(restrict, lambda: change(target)) == 13


@pytest.mark.skipif(landlock.version() < 4, reason="Landlock without networks")
def test_landlock_alone_connects_nowhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        assert in_a_fork(restrict, lambda: socket.create_connection(address)) == 13


@pytest.mark.skipif(landlock.version() < 6, reason="Landlock without signals")
def test_landlock_alone_signals_nobody() -> None:
    parent = os.getpid()
    assert in_a_fork(restrict, lambda: os.kill(parent, 0)) == 1


def test_namespaces_alone_have_no_network_and_an_empty_root() -> None:
    if not next(one for one in layers() if one.name == "namespaces").available:
        pytest.skip("user namespaces are forbidden here")

    def enter() -> None:
        Namespaces().leave_root()

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        assert in_a_fork(enter, lambda: socket.create_connection(address)) != 0
    assert in_a_fork(enter, Path("/etc").stat) == 2
    assert in_a_fork(enter, Path("/new").mkdir) != 0
    assert in_a_fork(enter, lambda: os.chroot(".")) == 1
    assert in_a_fork(enter, lambda: next(Path("/").iterdir())) == 200  # StopIteration


def test_limits_alone_bound_files_and_processes() -> None:
    assert in_a_fork(rlimits.child_limits, lambda: os.open("/dev/null", 0)) == 24
    if os.getuid() != 0:
        assert in_a_fork(rlimits.child_limits, os.fork) == 11


def test_limits_of_a_run_are_set_from_outside() -> None:
    with subprocess.Popen(["sleep", "100"]) as process:
        rlimits.limit_run(process.pid, cpu_seconds=1.5, address_space=10**9, output_bytes=77)
        assert resource.prlimit(process.pid, resource.RLIMIT_CPU) == (2, 2)
        assert resource.prlimit(process.pid, resource.RLIMIT_AS) == (10**9, 10**9)
        assert resource.prlimit(process.pid, resource.RLIMIT_FSIZE) == (77, 77)
        process.kill()


def test_a_child_dies_with_its_parent() -> None:
    reader, writer = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            inner, parent = os.fork(), os.getpid()
            if inner == 0:
                os.close(reader)
                Basic().enter(os.getppid(), writer)
                os.write(writer, b"here")
                time.sleep(1000)
            os.close(writer)
            os.read(reader, 4)
            os.kill(parent, signal.SIGKILL)
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(middle, 0)
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)


def test_descriptors_are_closed_but_one() -> None:
    def check() -> None:
        keep = os.dup(0)
        more = [os.dup(0) for _ in range(5)]
        rlimits.close_all_but(keep)
        os.fstat(keep)
        for one in more:
            with pytest.raises(OSError, match="Bad file"):
                os.fstat(one)

    assert in_a_fork(lambda: None, check) == 0


def test_every_layer_says_what_it_stops_and_what_not() -> None:
    found = layers()
    assert {"limits", "seccomp", "landlock", "namespaces"} <= {one.name for one in found}
    assert all(one.stops and one.passes and one.detail for one in found)
    assert [one.name for one in found if one.required] == ["limits", "seccomp"]
    assert all(one.available for one in found if one.required)
