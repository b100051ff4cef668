"""seccomp: the system calls a program may make; every other one fails with EPERM.

Stops: opening, reading, writing, listing, testing for or changing any file (there is no call
left that takes a path); sockets of every kind; new processes, threads and programs; signals,
ptrace and any other reach into another process, its clocks included; io_uring, bpf, keyrings,
perf; new executable memory; the 32-bit and x32 doors (the process is killed).

Does not stop: using up time and memory (limits do), reading this process's own memory, and
bugs of the kernel in the few calls that remain.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from typing import NamedTuple

from mathcli.sandbox import libc

_NONE = 0xFFFF  # the architecture has no such call

# Call: number on x86-64, number on aarch64
CALLS: dict[str, tuple[int, int]] = {
    # memory
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214),
    "mremap": (25, 216), "madvise": (28, 233),
    # the three descriptors there are: standard input, output and error
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "lseek": (8, 62),
    "fstat": (5, 80), "close": (3, 57),
    # time
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169), "time": (201, _NONE), "times": (100, 153),
    "nanosleep": (35, 101), "getrusage": (98, 165),
    "select": (23, _NONE), "pselect6": (270, 72), "poll": (7, _NONE), "ppoll": (271, 73),
    # signals to itself: handlers and alarms
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136), "sigaltstack": (131, 132), "restart_syscall": (219, 128),
    "alarm": (37, _NONE), "pause": (34, _NONE), "setitimer": (38, 103), "getitimer": (36, 102),
    # itself
    "getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getrlimit": (97, 163), "prlimit64": (302, 261), "getrandom": (318, 278),
    "futex": (202, 98), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "getcpu": (309, 168), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip


class Machine(NamedTuple):
    """One processor family: its audit architecture and the column of `CALLS`."""

    audit: int
    column: int


MACHINES = {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}

_PROT_EXEC = 4
_X32_BIT = 0x40000000

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6] (little-endian)
_NR, _ARCH, _ARGS = 0, 4, 16

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45  # BPF_JMP | BPF_K | BPF_JEQ, BPF_JGE, BPF_JSET
_RETURN = 0x06  # BPF_RET | BPF_K
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def program(machine: Machine) -> list[Instruction]:
    """The filter: check the architecture, then look the call's number up.

    A call's rule is `compare, on mismatch skip the rule; …; return`, so every jump is local and
    the whole reads from top to bottom.
    """
    rules: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NR),
    ]
    if machine.column == 0:
        rules += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for name, numbers in CALLS.items():
        number = numbers[machine.column]
        if number == _NONE:
            continue
        body = _CHECKS.get(name, [(_RETURN, 0, 0, _ALLOW)])
        rules += [(_EQUAL, 0, len(body), number), *body]
    return [*rules, (_RETURN, 0, 0, _DENY)]


def _low(argument: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGS + 8 * argument)


def _high(argument: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGS + 8 * argument + 4)


_NOT_EXECUTABLE: list[Instruction] = [
    _low(2),
    (_ANY_BIT, 0, 1, _PROT_EXEC),
    (_RETURN, 0, 0, _DENY),
    (_RETURN, 0, 0, _ALLOW),
]

# prlimit64(0, …, NULL, …): read the own limits, set none
_ONLY_READS: list[Instruction] = [
    _low(0),
    (_EQUAL, 0, 5, 0),
    _low(2),
    (_EQUAL, 0, 3, 0),
    _high(2),
    (_EQUAL, 0, 1, 0),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _DENY),
]

# The kernel takes the first argument as 32 bits. Clocks of other processes have their process
# number in it, and numbers from 16 on.
_OWN_CLOCKS: list[Instruction] = [
    _low(0),
    (_AT_LEAST, 0, 1, 16),
    (_RETURN, 0, 0, _DENY),
    (_RETURN, 0, 0, _ALLOW),
]

# The process itself, by the number 0.
_ITSELF: list[Instruction] = [
    _low(0),
    (_EQUAL, 0, 1, 0),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _DENY),
]

_CHECKS = {
    "mmap": _NOT_EXECUTABLE, "mprotect": _NOT_EXECUTABLE, "prlimit64": _ONLY_READS,
    "clock_gettime": _OWN_CLOCKS, "clock_getres": _OWN_CLOCKS, "clock_nanosleep": _OWN_CLOCKS,
    "sched_getaffinity": _ITSELF,
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class Filter:
    """An assembled filter, ready to be installed in any number of children."""

    def __init__(self) -> None:
        rules = program(MACHINES[platform.machine()])
        self._bytes = b"".join(struct.pack("<HBBI", *rule) for rule in rules)
        self._program = _Program(len(rules), self._bytes)

    def install(self) -> None:
        """Confine this process for good. Needs PR_SET_NO_NEW_PRIVS.

        Raises:
            OSError: the kernel refused.
        """
        libc.prctl(libc.PR_SET_SECCOMP, 2, ctypes.addressof(self._program))


def missing() -> str | None:
    """Why this machine cannot filter system calls; `None` if it can."""
    if platform.machine() not in MACHINES:
        return f"no table of system calls for {platform.machine()}"
    try:
        libc.prctl(libc.PR_GET_SECCOMP)
    except OSError:
        return "this kernel was built without it"
    return None
