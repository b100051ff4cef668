"""Run the programs of the training data: trusted generators, so plain processes with an alarm.

This is how data is made. Programs that a model writes go through mathcli's confined executor.
"""

from __future__ import annotations

import contextlib
import io
import signal
from functools import lru_cache
from types import FrameType

SECONDS = 5
LONGEST_OUTPUT = 160


class OutOfTime(Exception):
    """The program ran longer than `SECONDS`."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


@lru_cache(maxsize=4096)
def run(program: str) -> tuple[str | None, str | None]:
    """Execute one program in this process.

    Returns:
        What it printed and None, or None and the error's last line.
    """
    printed = io.StringIO()
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    return printed.getvalue(), None
