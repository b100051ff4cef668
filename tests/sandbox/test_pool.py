"""The pool: many programs at once, cancelling, dying, restarting, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.errors import SandboxError, UsageError
from mathcli.sandbox import Executor, Limits
from tests.sandbox.pool import Pool, children_of

SOLVE = "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 1))"
FOREVER = "while True: pass"


@pytest.fixture
def own_pool() -> Iterator[Pool]:
    """An executor that the test may break."""
    found = Pool(workers=2)
    yield found
    found.close()


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, pids
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_runs_many_programs_at_once_in_any_order(pool: Pool) -> None:
    programs = [f"print({number}**2)" for number in range(200)]
    outputs = [one.stdout for one in pool.run_together(programs)]
    assert outputs == [f"{number**2}\n" for number in range(200)]


def test_no_state_passes_from_one_program_to_the_next(pool: Pool) -> None:
    pool.run("import sympy, builtins, math\nsympy.x = builtins.x = math.x = x = 1")
    for place in ("x", "__import__('sympy').x", "__import__('math').x"):
        assert pool.run(f"print({place})").status == "raised"


def test_every_program_sees_the_same_random_numbers_and_sets(pool: Pool) -> None:
    program = (
        "import random, numpy, sympy\nprint(random.random(), numpy.random.rand(), "
        "sympy.core.random.random(), {'a', 'b', 'c', 'd'})"
    )
    assert len({one.stdout for one in pool.run_together([program] * 8)}) == 1


def test_memory_of_earlier_programs_cannot_be_found(pool: Pool) -> None:
    secret = "".join(["needle", "in", "the", "hay"])
    pool.run(f"x = '{secret}' * 1000\nprint(x)")
    hunt = (
        "import gc\nneedle = 'needle' + 'inthe' + 'hay'\n"
        "print(any(needle in one for one in gc.get_objects() if isinstance(one, (str, bytes))),"
        " any(needle in str(list(one.keys())[:50]) for one in gc.get_objects()"
        " if type(one) is dict))"
    )
    assert pool.run(hunt).stdout == "False False\n"


def test_a_cancelled_run_is_killed_and_its_place_is_free(own_pool: Pool) -> None:
    async def cancel_both() -> None:
        runs = [asyncio.create_task(own_pool.executor.run(FOREVER)) for _ in range(2)]
        await asyncio.sleep(1.0)
        for run in runs:
            run.cancel()
        ends = await asyncio.gather(*runs, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ends)

    own_pool.wait(cancel_both())
    spinning = children_of(own_pool.parent)
    assert [one.stdout for one in own_pool.run_together([SOLVE] * 2)] == ["[-1, 1]\n"] * 2
    assert len(spinning) <= 4


def test_a_killed_parent_ends_its_programs_and_is_replaced(own_pool: Pool) -> None:
    own_pool.run(SOLVE)
    first = own_pool.parent

    async def kill_while_running() -> str | None:
        run = asyncio.create_task(own_pool.executor.run(FOREVER))
        await asyncio.sleep(0.5)
        os.kill(first, signal.SIGKILL)
        return (await run).stopped_by

    children = children_of(first)
    assert own_pool.wait(kill_while_running()) == "killed"
    wait_until_gone(children)
    assert own_pool.run(SOLVE).stdout == "[-1, 1]\n"
    assert own_pool.parent != first


def test_a_program_that_had_not_begun_is_run_by_the_next_parent(own_pool: Pool) -> None:
    os.kill(own_pool.parent, signal.SIGKILL)
    assert own_pool.run(SOLVE).stdout == "[-1, 1]\n"


def test_a_killed_spare_does_no_harm(own_pool: Pool) -> None:
    own_pool.run(SOLVE)
    for _ in range(5):
        for spare in children_of(own_pool.parent):
            os.kill(spare, signal.SIGKILL)
        time.sleep(0.05)
        assert own_pool.run(SOLVE).stdout == "[-1, 1]\n"


def test_closing_leaves_nothing_and_may_be_repeated() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    pool = Pool(workers=2)
    pool.run_together([SOLVE] * 3)
    everybody = [pool.parent, *children_of(pool.parent)]
    pool.wait(pool.executor.close())
    pool.close()
    wait_until_gone(everybody)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_closing_before_it_is_ready_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """A wrong model's name ends a call before the warm parent has started."""

    async def work() -> None:
        async with Executor(workers=1, sandbox="basic"):
            pass

    asyncio.run(work())
    assert not caplog.records


def test_closing_ends_programs_that_run() -> None:
    pool = Pool(workers=2)
    pool.run(SOLVE)

    async def close_while_running() -> str | None:
        run = asyncio.create_task(pool.executor.run(FOREVER))
        await asyncio.sleep(0.3)
        await pool.executor.close()
        return (await run).stopped_by

    everybody = [pool.parent, *children_of(pool.parent)]
    assert pool.wait(close_while_running()) == "killed"
    wait_until_gone(everybody)
    pool.close()


def test_nothing_outlives_a_killed_tool() -> None:
    tool = (
        "import asyncio, sys\nfrom mathcli.sandbox import Executor\n"
        "async def main():\n"
        "    executor = Executor(workers=2)\n"
        "    await executor.run('1')\n"
        "    print(executor.parent, flush=True)\n"
        "    await executor.run('while True: pass')\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", tool], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        parent = int(process.stdout.readline())
        time.sleep(0.3)
        everybody = [parent, *children_of(parent)]
        assert len(everybody) >= 3
        process.kill()
    wait_until_gone(everybody)


