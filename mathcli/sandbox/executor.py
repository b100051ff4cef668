"""The main process's half: a pool of workers behind one warm parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

import mathcli
from mathcli.errors import SandboxError, UsageError
from mathcli.sandbox import wire
from mathcli.sandbox.execution import Execution, Limits, Status
from mathcli.sandbox.semantics import Semantics, instructions

_START = (
    "import sys; del sys.path[0]; sys.path.append(sys.argv[4]);"
    "from mathcli.sandbox.warm_parent import main;"
    "descriptor, workers, sandbox = sys.argv[1:4]; sys.argv[:] = ['program'];"
    "main(int(descriptor), int(workers), sandbox)"
)

# All that Python and its libraries need to be the same on every run.
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass
class _Answer:
    """What the warm parent said about one run."""

    status: int
    stopped: int
    seconds: float
    peak_bytes: int
    report: bytes
    output: bytes


class _Lost(Exception):
    """The warm parent is gone; `begun` tells whether the program may have started."""

    def __init__(self, begun: bool, reason: str | None) -> None:
        super().__init__(reason or "the executor's process was killed")
        self.begun = begun
        self.reason = reason


class _Parent(asyncio.Protocol):
    """One warm parent: its process, its socket, the runs it owes an answer."""

    def __init__(self, workers: int, sandbox: str) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-B", "-c", _START, str(theirs.fileno()), str(workers),
                 sandbox, str(Path(mathcli.__file__).parents[1])],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("MATHCLI_DEBUG") else subprocess.DEVNULL,
                env=_ENVIRONMENT, cwd="/", pass_fds=(theirs.fileno(),), start_new_session=True,
            )  # fmt: skip
        self.lost = False
        self._ready = False
        self._reason: str | None = None
        self._received = bytearray()
        self._owed: dict[int, asyncio.Future[_Answer]] = {}
        self._last_run = 0

    async def connect(self) -> None:
        """Attach the socket to the running loop."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, sock=self._ours)

    def begin(self, work: bytes, limits: Limits) -> tuple[int, asyncio.Future[_Answer]]:
        """Send a program; the future is its answer, or raises `_Lost`."""
        self._last_run += 1
        run = self._last_run
        answer = self._owed[run] = asyncio.get_running_loop().create_future()
        header = wire.REQUEST.pack(
            wire.RUN, run, len(work), limits.wall_seconds, limits.cpu_seconds,
            int(limits.memory_bytes), int(limits.output_bytes),
        )  # fmt: skip
        self._transport.write(header + work)
        return run, answer

    def cancel(self, run: int) -> None:
        """Kill a program; its answer still comes."""
        if run in self._owed and not self.lost:
            self._transport.write(wire.REQUEST.pack(wire.CANCEL, run, 0, 0.0, 0.0, 0, 0))

    def data_received(self, data: bytes) -> None:
        """Settle every answer that has come whole."""
        self._received += data
        received, start, size = self._received, 0, wire.ANSWER.size
        while len(received) - start >= size:
            kind, stopped, run, status, seconds, peak, report, output = wire.ANSWER.unpack_from(
                received, start
            )
            middle, end = start + size + report, start + size + report + output
            if len(received) < end:
                break
            first, second = bytes(received[start + size : middle]), bytes(received[middle:end])
            start = end
            if kind == wire.READY:
                self._ready = True
            elif kind == wire.FATAL:
                self._reason = first.decode("utf-8", "replace")
            else:
                answer = self._owed.pop(run)
                if not answer.done():
                    answer.set_result(_Answer(status, stopped, seconds, peak, first, second))
        del received[:start]

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everybody who waits."""
        self.lost = True
        for answer in self._owed.values():
            if not answer.done():
                answer.set_exception(_Lost(self._ready, self._reason))
        self._owed.clear()

    async def close(self) -> None:
        """End the process: it kills its children when the socket closes."""
        self._transport.close()
        for _ in range(200):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.005)
        self.process.kill()  # its children die with it
        self.process.wait()


class Executor:
    """Runs programs under confinement, up to `workers` at once. Use it from one event loop.

    Args:
        workers: programs that run at the same time; the number of usable cores by default.
        limits: what a program may use unless `run` says otherwise.
        sandbox: `strict` puts every layer on and refuses to run where a required one is
            missing; `basic` limits time, memory and output, and isolates nothing else.
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
        self.workers = workers or len(os.sched_getaffinity(0))
        self.limits = limits
        self.sandbox = sandbox
        self._parent: _Parent | None = None
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(self.workers)

    async def start(self) -> None:
        """Launch the warm parent and return at once; SymPy loads meanwhile."""
        async with self._starting:
            if self._parent is None or self._parent.lost:
                if self._parent is not None:
                    await self._parent.close()
                self._parent = _Parent(self.workers, self.sandbox)
                await self._parent.connect()

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
        work = json.dumps(instructions(program, earlier, semantics)).encode()
        if len(work) > wire.INSTRUCTIONS_BYTES - wire.LENGTH.size:
            return _never_ran(program, "raised", "ValueError: the program is too long")
        await self._places.acquire()
        try:
            answer = await self._answer(work, limits)
        except BaseException:
            self._places.release()
            raise
        self._places.release()
        if answer is None:
            return _never_ran(program, "stopped", None)
        return _execution(program, answer, limits)

    async def _answer(self, work: bytes, limits: Limits) -> _Answer | None:
        for _ in range(2):
            await self.start()
            parent = self._parent
            assert parent is not None
            run, answer = parent.begin(work, limits)
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                parent.cancel(run)
                await asyncio.wait([answer])
                raise
            except _Lost as lost:
                if lost.reason is not None:
                    raise SandboxError(lost.reason) from None
                if lost.begun:
                    return None
        raise SandboxError("the executor's process does not start")

    async def close(self) -> None:
        """End the warm parent and every program. Safe to call again."""
        parent, self._parent = self._parent, None
        if parent is not None:
            await parent.close()

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


