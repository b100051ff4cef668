"""Writes a solution through `TerminalTrace`, as told on standard input, one event a line.

A NUL on standard output follows every event, so that a reader knows that all of it is out.
"""

from __future__ import annotations

import json
import os
import sys

from rich.console import Console

from mathcli.rendering.terminal import TerminalTrace
from mathcli.solving.transcript import Segment
from tests.rendering.samples import one_of_several, sample, voted


def main() -> None:
    trace = TerminalTrace(Console(highlight=False))
    for line in sys.stdin:
        name, *values = json.loads(line)
        if name == "delta":
            trace.delta(values[0], values[1])
        elif name == "segment":
            trace.segment(Segment(values[0], values[1], 120.0, 3, values[2]))
        elif name == "sample":
            trace.sample(*values[:2], one_of_several(values[2]))
        elif name == "voted":
            trace.finish(voted())
        else:
            trace.finish(sample(**values[0]))
        sys.stdout.flush()
        os.write(1, b"\0")


if __name__ == "__main__":
    main()
