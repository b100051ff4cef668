"""Every hostile program comes to its one right end, and from outside nothing has happened."""

from __future__ import annotations

import re

import pytest

from mathcli.sandbox import Execution, Limits, Semantics, feedback
from tests.sandbox.hostile.case import Case
from tests.sandbox.hostile.channels import BEFORE_THE_LAYERS, CHANNELS, MORE_LIMITS
from tests.sandbox.hostile.errors import ERRORS
from tests.sandbox.hostile.files import FILES
from tests.sandbox.hostile.insides import PYTHON, THE_TOOL
from tests.sandbox.hostile.limits import IMPORTS, OTHERS, QUANTITIES
from tests.sandbox.hostile.processes import NETWORKS, NEW_PROCESSES, OTHER_PROCESSES
from tests.sandbox.hostile.resources import MEMORY, OUTPUT, TIME
from tests.sandbox.outside import Outside
from tests.sandbox.pool import Pool

ALL = [*FILES, *NETWORKS, *NEW_PROCESSES, *OTHER_PROCESSES, *TIME, *MEMORY, *OUTPUT, *PYTHON,
       *THE_TOOL, *OTHERS, *QUANTITIES, *IMPORTS,
       *CHANNELS, *BEFORE_THE_LAYERS, *MORE_LIMITS, *ERRORS]  # fmt: skip
HONEST = "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 1))"
LIMITS = Limits(wall_seconds=2.0, cpu_seconds=10.0, memory_bytes=256 * 1024 * 1024)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_comes_to_its_end_and_does_nothing(case: Case, pool: Pool, outside: Outside) -> None:
    program = outside.names(pool.parent) + case.program
    parent = pool.parent
    execution, meanwhile = pool.run_together([program, HONEST], limits=LIMITS)
    assert _end(execution) in (case.end, *case.ends), execution
    if case.says is not None and _end(execution) == case.end:
        shown = feedback(execution, Semantics())
        assert re.search(case.says, shown), shown
    assert outside.secret not in f"{execution.stdout}{execution.value}{execution.error}"
    outside.assert_untouched()
    assert meanwhile.stdout == "[-1, 1]\n"
    assert pool.run(HONEST).stdout == "[-1, 1]\n"
    assert pool.parent == parent


def _end(execution: Execution) -> str:
    return execution.stopped_by or execution.status


def test_there_are_enough_of_them() -> None:
    assert len({case.program for case in ALL}) >= 70