def _never_ran(program: str, status: Status, error: str | None) -> Execution:
    stopped_by = "killed" if status == "stopped" else None
    return Execution(program, status, "", None, error, 0.0, 0, stopped_by, False)


_STOPPED_BY_SIGNAL: dict[int, str] = {
    signal.SIGXCPU: "cpu",
    signal.SIGXFSZ: "output",
    signal.SIGSYS: "forbidden",
    signal.SIGSEGV: "crash",
    signal.SIGBUS: "crash",
    signal.SIGABRT: "crash",
    signal.SIGFPE: "crash",
    signal.SIGILL: "crash",
    signal.SIGTRAP: "crash",
}


def _execution(program: str, answer: _Answer, limits: Limits) -> Execution:
    outcome, value, error = wire.unpack_report(answer.report)
    truncated = len(answer.output) >= limits.output_bytes
    stopped_by = _stopped_by(answer, truncated)
    status: Status = "ok"
    if stopped_by is not None:
        status, value, error = "stopped", None, None
    elif outcome != wire.OK or answer.status != 0:
        status, value = "raised", None
        if outcome != wire.RAISED:
            code = os.waitstatus_to_exitcode(answer.status)
            error = f"SystemExit: the program ended the interpreter (exit status {code})"
    return Execution(
        program=program,
        status=status,
        stdout=answer.output.decode("utf-8", "replace"),
        value=value,
        error=error,
        seconds=answer.seconds,
        peak_bytes=answer.peak_bytes,
        stopped_by=stopped_by,
        truncated=truncated,
    )


def _stopped_by(answer: _Answer, truncated: bool) -> str | None:
    if answer.stopped == wire.TIME:
        return "time"
    if truncated:
        return "output"
    if os.WIFSIGNALED(answer.status):
        return _STOPPED_BY_SIGNAL.get(os.WTERMSIG(answer.status), "killed")
    return None
