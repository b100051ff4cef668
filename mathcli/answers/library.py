"""Answers that our reader does not know (integrals, sums, limits), read by math-verify."""

from __future__ import annotations

from mathcli.answers.verdict import Comparison, undecided


def compare_with_library(first: str, second: str) -> Comparison:
    """The verdict of math-verify where it parses both, asked in both orders; else undecided."""
    return undecided("a text that could not be read")
