"""A program's result is the same whatever else the machine does."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import pytest

from mathcli.sandbox import Limits
from tests.busy import busy_core
from tests.sandbox.pool import Pool, children_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who waits")


@pytest.fixture
def crowded() -> Iterator[Pool]:
    """An executor on one core, which it has to share with four others."""
    with busy_core(4) as core:
        pool = Pool(workers=1)
        pool.run("print(1)")
        for _ in range(2):  # who was forked meanwhile, by one that was not yet moved
            for pid in [pool.parent, *children_of(pool.parent)]:
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(pid, {core})
        try:
            yield pool
        finally:
            pool.close()


BURN = "import time\nwhile time.process_time() < {}: pass\nprint('done')"


def test_a_program_that_waits_for_a_core_is_not_late(crowded: Pool) -> None:
    found = crowded.run(BURN.format(0.25), limits=Limits(wall_seconds=0.6))
    assert (found.stdout, found.stopped_by) == ("done\n", None)
    assert found.seconds > 0.6  # else it did not have to wait, and this says nothing


def test_a_program_that_sleeps_or_never_ends_is_stopped_there_too(crowded: Pool) -> None:
    sleeps = "import time\ntime.sleep(30)"
    for program in (sleeps, "while True: pass"):
        found = crowded.run(program, limits=Limits(wall_seconds=0.3))
        assert found.stopped_by == "time"
        assert found.seconds < 20
