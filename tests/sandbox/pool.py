"""An executor on an event loop of its own, for tests that are plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mathcli.sandbox import Execution, Executor


def children_of(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Pool:
    """Wraps an executor; keyword arguments go to it."""

    def __init__(self, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self.executor = Executor(**options)
        self._loop.run_until_complete(self.executor.start())

    @property
    def parent(self) -> int:
        """The warm parent's process number."""
        found = self.executor.parent
        assert found is not None
        return found

    def run(self, program: str, **options: Any) -> Execution:
        """One program."""
        return self.wait(self.executor.run(program, **options))

    def run_together(self, programs: Sequence[str], **options: Any) -> list[Execution]:
        """Several programs at the same time."""

        async def all_of_them() -> list[Execution]:
            runs = [self.executor.run(program, **options) for program in programs]
            return list(await asyncio.gather(*runs))

        return self.wait(all_of_them())

    def wait(self, work: Any) -> Any:
        """The result of a coroutine."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """End the executor and the loop."""
        self.wait(self.executor.close())
        self._loop.close()
