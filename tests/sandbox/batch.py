"""A long batch with hostile programs in it, and a count of what it leaves behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from mathcli.sandbox import Execution, Limits
from tests.sandbox.pool import Pool, children_of

# Program and its end.
HOSTILE = [
    ("open('/etc/passwd').read()", "raised"),
    ("import os\nos.fork()", "raised"),
    ("import socket\nsocket.socket()", "raised"),
    ("import os\nos._exit(3)", "raised"),
    ("import ctypes\nctypes.string_at(0)", "crash"),
    ("[0] * 10**10", "raised"),
    ("print('x' * 10**7)", "output"),
    ("import sys\nsys.stdout = None", "ok"),
    ("import os\nos.kill(os.getppid(), 9)", "raised"),
    ("while True: pass", "time"),
]
LIMITS = Limits(wall_seconds=10.0)
SHORT = Limits(wall_seconds=0.05)
FOLDERS = (Path("/tmp"), Path("/dev/shm"))


class Batch:
    """Runs the batch; `left` counts what is there now and was not before."""

    def __init__(self, workers: int) -> None:
        self.pool = Pool(workers=workers)
        self.pool.run_together([program for program, _ in HOSTILE], limits=LIMITS)
        self.pool.wait(asyncio.sleep(1.5))  # until the modules that load when idle are there
        self._parent = self.pool.parent
        self._before = self._count()
        self._files = _files()

    def run(self, count: int) -> int:
        """Run so many programs, every tenth hostile; how many came to a wrong end."""
        return int(self.pool.wait(self._all(count)))

    async def _all(self, count: int) -> int:
        found = await asyncio.gather(*[self._one(number) for number in range(count)])
        return sum(not _right(number, one) for number, one in enumerate(found))

    async def _one(self, number: int) -> Execution:
        run = self.pool.executor.run
        if number % 10 == 9:
            program, end = HOSTILE[number // 10 % len(HOSTILE)]
            return await run(program, limits=SHORT if end == "time" else LIMITS)
        return await run(f"from sympy import *\nprint(Integer({number})**2)", limits=LIMITS)

    def left(self) -> dict[str, int]:
        """Processes, descriptors, files and MiB more than before."""
        self.pool.wait(asyncio.sleep(0.5))
        assert self.pool.parent == self._parent, "the warm parent was replaced"
        now = self._count()
        more = {name: now[name] - self._before[name] for name in now}
        return more | {"files": len(_files() - self._files)}

    def close(self) -> None:
        """End the pool."""
        self.pool.close()

    def _count(self) -> dict[str, int]:
        return {
            "processes": len(children_of(self._parent)),
            "descriptors": _descriptors(self._parent) + _descriptors(os.getpid()),
            "MiB": _resident_bytes(self._parent) // 2**20,
        }


def _right(number: int, execution: Execution) -> bool:
    if number % 10 == 9:
        end = execution.stopped_by or execution.status
        return end == HOSTILE[number // 10 % len(HOSTILE)][1]
    return execution.stdout == f"{number**2}\n"


def _files() -> set[Path]:
    return {file for folder in FOLDERS for file in folder.iterdir() if "mathcli" in file.name}


def _descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:  # the warm parent lets only the superuser look
        return 0


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
