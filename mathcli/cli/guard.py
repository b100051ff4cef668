"""Runs the command in a child process, so that a crash of the native library gives a message.

llama.cpp may abort its process. The parent only waits: it forks before any large import, costs a
millisecond and a few megabytes, and turns a death by signal into a one-line message and exit code
5. On platforms where this is not possible (Windows, macOS) the command runs directly.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import sys
from collections.abc import Callable, Sequence

from mathcli.errors import EngineError, Exit

_log = logging.getLogger("mathcli.doing")

_NOTE_BYTES = 512
_PASSED_ON = (signal.SIGINT, signal.SIGTERM) + (
    (signal.SIGHUP, signal.SIGQUIT) if hasattr(signal, "SIGHUP") else ()
)
_SI_KERNEL = 0x80  # si_code of a signal that the terminal sent to the whole process group
_PR_SET_PDEATHSIG = 1

_note: mmap.mmap | None = None
_listener: Callable[[str], None] | None = None


def doing(what: str) -> None:
    """Record the current activity (`loading model.gguf`) for a crash message, and pass it to the
    listener set by `tell`."""
    if _note is not None:
        _note[:] = what.encode("utf-8", "replace")[:_NOTE_BYTES].ljust(_NOTE_BYTES, b"\0")
    _log.info("%s", what)
    if _listener is not None:
        _listener(what)


def tell(listener: Callable[[str], None] | None) -> None:
    """Set the listener for the current activity; `None` removes it."""
    global _listener
    _listener = listener


def run_guarded(work: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Run `work(argv)` in a child process and return its exit code.

    Signals sent to this process reach the child; signals that a terminal sends reach both.
    """
    global _note
    if not (hasattr(os, "fork") and hasattr(signal, "sigwaitinfo")):
        return work(argv)
    _note = mmap.mmap(-1, _NOTE_BYTES)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _die_with(parent)
        return work(argv)
    return _exit_code(_wait(child), argv)


def _wait(child: int) -> int:
    """Wait for the child, passing signals on; return its wait status."""
    while True:
        info = signal.sigwaitinfo({*_PASSED_ON, signal.SIGCHLD})
        if info.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return status
        elif info.si_code != _SI_KERNEL:
            os.kill(child, info.si_signo)


def _exit_code(status: int, argv: Sequence[str]) -> int:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    number = -code
    if number in _PASSED_ON:  # it was terminated: end by the same signal, as shells expect
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    from mathcli.cli.output import report_error

    return report_error(_crash(signal.Signals(number).name), as_json="--json" in argv)


def _crash(name: str) -> EngineError:
    noted = bytes(_note or b"").rstrip(b"\0").decode("utf-8", "replace")
    while_doing = f" while {noted}" if noted else ""
    if name == "SIGKILL":
        return EngineError(
            f"the process was killed{while_doing}, most likely because memory ran out",
            "try a smaller model or quant, or a smaller --context",
        )
    return EngineError(f"the native library crashed ({name}){while_doing}", "see: mathcli doctor")


def _die_with(parent: int) -> None:
    """End this process when its parent is killed (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(int(Exit.ENGINE))
