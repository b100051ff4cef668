"""Runs a family's programs: in which session, and within which limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from mathcli.models import Card
from mathcli.sandbox import Execution, Semantics
from mathcli.sandbox.execution import AnyExecutor

_MAY_DIFFER = ("time", "killed")
"""Why a program may be stopped that would end at another time, on a machine that is less busy."""

_log = logging.getLogger("mathcli.programs")


class ProgramRunner:
    """Runs the programs of solutions by the rules of one card.

    Args:
        executor: its limits apply, except for the time limit, which the card sets.
    """

    def __init__(self, executor: AnyExecutor, card: Card) -> None:
        self.semantics = Semantics(**card.execution.given)
        self._executor = executor
        self._limits = executor.limits
        if card.program_seconds is not None:
            seconds = card.program_seconds
            self._limits = replace(self._limits, wall_seconds=seconds, cpu_seconds=seconds)

    def fails_again(self, program: str | None, after: Sequence[Execution]) -> bool:
        """Is this the last program once more, which has failed and would fail in the same way?

        A small model often repeats it until the last round, and then has no answer.
        """
        last = after[-1] if after else None
        if last is None or last.status == "ok" or last.stopped_by in _MAY_DIFFER:
            return False
        return program is not None and program.strip() == last.program.strip()

    async def run(self, program: str, after: Sequence[Execution]) -> Execution:
        """Run a program after the earlier ones of the same solution.

        Raises:
            SandboxError: programs cannot be confined.
        """
        # A program that was stopped would be stopped again, and prevent this one from running.
        earlier = [execution.program for execution in after if execution.status != "stopped"]
        began = time.perf_counter()
        ran = await self._executor.run(
            program, earlier=earlier, semantics=self.semantics, limits=self._limits
        )
        ms = 1000 * (time.perf_counter() - began)
        _log.debug("ran %r in %.1f ms: %s, %r", program, ms, ran.status, ran.stdout)
        return ran
