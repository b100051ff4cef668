"""How much memory this machine has for a model."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/memory.max")


def total_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or its container's if less."""
    return min(_machine(), _container() or sys.maxsize)


def _machine() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return _windows() if sys.platform == "win32" else 8 << 30


def _container() -> int | None:
    """The control group's limit, `None` without one."""
    try:
        return int(_CGROUP.read_text())
    except (OSError, ValueError):  # no file, or the word "max"
        return None


def _windows() -> int:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", *"abcde")),
        )

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.total)
