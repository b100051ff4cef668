"""Solving: the loop of text, programs and outputs, and the transcript that it produces."""

from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.solver import Solver
from mathcli.solving.transcript import ModelInfo, Sample, Segment, Transcript, Vote

__all__ = [
    "Listener",
    "ModelInfo",
    "Sample",
    "Segment",
    "SolveOptions",
    "Solver",
    "Transcript",
    "Vote",
]
