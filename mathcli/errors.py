"""The errors reported to users: each with its exit code, message and next step.

Code below the command line raises these; only `mathcli.cli` turns them into text, JSON and
an exit code. An error that is not one of these is a bug in mathcli and is reported as such.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of every command (a contract that scripts rely on)."""

    OK = 0
    WRONG = 1
    USAGE = 2
    NO_ANSWER = 3
    MODEL = 4
    ENGINE = 5
    STOPPED = 6
    INTERRUPTED = 130


class MathcliError(Exception):
    """Base of all errors shown to a user.

    Args:
        message: what happened, in one line without a full stop.
        hint: what to type or do next, in one line; `None` if there is nothing to do.
    """

    exit_code: ClassVar[Exit] = Exit.ENGINE
    code: ClassVar[str] = "internal"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def record(self) -> dict[str, str]:
        """The `error` object of JSON output: `code`, `message` and, if there is one, `hint`."""
        found = {"code": self.code, "message": self.message}
        return found | {"hint": self.hint} if self.hint else found


class UsageError(MathcliError):
    """The command line or the input is invalid (exit 2)."""

    exit_code = Exit.USAGE
    code = "usage"


class NoProblem(MathcliError):
    """The text to solve is not a problem of mathematics."""

    exit_code = Exit.NO_ANSWER
    code = "no_problem"


class ModelError(MathcliError):
    """A model is missing, not a GGUF, damaged, or of an unknown architecture (exit 4)."""

    exit_code = Exit.MODEL
    code = "model"


class EngineError(MathcliError):
    """The native library, memory or the model's context failed (exit 5)."""

    exit_code = Exit.ENGINE
    code = "engine"


class ContextFull(EngineError):
    """A sequence needs more tokens than the context has (exit 5)."""

    code = "context"


class TimeUp(MathcliError):
    """A problem's time was up before the model could begin (exit 6)."""

    exit_code = Exit.STOPPED
    code = "timeout"


class SandboxError(MathcliError):
    """The executor cannot confine programs as requested (exit 6)."""

    exit_code = Exit.STOPPED
    code = "sandbox"


class BatchStopped(MathcliError):
    """A batch cannot go on, for example because the disk is full; its results are kept (exit 6)."""

    exit_code = Exit.STOPPED
    code = "stopped"


class OutputError(MathcliError):
    """The output cannot be written: a full disk, a closed stream (exit 6)."""

    exit_code = Exit.STOPPED
    code = "output"
