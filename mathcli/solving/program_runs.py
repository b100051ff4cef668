"""How a family's programs run: after which others, and within what limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from mathcli.models import Card
from mathcli.sandbox import Execution, Semantics
from mathcli.sandbox.execution import AnyExecutor

_log = logging.getLogger("mathcli.programs")


class ProgramRunner:
    """Runs the programs of solutions as one card says.

    Args:
        executor: its limits hold, but for the time that the card gives a program.
    """

    def __init__(self, executor: AnyExecutor, card: Card) -> None:
        self.semantics = Semantics(**card.execution)
        self._executor = executor
        self._limits = executor.limits
        if card.program_seconds is not None:
            seconds = card.program_seconds
            self._limits = replace(self._limits, wall_seconds=seconds, cpu_seconds=seconds)

    async def run(self, program: str, after: Sequence[Execution]) -> Execution:
        """Run a program after those of the same solution.

        Raises:
            SandboxError: programs cannot be confined.
        """
        # What was stopped once would be stopped again, and take this program with it.
        earlier = [execution.program for execution in after if execution.status != "stopped"]
        began = time.perf_counter()
        found = await self._executor.run(
            program, earlier=earlier, semantics=self.semantics, limits=self._limits
        )
        ms = 1000 * (time.perf_counter() - began)
        _log.debug("ran %r in %.1f ms: %s, %r", program, ms, found.status, found.stdout)
        return found
