"""What a run may use and what came of it: `Limits` and `Execution`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from mathcli.errors import UsageError

MiB = 1024 * 1024

Status = Literal["ok", "raised", "stopped"]


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Args:
        wall_seconds: time from the program's arrival in its process to its end.
        cpu_seconds: processor time; the kernel counts whole seconds, so it stops up to one later.
        memory_bytes: address space on top of what the interpreter with SymPy itself needs.
        output_bytes: what the program may print; the kernel stops it there.

    Raises:
        UsageError: a limit that is not a positive number, or output beyond 64 MiB.
    """

    wall_seconds: float = 5.0
    cpu_seconds: float = 5.0
    memory_bytes: int = 1024 * MiB
    output_bytes: int = MiB

    def __post_init__(self) -> None:
        for name in ("wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise UsageError(f"{name} must be a positive number, not {value!r}")
        if self.output_bytes > 64 * MiB:
            raise UsageError("output_bytes must be at most 64 MiB")


@dataclass(frozen=True)
class Execution:
    """One program that ran.

    Args:
        program: the text that was given to `Executor.run`.
        status: `ok`, `raised` (an exception, or the interpreter left by the program), or
            `stopped` (a limit, a forbidden act, or a crash ended the process).
        stdout: what it printed, up to `Limits.output_bytes`; also what it printed before a stop.
        value: the last expression's value as text, or `None`.
        error: the last line of the traceback, or `None`.
        seconds: wall time.
        peak_bytes: largest resident set of its process, the interpreter included.
        stopped_by: `time`, `cpu`, `memory`, `output`, `forbidden`, `crash` or `killed`; `None`
            unless the status is `stopped`.
        truncated: output was cut at `Limits.output_bytes`.
    """

    program: str
    status: Status
    stdout: str
    value: str | None
    error: str | None
    seconds: float
    peak_bytes: int
    stopped_by: str | None
    truncated: bool
