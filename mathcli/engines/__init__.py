"""Engines evaluate the tokens of sequences. They contain nothing about mathematics."""

from mathcli.engines.base import (
    Completion,
    Counts,
    Engine,
    Finish,
    Piece,
    Sampling,
    TextSequence,
    Token,
)

__all__ = [
    "Completion",
    "Counts",
    "Engine",
    "Finish",
    "Piece",
    "Sampling",
    "TextSequence",
    "Token",
]
