"""The process in which a template runs: it limits itself, renders, and answers.

In: one JSON record on standard input (`template`, `now`, `cpu_seconds`, `requests`). Out: the
line `ready` before the template is looked at, then one JSON line for every request, `text` or
`error`. If this process ends in any other way, its parent reports that.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

MEMORY_BYTES = 256 * 1024 * 1024  # beyond what the process has when the template begins
TOO_MUCH_MEMORY = "it needs more than 256 MiB of memory"
TOO_DEEP = "it calls itself too often"


def work() -> None:
    """Read a request, render, answer."""
    from mathcli.templates.environment import renderer, warm_up

    request = json.loads(sys.stdin.buffer.read())
    warm_up()
    _write("ready")
    _limit(request["cpu_seconds"])
    now = datetime.fromisoformat(request["now"])
    render, failure = None, ""
    try:
        render = renderer(request["template"], now)
    except BaseException as error:
        failure = describe(error)
    for variables in request["requests"]:
        answer = _answer(render, variables) if render else {"error": failure}
        _write(json.dumps(answer))


def _answer(
    render: Callable[[dict[str, Any]], str], variables: dict[str, Any]
) -> Mapping[str, str]:
    try:
        return {"text": render(variables)}
    except BaseException as error:
        failure = describe(error)
    if variables.get("tools", ()) is None:  # some templates go through a list that is not there
        with contextlib.suppress(BaseException):
            return {"text": render({**variables, "tools": []})}
    return {"error": failure}


def describe(error: BaseException) -> str:
    """A template's error in a few words."""
    if isinstance(error, MemoryError):
        return TOO_MUCH_MEMORY
    if isinstance(error, RecursionError):
        return TOO_DEEP
    return " ".join(str(error).split())[:2000] or type(error).__name__


def _write(line: str) -> None:
    sys.stdout.buffer.write(line.encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _limit(cpu_seconds: float) -> None:
    """Limit memory, processor time, written files and new processes, where the system can."""
    if sys.platform == "win32":
        return
    import resource
    import signal

    def most(kind: int, value: int) -> None:
        with contextlib.suppress(OSError, ValueError):  # macOS has no limit on memory
            resource.setrlimit(kind, (value, value))

    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:  # noqa: PTH123 (pathlib takes time to load)
            pages = int(statm.read().split()[0])
        most(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY_BYTES)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # which ends the process
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    most(resource.RLIMIT_CPU, int(cpu_seconds) + 2)
    most(resource.RLIMIT_CORE, 0)
    most(resource.RLIMIT_FSIZE, 0)
    most(resource.RLIMIT_NOFILE, 3)
    if hasattr(resource, "RLIMIT_NPROC"):
        most(resource.RLIMIT_NPROC, 0)
