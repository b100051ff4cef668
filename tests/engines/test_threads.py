"""The number of threads follows what others do on the machine."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import pytest

from mathcli.engines import threads
from mathcli.engines.threads import Governor, ProcessorUsage, usage


class Machine:
    """A machine on which this process uses `own` cores and others use `others`, second by second;
    its control group's other processes use `group`."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        others: Sequence[float],
        own: float = 1.0,
        group: float | None = None,
    ) -> None:
        times = itertools.accumulate((other + own for other in others), initial=0.0)
        self._readings: Iterator[ProcessorUsage] = iter(
            [
                ProcessorUsage(
                    float(second),
                    machine,
                    second * own,
                    None if group is None else second * (group + own),
                )
                for second, machine in enumerate(times)
            ]
        )
        self.clock = itertools.count(0.0)
        monkeypatch.setattr(threads.time, "monotonic", lambda: next(self.clock))

    def sample(self) -> ProcessorUsage:
        return next(self._readings)


def followed(
    monkeypatch: pytest.MonkeyPatch,
    others: Sequence[float],
    *,
    most: int = 2,
    cores: int = 2,
    quota: float | None = None,
    group: float | None = None,
) -> list[int]:
    machine = Machine(monkeypatch, others, group=group)
    monkeypatch.setattr(threads, "quota", lambda: quota)
    governor = Governor(most, cores=cores, sample=machine.sample, window=0.0)
    return [governor.update() for _ in others]


def test_alone_it_has_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, [0.0, 0.1, 0.3, 0.0, 0.6, 0.0]) == [2] * 6


def test_it_says_who_else_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, [0.2, 1.3])
    governor = Governor(2, cores=2, sample=machine.sample, window=0.0)
    governor.update()
    assert governor.busy is None
    governor.update()
    assert governor.busy == "the machine is busy: other programs use 1.3 of 2 cores"


def test_a_busy_neighbour_gets_a_core_and_leaves_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, [1.0, 1.0, 0.0, 0.0]) == [1, 1, 2, 2]


def test_between_the_lines_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, [0.5, 1.0, 0.5, 0.5, 0.2]) == [2, 1, 1, 1, 2]


def test_one_thread_is_always_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, [9.0, 9.0], most=4, cores=4) == [1, 1]


def test_many_cores_are_given_up_at_once_and_taken_back_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads = [0.0, 5.0, 2.0, 0.0, 0.0, 0.0]
    assert followed(monkeypatch, loads, most=8, cores=8) == [8, 3, 4, 5, 6, 7]


def test_cores_that_nobody_needs_are_no_reason_to_give_one_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert followed(monkeypatch, [3.0, 4.0], most=4, cores=16) == [4, 4]


def test_a_control_group_s_quota_is_shared_by_its_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert followed(monkeypatch, [1.0] * 2, most=4, cores=64, quota=4.0, group=3.0) == [1, 1]
    assert followed(monkeypatch, [1.0] * 2, most=4, cores=64, quota=4.0, group=0.0) == [4, 4]


def test_it_reads_no_more_often_than_it_needs() -> None:
    readings = []

    def sample() -> ProcessorUsage | None:
        readings.append(usage())
        return readings[-1]

    governor = Governor(2, sample=sample, window=60.0)
    for _ in range(1000):
        governor.update()
    assert len(readings) == 1
    assert Governor(1, sample=sample).update() == 1
    assert len(readings) == 1


def test_where_the_system_says_nothing_all_are_used() -> None:
    governor = Governor(2, sample=lambda: None, window=0.0)
    assert [governor.update() for _ in range(3)] == [2, 2, 2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_real_neighbours_are_seen() -> None:
    code = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
    neighbours = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    try:
        governor = Governor(2, cores=2)
        deadline = time.monotonic() + 30
        while governor.update() == 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert governor.threads == 1
        assert governor.others > 0.5
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
