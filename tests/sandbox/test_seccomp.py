"""The filter: each architecture's program interpreted, and the real one on its own."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mathcli.sandbox import libc, seccomp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a layer of Linux")

ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050001, 0x80000000
X86_64, AARCH64 = seccomp.MACHINES["x86_64"], seccomp.MACHINES["aarch64"]
BOTH = pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=["x86_64", "aarch64"])

# Calls that must never be allowed: number on x86-64, on aarch64.
FORBIDDEN = {
    "openat": (257, 56), "openat2": (437, 437), "newfstatat": (262, 79), "statx": (332, 291),
    "faccessat": (269, 48), "faccessat2": (439, 439), "unlinkat": (263, 35), "chdir": (80, 49),
    "readlinkat": (267, 78), "getdents64": (217, 61), "fchmodat": (268, 53), "utimensat": (280, 88),
    "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47), "memfd_create": (319, 279),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tgkill": (234, 131), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "io_uring_setup": (425, 425), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "fsopen": (430, 430),
    "prctl": (157, 167), "seccomp": (317, 277), "ioctl": (16, 29), "fcntl": (72, 25),
    "dup": (32, 23), "dup3": (292, 24), "pipe2": (293, 59), "eventfd2": (290, 19),
    "setrlimit": (160, 164), "sched_setaffinity": (203, 122), "setpriority": (141, 140),
    "setuid": (105, 146), "reboot": (169, 142), "init_module": (175, 105), "shmget": (29, 194),
    "msgget": (68, 186), "mq_open": (240, 180), "inotify_init1": (294, 26), "uname": (63, 160),
    "modify_ldt": (154, 5000), "arch_prctl": (158, 5000), "pkey_mprotect": (329, 288),
    "remap_file_pages": (216, 234), "name_to_handle_at": (303, 264),
}  # fmt: skip


def verdict(machine: seccomp.Machine, number: int, *arguments: int, audit: int = 0) -> int:
    """What the filter answers, by an interpreter of its four kinds of instruction."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, audit or machine.audit, 0, *padded)
    program, at, loaded = seccomp.program(machine), 0, 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:
            return constant
        else:
            holds = {
                0x15: loaded == constant,
                0x35: loaded >= constant,
                0x45: bool(loaded & constant),
            }[code]
            at += if_true if holds else if_false


@BOTH
def test_only_the_listed_calls_are_allowed(machine: seccomp.Machine) -> None:
    listed = {numbers[machine.column] for numbers in seccomp.CALLS.values()}
    allowed = {number for number in range(600) if verdict(machine, number) == ALLOWED}
    assert allowed <= listed
    assert {verdict(machine, number) for number in range(600)} == {ALLOWED, REFUSED}


@BOTH
@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_calls_are_refused(machine: seccomp.Machine, name: str) -> None:
    assert verdict(machine, FORBIDDEN[name][machine.column]) == REFUSED


@BOTH
def test_another_architecture_is_killed(machine: seccomp.Machine) -> None:
    assert verdict(machine, 1, audit=0x40000003) == KILLED


def test_the_x32_door_is_killed() -> None:
    assert verdict(X86_64, 0x40000000 | 1) == KILLED
    assert verdict(X86_64, 0xFFFFFFFF) == KILLED


@BOTH
@pytest.mark.parametrize("call", ["mmap", "mprotect"])
def test_memory_is_never_executable(machine: seccomp.Machine, call: str) -> None:
    number = seccomp.CALLS[call][machine.column]
    assert verdict(machine, number, 0, 4096, 3) == ALLOWED
    assert verdict(machine, number, 0, 4096, 7) == REFUSED
    assert verdict(machine, number, 0, 4096, 4) == REFUSED


@BOTH
def test_limits_can_be_read_and_not_set(machine: seccomp.Machine) -> None:
    number = seccomp.CALLS["prlimit64"][machine.column]
    assert verdict(machine, number, 0, 7, 0, 0x7FFF00001000) == ALLOWED
    assert verdict(machine, number, 0, 7, 0x1000, 0) == REFUSED
    assert verdict(machine, number, 0, 7, 0x1000_0000_0000, 0) == REFUSED
    assert verdict(machine, number, 17, 7, 0, 0) == REFUSED


def in_a_fork(act: Callable[[], int]) -> int:
    """Exit status of a fork that puts only the filter on and acts; -signal if killed."""
    pid = os.fork()
    if pid == 0:
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.Filter().install()
        try:
            os._exit(act())
        except OSError as error:
            os._exit(error.errno or 255)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize(
    "act",
    [
        lambda: os.open("/dev/null", 0),
        lambda: Path("/").stat().st_mode,
        os.fork,
        lambda: os.kill(os.getpid(), 0) or 0,
        lambda: os.dup(1),
        os.pipe,
    ],
)
def test_alone_it_refuses(act: Callable[[], int]) -> None:
    assert in_a_fork(act) == 1


def test_alone_it_lets_a_program_work() -> None:
    def work() -> int:
        bytearray(10**7)
        return 0 if os.getpid() and sum(range(10**5)) else 1

    assert in_a_fork(work) == 0


@pytest.mark.skipif(platform.machine() != "x86_64", reason="a door of x86-64")
def test_alone_it_kills_at_the_x32_door() -> None:
    library = ctypes.CDLL(None)
    assert in_a_fork(lambda: library.syscall(0x40000000 | 39)) == -signal.SIGSYS


def test_an_unknown_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    assert seccomp.missing() == "no table of system calls for vax"
