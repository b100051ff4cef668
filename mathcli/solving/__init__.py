"""Solving: the loop of words, programs and outputs, and the transcript that it writes."""

from mathcli.solving.loop import Listener, SolveOptions, Solver
from mathcli.solving.transcript import ModelInfo, Segment, Transcript

__all__ = ["Listener", "ModelInfo", "Segment", "SolveOptions", "Solver", "Transcript"]
