"""How fast this machine reads memory: what bounds a model that writes one text on the processor.

Each token takes a pass over all of a model's weights, so that bytes read a second, divided by the
bytes of a model, are the most tokens a second to expect of it.
"""

from __future__ import annotations

import threading
import time

from mathcli.engines.hardware import physical_threads

_BLOCK = 64 << 20  # bytes: more than a processor keeps in its caches
_SECONDS = 0.4


def bytes_read_a_second(seconds: float = _SECONDS) -> float:
    """Bytes that one thread a core reads from memory in a second, together."""
    import numpy

    blocks = [numpy.ones(_BLOCK // 8) for _ in range(physical_threads())]
    passes = [0] * len(blocks)
    began = time.perf_counter()

    def read(index: int) -> None:
        while time.perf_counter() - began < seconds:
            blocks[index].sum()  # releases the interpreter's lock
            passes[index] += 1

    threads = [threading.Thread(target=read, args=(index,)) for index in range(len(blocks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(passes) * _BLOCK / (time.perf_counter() - began)
