"""Makes an `Execution` of what the kernel and the child reported about a run."""

from __future__ import annotations

import codecs
import signal

from mathcli.sandbox import wire
from mathcli.sandbox.connection import RunReply
from mathcli.sandbox.execution import Execution, Limits, Status

_NAMES = {
    "SIGXCPU": "cpu",
    "SIGXFSZ": "output",
    "SIGSYS": "forbidden",
    "SIGSEGV": "crash",
    "SIGBUS": "crash",
    "SIGABRT": "crash",
    "SIGFPE": "crash",
    "SIGILL": "crash",
    "SIGTRAP": "crash",
}
_STOPPED_BY_SIGNAL = {  # not every system has every signal
    int(getattr(signal, name)): by for name, by in _NAMES.items() if hasattr(signal, name)
}
_STOPPED_BY_PARENT = {wire.TIME: "time", wire.MEMORY: "memory", wire.OUTPUT: "output",
                      wire.CPU: "cpu"}  # fmt: skip


def execution(program: str, answer: RunReply, limits: Limits) -> Execution:
    """The verdict about `program`.

    What stopped it is decided before its report is read, so that no report can turn a stop into
    anything else. A process that did not end the way `child.run` ends counts as raised, whatever
    its report says.
    """
    too_much = len(answer.output) > limits.output_bytes
    stopped_by = _stopped_by(answer, too_much)
    outcome, shortened, value, error = wire.unpack_report(answer.report)
    status: Status = "ok"
    if stopped_by is not None:
        status, value, error = "stopped", None, None
    elif answer.status != 0 or outcome not in (wire.OK, wire.RAISED):
        status, value = "raised", None
        error = f"SystemExit: the program ended the interpreter (exit status {answer.status >> 8})"
    elif outcome == wire.RAISED:
        status, value, error = "raised", None, error or "Exception"
    said = value is not None or status == "raised"
    return Execution(
        program=program,
        status=status,
        stdout=_text(answer.output, int(limits.output_bytes)),
        value=value,
        error=error,
        seconds=answer.seconds,
        peak_bytes=answer.peak_bytes,
        stopped_by=stopped_by,
        truncated=too_much or (said and shortened),
    )


def never_ran(program: str, *, error: str | None) -> Execution:
    """The verdict about a program that no process ran to its end: it raised, or was killed."""
    status: Status = "stopped" if error is None else "raised"
    stopped_by = "killed" if error is None else None
    return Execution(program, status, "", None, error, 0.0, 0, stopped_by, False)


def _text(output: bytes, most: int) -> str:
    """The first `most` bytes as text; a character that the cut goes through is left out."""
    if len(output) <= most:
        return output.decode("utf-8", "replace")
    return codecs.getincrementaldecoder("utf-8")("replace").decode(output[:most])


def _stopped_by(answer: RunReply, too_much: bool) -> str | None:
    if answer.stopped in _STOPPED_BY_PARENT:
        return _STOPPED_BY_PARENT[answer.stopped]
    if too_much:
        return "output"
    killed_by = answer.status & 0x7F
    if killed_by:
        return _STOPPED_BY_SIGNAL.get(killed_by, "killed")
    return None
