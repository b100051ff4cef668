"""Windows: one fresh interpreter per program, inside a job object.

Not run where mathcli is developed: the calls are those of Microsoft's documentation, the
behaviour is unproven. `doctor` says so.

Stops, by the job object: more than one process, memory and processor time beyond the limits, a
program that outlives the tool; by the tool: wall time and output. The environment is clean,
and no handle is inherited but the three standard ones.

Does not stop: reading and writing what the user may read and write, and the network. That is
no confinement, so `strict` refuses, and `basic` must be asked for. There is no fork: spare
interpreters load SymPy before their program arrives, but each program costs a whole one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import mathcli
from mathcli.errors import SandboxError
from mathcli.sandbox import wire
from mathcli.sandbox.connection import FIXED_ENVIRONMENT, PASSED_ENVIRONMENT, RunReply
from mathcli.sandbox.execution import Limits

_START = (
    "import sys; del sys.path[0]; sys.path += sys.argv[1:];"
    "from mathcli.sandbox.windows import work; work()"
)
_LOOK_SECONDS = 0.02

_EXTENDED_LIMIT_INFORMATION = 9
_LIMIT_PROCESS_TIME, _LIMIT_ACTIVE_PROCESS, _LIMIT_PROCESS_MEMORY = 0x2, 0x8, 0x100
_DIE_ON_UNHANDLED_EXCEPTION, _KILL_ON_JOB_CLOSE = 0x400, 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),  # in units of 100 nanoseconds
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


class Job:
    """A job object around one process; closing it kills the process."""

    def __init__(self, process: int, limits: Limits) -> None:
        kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._kernel = kernel
        self._handle = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
        wanted = _ExtendedLimits()
        wanted.basic.flags = (
            _LIMIT_PROCESS_TIME | _LIMIT_ACTIVE_PROCESS | _LIMIT_PROCESS_MEMORY
            | _DIE_ON_UNHANDLED_EXCEPTION | _KILL_ON_JOB_CLOSE
        )  # fmt: skip
        wanted.basic.process_time = int(limits.cpu_seconds * 10_000_000)
        wanted.basic.active_processes = 1
        wanted.process_memory = int(limits.memory_bytes)
        size = ctypes.sizeof(wanted)
        done = kernel.SetInformationJobObject(
            self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(wanted), size
        ) and kernel.AssignProcessToJobObject(self._handle, ctypes.c_void_p(process))
        if not done:
            self.close()
            raise SandboxError("the job object cannot be put around a program")

    def peak_bytes(self) -> int:
        """The most memory that the process has used."""
        limits = _ExtendedLimits()
        self._kernel.QueryInformationJobObject(
            self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits),
            ctypes.sizeof(limits), None,
        )  # fmt: skip
        return int(limits.peak_process_memory)

    def close(self) -> None:
        """Kill what is left in it."""
        self._kernel.CloseHandle(self._handle)


class _Worker:
    """An interpreter that has loaded SymPy and waits for one program."""

    def __init__(self) -> None:
        self.output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        environment = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-c", _START, str(Path(mathcli.__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=subprocess.PIPE,
            env=FIXED_ENVIRONMENT | environment,
            cwd=tempfile.gettempdir(),
        )

    def run(self, instructions: bytes, limits: Limits) -> RunReply:
        """Give it its program, and wait for its end. Blocks; the caller is a thread."""
        # A report is longer than a pipe holds: the program could not end while nobody reads.
        reports: list[bytes] = []
        reader = threading.Thread(target=self._read_report, args=(reports,), daemon=True)
        reader.start()
        job = Job(int(self.process._handle), limits)  # type: ignore[attr-defined]
        began, stopped = time.monotonic(), wire.NOTHING
        try:
            assert self.process.stdin is not None
            assert self.process.stderr is not None
            with contextlib.suppress(OSError):
                sizes = (len(instructions), 0, limits.cpu_seconds, int(limits.output_bytes))
                head = wire.HEAD.pack(*sizes).ljust(wire.WORK, b"\0")
                self.process.stdin.write(head + instructions)
                self.process.stdin.close()
            while self.process.poll() is None:
                if time.monotonic() - began > limits.wall_seconds:
                    stopped = wire.TIME
                elif os.fstat(self.output.fileno()).st_size > limits.output_bytes:
                    stopped = wire.OUTPUT
                if stopped != wire.NOTHING:
                    self.process.kill()
                time.sleep(_LOOK_SECONDS)
            reader.join(_LOOK_SECONDS * 100)
            report = b"".join(reports)[-wire.REPORT_BYTES :]
            self.output.seek(0)
            shown = self.output.read(int(limits.output_bytes) + 1)
            status = (self.process.returncode & 0xFF) << 8
            seconds = time.monotonic() - began
            return RunReply(status, stopped, seconds, job.peak_bytes(), report, shown)
        finally:
            job.close()
            self.end()

    def _read_report(self, reports: list[bytes]) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            reports.append(self.process.stderr.read())

    def end(self) -> None:
        """Kill it, if it still runs, and release its resources."""
        self.process.kill()
        self.process.wait()
        self.output.close()


class Connection:
    """Does on Windows what `connection.Connection` does elsewhere: runs programs for the pool."""

    lost = False
    process: subprocess.Popen[bytes]  # of the first spare

    def __init__(self, workers: int, sandbox: str) -> None:
        if sandbox == "strict":
            raise SandboxError(
                "programs cannot be confined here: Windows offers no layer for files and networks",
                "--sandbox basic limits time and memory only; mathcli doctor shows all layers",
            )
        self._spares: list[_Worker] = []
        self._running: dict[int, _Worker] = {}
        self._last_run = 0

    async def open(self) -> None:
        """Start a first interpreter, which loads SymPy."""
        self._spares.append(_Worker())

    def begin(
        self, work: bytes, limits: Limits, names: Sequence[str] = ()
    ) -> tuple[int, asyncio.Future[RunReply]]:
        """Send a program; its number, and the future of its answer. It imports for itself."""
        self._last_run += 1
        run = self._last_run
        worker = self._running[run] = self._spares.pop() if self._spares else _Worker()
        self._spares.append(_Worker())
        answer = asyncio.ensure_future(asyncio.to_thread(worker.run, work, limits))
        answer.add_done_callback(lambda _: self._running.pop(run, None))
        return run, answer

    def cancel(self, run: int) -> None:
        """Kill a program; its answer still comes."""
        if run in self._running:
            self._running[run].process.kill()

    async def close(self) -> None:
        """Kill every interpreter."""
        for worker in self._running.values():
            worker.process.kill()
        while self._spares:
            self._spares.pop().end()


def work() -> None:
    """The worker's side: load SymPy, read one program, run it, write the report to stderr."""
    from mathcli.sandbox import alike, child, modules

    alike.patch()
    for name in modules.FIRST:
        modules.load(name)
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    slot = memoryview(bytearray(wire.SLOT_BYTES))
    data = sys.stdin.buffer.read()
    slot[: len(data)] = data

    def leave(code: int) -> Any:
        os.write(2, bytes(slot[wire.INSTRUCTIONS_BYTES :]))
        os._exit(code)

    child.prepare()
    child.run(slot, leave=leave)
