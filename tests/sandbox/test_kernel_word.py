"""What a program writes, ignores or reaches changes neither its limits nor its neighbours."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from mathcli.errors import UsageError
from mathcli.sandbox import Limits, Semantics, feedback, wire
from tests.sandbox.pool import Pool, children_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

RESET_AND_LOOP = (
    "import sys\nf = sys._getframe()\nwhile 'report' not in f.f_locals: f = f.f_back\n"
    "f.f_locals['report'][0] = 0\nwhile True: pass"
)
IGNORE_AND_LOOP = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"


@pytest.mark.parametrize("program", [RESET_AND_LOOP, IGNORE_AND_LOOP])
def test_no_program_outlives_its_processor_time(pool: Pool, program: str) -> None:
    found = pool.run(program, limits=Limits(wall_seconds=100, cpu_seconds=0.5))
    assert (found.status, found.stopped_by) == ("stopped", "cpu")
    assert found.peak_bytes > 0


def test_processor_time_is_one_sum_however_often_a_program_begins(pool: Pool) -> None:
    spend = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"
    late = "".join(f"__import__('{a}' + '{b}')\n" + spend for a, b in
                   [("wa", "ve"), ("net", "rc"), ("plist", "lib"), ("tar", "file")])  # fmt: skip
    found = pool.run(spend + late, limits=Limits(wall_seconds=100, cpu_seconds=1.0))
    assert (found.status, found.stopped_by) == ("stopped", "cpu")


def test_exactly_the_limit_of_output_is_not_too_much(pool: Pool) -> None:
    limits = Limits(output_bytes=1000)
    whole = pool.run("print('x' * 999)", limits=limits)
    assert (whole.status, len(whole.stdout), whole.truncated) == ("ok", 1000, False)
    more = pool.run("print('x' * 1000)", limits=limits)
    assert (more.stopped_by, len(more.stdout), more.truncated) == ("output", 1000, True)
    wide = pool.run("print('√' * 1000)", limits=limits)
    assert wide.stdout == "√" * 333


def test_a_value_up_to_a_mebibyte_is_whole(pool: Pool) -> None:
    found = pool.run("'x' * 900_000 + 'END'")
    assert found.value == "x" * 900_000 + "END"
    assert not found.truncated


def test_a_longer_value_says_what_is_left_out(pool: Pool) -> None:
    found = pool.run("'BEGIN' + 'é' * 2_000_000 + 'END'")
    assert found.truncated
    assert found.value is not None
    head, _, rest = found.value.partition(" [... ")
    count, _, tail = rest.partition(" characters left out ...] ")
    assert head.startswith("BEGIN")
    assert tail.endswith("END")
    assert len(head) + int(count) + len(tail) == 2_000_008
    assert "characters left out" in feedback(found, Semantics(limit=None))
    assert feedback(found, Semantics()).endswith("éEND")


def test_a_longer_error_says_what_is_left_out(pool: Pool) -> None:
    found = pool.run("raise ValueError('y' * 50_000 + 'END')")
    assert found.truncated
    assert "characters left out" in (found.error or "")
    assert (found.error or "").endswith("END")


@pytest.mark.parametrize("most", [100, 101, 102, 103])
def test_shortening_keeps_characters_whole(most: int) -> None:
    data, short = wire.shortened("aé√🎲" * 100, most)
    assert short
    assert len(data) <= most
    assert "�" not in data.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("name", "value"),
    [("wall_seconds", 1e19), ("cpu_seconds", 1e300), ("memory_bytes", 10**30),
     ("memory_bytes", 0.5), ("output_bytes", 2**27), ("wall_seconds", "5"), ("wall_seconds", None)],
)  # fmt: skip
def test_absurd_limits_are_refused(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_the_widest_limits_work(pool: Pool) -> None:
    parent = pool.parent
    limits = Limits(wall_seconds=1e7, cpu_seconds=1e7, memory_bytes=2**50, output_bytes=2**26)
    assert pool.run("print(1)", limits=limits).stdout == "1\n"
    tiny = Limits(wall_seconds=1e-9, cpu_seconds=1e-9, memory_bytes=1, output_bytes=1)
    assert pool.run("print(1)", limits=tiny).status in {"stopped", "raised"}
    assert pool.run("print(2)").stdout == "2\n"
    assert pool.parent == parent


def test_no_descriptor_of_the_tool_is_open_whatever_its_number() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = before[1] if before[1] != resource.RLIM_INFINITY else 20_000
    if most < 6000:
        pytest.skip("so many descriptors are not allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), before[1]))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(5000)]
    try:
        pool = Pool(workers=1)
        program = (
            "import os\nfound = []\nfor one in range(12000):\n    try: os.lseek(one, 0, 1)\n"
            "    except OSError as error:\n        if error.errno == 9: continue\n"
            "    found.append(one)\nprint(found)"
        )
        assert pool.run(program).stdout == "[0, 1, 2, 3]\n"
        pool.close()
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_killed_library_process_is_replaced() -> None:
    pool = Pool(workers=2)
    numpy = "import numpy\nprint(numpy.arange(3).sum())"
    assert pool.run(numpy).stdout == "3\n"
    parent = pool.parent
    for _ in range(3):
        for one in children_of(parent):
            os.kill(one, signal.SIGKILL)
        assert [one.stdout for one in pool.run_together([numpy, "print(1)"])] == ["3\n", "1\n"]
    assert pool.parent == parent
    pool.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="others are not told what a confined process does")
def test_killing_one_program_from_outside_leaves_the_others() -> None:
    pool = Pool(workers=3)
    pool.run("1")
    loop = "import time\ntime.sleep(1.5)\nprint('slept')"
    busy = set(children_of(pool.parent))

    async def run_and_kill() -> list[str]:
        import asyncio

        runs = [asyncio.create_task(pool.executor.run(loop)) for _ in range(3)]
        await asyncio.sleep(0.5)
        running = [one for one in children_of(pool.parent) if _sleeps(one)]
        os.kill(running[0], signal.SIGKILL)
        return sorted(f"{one.stopped_by} {one.stdout}" for one in await asyncio.gather(*runs))

    ends = pool.wait(run_and_kill())
    assert ends.count("None slept\n") >= 2
    assert busy
    pool.close()


def _sleeps(pid: int) -> bool:
    try:
        return "nanosleep" in Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="ordinary users' programs start no processes")
def test_a_daemon_does_not_outlive_its_program() -> None:
    pool = Pool(workers=2, sandbox="basic")
    program = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    daemon = os.fork()\n"
        "    if daemon:\n        os.write(1, str(daemon).encode())\n        os._exit(0)\n"
        "    os.setpgid(0, 0)\n    time.sleep(1000)\nos.wait()"
    )
    found, honest = pool.run_together([program, "import time\ntime.sleep(0.3)\nprint('here')"])
    assert honest.stdout == "here\n"
    deadline = time.monotonic() + 20
    while _runs(int(found.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pool.close()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
