"""Engines: what evaluates a sequence's tokens. They know nothing of mathematics."""

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