def test_limits_of_one_run_win(pool: Pool) -> None:
    limits = Limits(wall_seconds=0.2)
    stopped = pool.run(FOREVER, limits=limits)
    assert (stopped.status, stopped.stopped_by) == ("stopped", "time")


def test_processor_time_is_limited_apart_from_wall_time(pool: Pool) -> None:
    stopped = pool.run(FOREVER, limits=Limits(wall_seconds=60.0, cpu_seconds=1.0))
    assert stopped.stopped_by == "cpu"


def test_output_is_cut_at_its_limit_and_kept(pool: Pool) -> None:
    cut = pool.run("print('x' * 5000)", limits=Limits(output_bytes=1000))
    assert (cut.stdout, cut.truncated, cut.stopped_by) == ("x" * 1000, True, "output")


@pytest.mark.parametrize("end", ["import os; os._exit(0)", FOREVER, "import os; os.abort()"])
def test_what_was_printed_before_the_end_is_kept(pool: Pool, end: str) -> None:
    program = f"print('before')\nprint('and', end=' ')\n{end}"
    assert pool.run(program, limits=Limits(wall_seconds=0.5)).stdout == "before\nand "


def test_long_programs_and_long_output_pass_whole(pool: Pool) -> None:
    text = "abc\n" * 50_000
    long = pool.run(f"print('''{text}''', end='')")
    assert long.stdout == text


def test_a_program_that_is_too_long_raises(pool: Pool) -> None:
    found = pool.run("#" * 2_000_000)
    assert (found.status, found.error) == ("raised", "ValueError: the program is too long")


def test_unicode_passes(pool: Pool) -> None:
    assert pool.run("print('√2 ≈ 1.41421 — ∞ 🎲')").stdout == "√2 ≈ 1.41421 — ∞ 🎲\n"


@pytest.mark.parametrize("first", ["", "the folder itself"])
def test_a_module_in_the_working_folder_is_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: str
) -> None:
    for name in ("numpy", "sympy", "statistics", "json", "scipy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path) if first else "")
    pool = Pool(workers=1)
    program = "import numpy, statistics, json\nprint(numpy.array([1]), statistics.mean([1, 3]))"
    assert pool.run(program).stdout == "[1] 2\n"
    assert pool.run("import scipy").error != "SystemExit: the wrong module"
    pool.close()


def test_modules_are_loaded_on_demand(own_pool: Pool) -> None:
    found = own_pool.run("import sympy.physics.units as u, tomllib as t\nprint('x')\nu.meter")
    assert (found.stdout, found.value) == ("x\n", None) or sys.version_info < (3, 11)
    assert own_pool.run("import csv, difflib, graphlib\nprint(csv.QUOTE_ALL)").stdout == "1\n"


def test_workers_must_be_a_number_above_zero() -> None:
    with pytest.raises(UsageError):
        Executor(workers=0)


@pytest.mark.parametrize("name", ["wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_limits_must_be_positive(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=name):
        Limits(**{name: value})


def test_strict_refuses_where_a_required_layer_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import platform\nplatform.machine = lambda: 'vax'\n"
    )
    monkeypatch.setattr(
        "mathcli.sandbox.connection.FIXED_ENVIRONMENT", {"PYTHONPATH": str(tmp_path)}
    )
    pool = Pool(workers=1)
    with pytest.raises(SandboxError, match="seccomp: no table of system calls for vax") as error:
        pool.run("print(1)")
    assert "--sandbox basic" in (error.value.hint or "")
    pool.close()


def test_basic_runs_programs_with_limits() -> None:
    pool = Pool(workers=1, sandbox="basic")
    assert pool.run(SOLVE).stdout == "[-1, 1]\n"
    assert pool.run(FOREVER, limits=Limits(wall_seconds=0.3)).stopped_by == "time"
    assert pool.run("[0] * 10**10").error == "MemoryError"
    assert pool.run("import os; print(sorted(os.listdir('/proc/self/fd')))").status == "raised"
    pool.close()


def test_closing_before_the_start_is_over_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    Pool(workers=1).close()
    assert caplog.text == ""


@pytest.mark.skipif(sys.platform != "linux", reason="forkers are of Linux")
def test_killed_forkers_are_replaced(own_pool: Pool) -> None:
    numpy = "import numpy\nprint(numpy.ones(2).sum())"
    assert own_pool.run(numpy).stdout == "2.0\n"
    for _ in range(3):
        for one in children_of(own_pool.parent):
            os.kill(one, signal.SIGKILL)
        assert own_pool.run(SOLVE).stdout == "[-1, 1]\n"
        assert own_pool.run(numpy).stdout == "2.0\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="ordinary users' programs start no processes")
def test_basic_leaves_no_process_of_a_program() -> None:
    pool = Pool(workers=1, sandbox="basic")
    program = "import os, time\npid = os.fork()\nprint(pid) if pid else time.sleep(1000)"
    left = int(pool.run(program).stdout)
    wait_until_gone([left])
    pool.close()
