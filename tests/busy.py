"""A machine that others use: processes that want a core all the time."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def busy_core(others: int) -> Iterator[int]:
    """The number of a core that so many processes want all the time (Linux)."""
    core = max(os.sched_getaffinity(0))
    spin = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    processes = [
        # Sessions of their own, because the kernel gives each session the same share.
        subprocess.Popen(
            [sys.executable, "-c", spin], stdout=subprocess.PIPE, start_new_session=True
        )
        for _ in range(others)
    ]
    try:
        for one in processes:
            assert one.stdout is not None
            one.stdout.readline()
        yield core
    finally:
        for one in processes:
            one.kill()
            one.wait()
            assert one.stdout is not None
            one.stdout.close()
