"""What a run may use and what came of it: `Limits` and `Execution`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.sandbox.semantics import Semantics

MiB = 1024 * 1024

Status = Literal["ok", "raised", "stopped"]

_MOST = {  # what the kernel's own arithmetic surely takes
    "wall_seconds": 10_000_000,
    "cpu_seconds": 10_000_000,
    "memory_bytes": 1024**5,
    "output_bytes": 64 * MiB,
}


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Args:
        wall_seconds: time from the program's arrival in its process to its end. On Linux the time
            spent waiting for a processor core is not counted, so that a result does not depend on
            what else the machine does; at most twenty times the limit is granted.
        cpu_seconds: processor time; the kernel counts whole seconds, so it stops up to one later.
        memory_bytes: address space on top of what the interpreter with SymPy itself needs.
        output_bytes: what the program may print; the kernel stops it there.

    Raises:
        UsageError: a limit that is not a number within its bounds: times above 0 and up to ten
            million seconds, memory of 1 byte to 1 PiB, output of 1 byte to 64 MiB.
    """

    wall_seconds: float = 5.0
    cpu_seconds: float = 5.0
    memory_bytes: int = 1024 * MiB
    output_bytes: int = MiB

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            value = getattr(self, name)
            least = 1 if name.endswith("_bytes") else 0
            if not isinstance(value, (int, float)) or not (value > 0 and value >= least):
                raise UsageError(f"{name} must be a positive number, not {value!r}")
            if value > most:
                raise UsageError(f"{name} must be at most {_shown(most, name)}, not {value!r}")


def _shown(most: int, name: str) -> str:
    if not name.endswith("_bytes"):
        return f"{most:,} seconds"
    return "64 MiB" if name == "output_bytes" else "1 PiB"


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
        seconds: wall time that it ran, without waiting for libraries to load.
        peak_bytes: largest resident set of its process, the interpreter included.
        stopped_by: `time`, `cpu`, `memory`, `output`, `forbidden`, `crash` or `killed`; `None`
            unless the status is `stopped`.
        truncated: output was cut at `Limits.output_bytes`, or `value` or `error` was longer than
            fits into a report (1 MiB and 16 KiB) and says in its middle how much is left out.
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


class AnyExecutor(Protocol):
    """Anything that runs programs: see `Executor.run`."""

    limits: Limits

    async def run(
        self,
        program: str,
        *,
        earlier: Sequence[str] = (),
        semantics: Semantics = ...,
        limits: Limits | None = None,
    ) -> Execution: ...
