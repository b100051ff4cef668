"""Runs a command in a place where some system calls are refused, as containers do.

python place.py EPERM unshare,landlock_create_ruleset COMMAND…
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {  # on x86-64, on aarch64
    "unshare": (272, 97), "landlock_create_ruleset": (444, 444), "close_range": (436, 436),
    "memfd_create": (319, 279), "process_madvise": (440, 440), "capset": (126, 91),
    "fsopen": (430, 430), "seccomp": (157, 167),
}  # fmt: skip
_SET_SECCOMP = 22  # seccomp is put on by prctl


def rules(names: list[str], code: int) -> list[tuple[int, int, int, int]]:
    """Refuse the calls; `seccomp` stands for prctl(PR_SET_SECCOMP)."""
    column = 0 if platform.machine() == "x86_64" else 1
    refuse = (0x06, 0, 0, 0x50000 | code)
    found = [(0x20, 0, 0, 0)]
    for name in names:
        number = NUMBERS[name][column]
        if name == "seccomp":
            body = [(0x20, 0, 0, 16), (0x15, 0, 1, _SET_SECCOMP), refuse, (0x20, 0, 0, 0)]
            found += [(0x15, 0, len(body), number), *body]
        else:
            found += [(0x15, 0, 1, number), refuse]
    return [*found, (0x06, 0, 0, 0x7FFF0000)]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def main() -> None:
    """Put the filter on and become the command."""
    code, names, *command = sys.argv[1:]
    program = rules(names.split(","), getattr(errno, code))
    data = b"".join(struct.pack("<HBBI", *one) for one in program)
    library = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        library.prctl(38, 1, 0, 0, 0)
    put_on = library.prctl(_SET_SECCOMP, 2, ctypes.byref(_Program(len(program), data)), 0, 0)
    if put_on != 0:
        raise OSError(ctypes.get_errno(), "the filter is refused")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
