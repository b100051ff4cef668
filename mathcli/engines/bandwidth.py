"""Measures the memory bandwidth, which limits a model that writes one text on the processor.

Each token reads all weights of a model once, so the bandwidth divided by the model's size is an
upper bound for its tokens per second.
"""

from __future__ import annotations

import threading
import time

from mathcli.engines.hardware import physical_threads

_BLOCK = 64 << 20  # bytes: more than the processor's caches hold
_SECONDS = 0.4


def bytes_read_a_second(seconds: float = _SECONDS) -> float:
    """The bytes per second that one thread on each core read from memory, together."""
    import numpy

    blocks = [numpy.ones(_BLOCK // 8) for _ in range(physical_threads())]
    passes = [0] * len(blocks)
    began = time.perf_counter()

    def read(index: int) -> None:
        while time.perf_counter() - began < seconds:
            blocks[index].sum()  # releases the GIL
            passes[index] += 1

    threads = [threading.Thread(target=read, args=(index,)) for index in range(len(blocks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(passes) * _BLOCK / (time.perf_counter() - began)
