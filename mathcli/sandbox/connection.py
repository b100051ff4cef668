"""The main process's end of one warm parent: its process, its socket, and unanswered programs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import mathcli
from mathcli.sandbox import wire
from mathcli.sandbox.execution import Limits

_START = (
    "import sys; del sys.path[0]; _, *given, path = sys.argv;"
    "sys.path += path.split('\\n'); sys.argv[:] = ['program'];"
    "from mathcli.sandbox.warm_parent import main; main(*given)"
)

# The whole environment of programs: what makes every run the same, and what some installations
# of Python need to start at all.
FIXED_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
PASSED_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


@dataclass(frozen=True)
class RunReply:
    """What the warm parent reported about one run; all but `report` comes from the kernel."""

    status: int
    stopped: int
    seconds: float
    peak_bytes: int
    report: bytes
    output: bytes


class ParentLost(Exception):
    """The warm parent is gone.

    Args:
        begun: whether the program may have started.
        reason: why the warm parent gave up, if it reported that.
    """

    def __init__(self, begun: bool, reason: str | None) -> None:
        super().__init__(reason or "the executor's process was killed")
        self.begun = begun
        self.reason = reason


class Connection(asyncio.Protocol):
    """Starts a warm parent and talks to it."""

    def __init__(self, workers: int, sandbox: str) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process, self._complaint = _launch(theirs.fileno(), workers, sandbox)
        self.lost = False
        self._ready = False
        self._reason: str | None = None
        self._received = bytearray()
        self._owed: dict[int, asyncio.Future[RunReply]] = {}
        self._last_run = 0
        self._transport: asyncio.Transport | None = None

    async def open(self) -> None:
        """Attach the socket to the running loop."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, sock=self._ours)

    def begin(
        self, work: bytes, limits: Limits, names: Sequence[str] = ()
    ) -> tuple[int, asyncio.Future[RunReply]]:
        """Send a program; its number, and the future that its answer or `ParentLost` settles.

        Args:
            work: what the child is asked to do.
            limits: what it may use.
            names: modules that it seems to import.
        """
        self._last_run += 1
        run = self._last_run
        answer = self._owed[run] = asyncio.get_running_loop().create_future()
        wanted = ",".join(names).encode()
        header = wire.REQUEST.pack(
            wire.RUN, run, len(wanted), len(work), limits.wall_seconds, limits.cpu_seconds,
            int(limits.memory_bytes), int(limits.output_bytes),
        )  # fmt: skip
        self._write(header + wanted + work)
        return run, answer

    def cancel(self, run: int) -> None:
        """Kill a program; its answer still comes."""
        if run in self._owed:
            self._write(wire.REQUEST.pack(wire.CANCEL, run, 0, 0, 0.0, 0.0, 0, 0))

    def _write(self, data: bytes) -> None:
        assert self._transport is not None  # it was opened
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Settle every answer that has come whole."""
        self._received += data
        while (end := self._settle_first()) > 0:
            del self._received[:end]

    def _settle_first(self) -> int:
        """Handle the first message; its length, or 0 if it is not whole yet."""
        if len(self._received) < wire.ANSWER.size:
            return 0
        head: tuple[Any, ...] = wire.ANSWER.unpack_from(self._received)
        kind, stopped, run, status, seconds, peak, report, output = head
        middle: int = wire.ANSWER.size + report
        end: int = middle + output
        if len(self._received) < end:
            return 0
        first = bytes(self._received[wire.ANSWER.size : middle])
        if kind == wire.READY:
            self._ready = True
        elif kind == wire.FATAL:
            self._reason = first.decode("utf-8", "replace")
        else:
            answer = RunReply(
                status, stopped, seconds, peak, first, bytes(self._received[middle:end])
            )
            self._owed.pop(run).set_result(answer)
        return end

    def connection_lost(self, error: Exception | None) -> None:
        """Settle every future that still waits, with `ParentLost`."""
        self.lost = True
        if not self._ready and self._reason is None:
            self._reason = _last_line(self._complaint)
        for answer in self._owed.values():
            answer.set_exception(ParentLost(self._ready, self._reason))
        self._owed.clear()

    async def close(self) -> None:
        """End the process: it kills its children when the socket closes."""
        complaint, self._complaint = self._complaint, None  # why it ended is not needed any more
        if complaint is not None:
            complaint.close()
        if self._transport is not None:
            self._transport.abort()
        else:  # the opening was cancelled
            self._ours.close()
        for _ in range(200):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.005)
        self.process.kill()  # its children die with it
        self.process.wait()


def _launch(
    descriptor: int, workers: int, sandbox: str
) -> tuple[subprocess.Popen[bytes], IO[bytes] | None]:
    """Start a fresh interpreter in a session and folder of its own; return it and its errors."""
    given = [str(descriptor), str(workers), sandbox, "\n".join(_more_paths())]
    shown = bool(os.environ.get("MATHCLI_DEBUG"))
    complaint = None if shown else _file_in_memory()
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", _START, *given],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if shown else complaint or subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
        pass_fds=(descriptor,),
        start_new_session=True,
    )
    return process, complaint


def _file_in_memory() -> IO[bytes] | None:
    """A file in memory that keeps the process's errors; `None` where the system has none."""
    with contextlib.suppress(OSError, AttributeError):  # not on Linux
        return os.fdopen(os.memfd_create("errors"), "w+b")
    with contextlib.suppress(OSError):
        return tempfile.TemporaryFile()
    return None


def _last_line(complaint: IO[bytes] | None) -> str | None:
    """The last line that a process that did not start wrote: the message of a Python error."""
    if complaint is None:
        return None
    complaint.seek(0)
    lines = complaint.read(64 * 1024).decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else None


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
    return FIXED_ENVIRONMENT | passed


def _more_paths() -> list[str]:
    """Where this process finds modules, after the new interpreter's own places.

    Without the working folder: a `numpy.py` that lies there is not the NumPy that is meant.
    """
    try:
        here = str(Path.cwd())
    except OSError:  # it was removed
        here = ""
    known = [path for path in sys.path if os.path.isabs(path) and path != here]  # noqa: PTH117
    return [*known, str(Path(mathcli.__file__).parents[1])]
