"""Entry point of the `mathcli` command."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from mathcli.errors import MathcliError
from mathcli.screen import flush, note, reopen_closed, write

_USE_A_MODEL = {"solve", "batch", "bench", "calibrate", "eval", "serve"}  # see cli/guard.py
_INTERRUPTED = 130
_HELP = frozenset(("-h", "--help", "--help-all"))


def main() -> None:
    """Run the command line and exit with its code."""
    reopen_closed()
    argv = sys.argv[1:]
    if argv == ["--version"]:  # without any slow import
        sys.exit(_show_version())
    try:
        from mathcli.cli.first_words import understood

        code = _start(understood(argv))
    except KeyboardInterrupt:  # during imports
        note("mathcli: interrupted")
        code = _INTERRUPTED
    if code == _INTERRUPTED and _is_job_of_a_shell():
        _end_by_the_signal()
    sys.exit(code)


def _is_job_of_a_shell() -> bool:
    """Is this a command that a shell started on a terminal, rather than another program?"""
    if not hasattr(os, "tcgetpgrp") or os.getsid(0) == os.getpid():
        return False
    for stream in (0, 1, 2):
        with suppress(OSError):
            return os.tcgetpgrp(stream) == os.getpgrp()
    return False


def _end_by_the_signal() -> None:
    """End as Ctrl-C ends a command, so that a shell ends its loop too; its `$?` is 130."""
    with suppress(MathcliError):
        flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.kill(os.getpid(), signal.SIGINT)


def _show_version() -> int:
    from mathcli import __version__
    from mathcli.errors import OutputError

    try:
        write(f"mathcli {__version__}\n")
    except OutputError as error:
        note(f"mathcli: {error.message}")
        return int(error.exit_code)
    return 0


def _start(argv: Sequence[str]) -> int:
    if argv and argv[0] in _USE_A_MODEL and _HELP.isdisjoint(argv):
        from mathcli.cli.guard import run_guarded

        return run_guarded(_run, argv)
    return _run(argv)


def _run(argv: Sequence[str]) -> int:
    from mathcli.cli.app import run

    return run(argv)


if __name__ == "__main__":
    # `python -m` puts the working folder first: the user's files must not replace our modules.
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    main()
