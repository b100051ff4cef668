"""A long batch with hostile programs in it leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from mathcli.sandbox import Execution, Limits
from tests.sandbox.pool import Pool
from tests.sandbox.test_pool import children_of

HOSTILE = [
    "open('/etc/passwd').read()",
    "import os\nos.fork()",
    "import socket\nsocket.socket()",
    "import os\nos._exit(3)",
    "import ctypes\nctypes.string_at(0)",
    "[0] * 10**10",
    "print('x' * 10**7)",
    "import sys\nsys.stdout = None",
    "import os\nos.kill(os.getppid(), 9)",
    "while True: pass",
]
ENDS = ["raised", "raised", "raised", "raised", "crash", "raised", "output", "ok", "raised", "time"]
LIMITS = Limits(wall_seconds=1.0)
SHORT = Limits(wall_seconds=0.05)


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(pid)


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.slow
def test_two_thousand_programs_one_in_ten_hostile() -> None:
    count = int(os.environ.get("EXECUTOR_BATCH", "2000"))
    pool = Pool(workers=2)
    pool.run_together(HOSTILE, limits=LIMITS)
    pool.wait(asyncio.sleep(1.0))  # until the modules that load in the background are there
    parent, us = pool.parent, os.getpid()
    folders = [Path("/tmp"), Path("/dev/shm")]

    def left() -> tuple[int, int, int]:
        return len(children_of(parent)), descriptors(parent), descriptors(us)

    def files() -> set[Path]:
        return {file for folder in folders for file in folder.iterdir()}

    before, files_before = left(), files()
    memory = resident_bytes(parent)

    async def batch() -> list[Execution]:
        return list(await asyncio.gather(*[one(number) for number in range(count)]))

    async def one(number: int) -> Execution:
        if number % 10 == 9:
            index = number // 10 % len(HOSTILE)
            limits = SHORT if ENDS[index] == "time" else LIMITS
            return await pool.executor.run(HOSTILE[index], limits=limits)
        return await pool.executor.run(f"from sympy import *\nprint(Integer({number})**2)")

    found = pool.wait(batch())
    for number, execution in enumerate(found):
        if number % 10 == 9:
            end = execution.stopped_by or execution.status
            assert end == ENDS[number // 10 % len(HOSTILE)], execution
        else:
            assert execution.stdout == f"{number**2}\n", execution
    pool.wait(asyncio.sleep(0.5))
    assert pool.parent == parent
    assert left() == before
    assert {file for file in files() - files_before if "mathcli" in file.name} == set()
    assert resident_bytes(parent) < memory + 4 * 1024 * 1024
    pool.close()
