"""The process that compares answers, so that it can be limited in memory and killed.

It reads frames from standard input and writes frames to standard output: four bytes of length,
most significant first, and that many bytes of JSON. It ends when its input does.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from typing import Any, BinaryIO

MEMORY_BYTES = 2 * 1024**3
_GRACE_SECONDS = 10


def write_frame(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message, ensure_ascii=False).encode()
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, or `None` at the end of the stream."""
    header = stream.read(4)
    if len(header) < 4:
        return None
    data = stream.read(int.from_bytes(header, "big"))
    message = json.loads(data) if data else None
    return message if isinstance(message, dict) else None


def limit_resources() -> None:
    """Give up memory, files and core dumps that comparing answers does not need."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's clock is what is left
        return
    for name, limit in (("RLIMIT_AS", MEMORY_BYTES), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    limit_resources()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    settings = read_frame(source)
    if settings is None:
        return
    # Loaded before the clock of a request runs:
    from mathcli.answers import identity, library, numeric, phrases, solutions  # noqa: F401
    from mathcli.answers.equivalence import Equivalence
    from mathcli.answers.policy import Policy

    equivalence = Equivalence(Policy(**settings["policy"]), algebra=True)
    library.announce = lambda loading: write_frame(sink, {"loading": loading})
    write_frame(sink, {"ready": True})
    if settings.get("preload"):
        threading.Thread(target=library.preload, daemon=True).start()
    while (request := read_frame(source)) is not None:
        _set_alarm(float(settings["timeout"]) + _GRACE_SECONDS)
        write_frame(sink, _answer(equivalence, request))
        _set_alarm(0)


def _answer(equivalence: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        comparison = equivalence.compare(request["first"], request["second"])
    except (MemoryError, RecursionError) as error:
        return {
            "verdict": "undecided",
            "reason": f"the answers are too complex to compare ({type(error).__name__})",
        }
    except Exception as error:
        return {"verdict": "undecided", "reason": f"comparing failed ({type(error).__name__})"}
    return {"verdict": comparison.verdict.value, "reason": comparison.reason}


def _set_alarm(seconds: float) -> None:
    """End this process after that much processor time, in case its parent is gone."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
