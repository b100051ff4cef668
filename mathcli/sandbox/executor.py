"""The pool: programs in, executions out, as many at once as there are workers."""

from __future__ import annotations

import asyncio
import marshal
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Literal

from mathcli.errors import SandboxError, UsageError
from mathcli.sandbox import modules, verdict, wire
from mathcli.sandbox.connection import ParentLost, RunReply
from mathcli.sandbox.execution import Execution, Limits
from mathcli.sandbox.semantics import Semantics, instructions

if sys.platform == "win32":
    from mathcli.sandbox.windows import Connection
else:
    from mathcli.sandbox.connection import Connection

_LAUNCHES = 2  # a program that had not begun when the warm parent died gets a second one


class Executor:
    """Runs programs under confinement, up to `workers` at once. Use it from one event loop.

    The process that holds the model is never forked: a fresh interpreter (the warm parent) forks
    the programs. If it dies, the next program starts a new one.

    Args:
        workers: programs that run at the same time; the number of usable cores by default.
        limits: what a program may use unless `run` says otherwise.
        sandbox: `strict` puts every layer on and refuses to run where a required one is
            missing; `basic` limits time, memory and output, and isolates nothing else.

    Raises:
        UsageError: `workers` is less than 1.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        sandbox: Literal["strict", "basic"] = "strict",
    ) -> None:
        if workers is not None and workers < 1:
            raise UsageError("workers must be at least 1")
        self.workers = workers or usable_cores()
        self.limits = limits
        self.sandbox = sandbox
        self._connection: Connection | None = None
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(self.workers)

    async def start(self) -> None:
        """Launch the warm parent and return at once; SymPy loads meanwhile."""
        await self._connected()

    async def run(
        self,
        program: str,
        *,
        earlier: Sequence[str] = (),
        semantics: Semantics = Semantics(),  # noqa: B008 (frozen)
        limits: Limits | None = None,
    ) -> Execution:
        """Run `program` and say what came of it. Cancelling this kills the program.

        Args:
            program: Python source, taken for hostile.
            earlier: the solution's earlier blocks, in order.
            semantics: what running means for the model that wrote it.
            limits: what it may use, instead of the executor's limits.

        Raises:
            SandboxError: the confinement asked for cannot be put on.
        """
        limits = limits or self.limits
        asked = instructions(program, earlier, semantics)
        names = modules.mentioned("\n".join([*asked["replay"], asked["program"]]))
        work = marshal.dumps(asked)
        if len(work) > wire.LONGEST_WORK:
            return verdict.never_ran(program, error="ValueError: the program is too long")
        async with self._places:
            answer = await self._answer(work, limits, names)
        if answer is None:
            return verdict.never_ran(program, error=None)
        return verdict.execution(program, answer, limits)

    async def _answer(self, work: bytes, limits: Limits, names: Sequence[str]) -> RunReply | None:
        """The warm parent's answer; `None` if it died while the program ran."""
        for _ in range(_LAUNCHES):
            connection = await self._connected()
            run, answer = connection.begin(work, limits, names)
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                connection.cancel(run)
                await asyncio.wait([answer])  # the place is free when the program is gone
                answer.exception()
                raise
            except ParentLost as lost:
                if lost.reason is not None:
                    raise _refusal(lost.reason, self.sandbox) from None
                if lost.begun:
                    return None
        raise SandboxError("the executor's process does not start", "run: mathcli doctor")

    async def _connected(self) -> Connection:
        async with self._starting:
            if self._connection is None or self._connection.lost:
                if self._connection is not None:
                    await self._connection.close()
                    self._connection = None
                try:
                    connection = Connection(self.workers, self.sandbox)
                except OSError as error:  # no process, no descriptor, no memory
                    raise SandboxError(
                        f"the executor's process does not start: {error}", "run: mathcli doctor"
                    ) from None
                try:
                    await connection.open()
                except BaseException:
                    await connection.close()
                    raise
                self._connection = connection
            return self._connection

    @property
    def parent(self) -> int | None:
        """The warm parent's process number; `None` while there is none."""
        return None if self._connection is None else self._connection.process.pid

    async def close(self) -> None:
        """End the warm parent and every program. Safe to call again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def __aenter__(self) -> Executor:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refusal(reason: str, sandbox: str) -> SandboxError:
    if sandbox == "strict":
        return SandboxError(
            f"programs cannot be confined here: {reason}",
            "--sandbox basic limits time and memory only; mathcli doctor shows all layers",
        )
    return SandboxError(f"the executor does not start: {reason}", "run: mathcli doctor")
