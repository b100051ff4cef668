"""Programs in fences other than the card's: bare fences, tildes, another word after the fence.

Small models are shown one kind of fence and often write another. A block counts as a program only
if it is Python that prints something; blocks of output, LaTeX or prose do not.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^(?P<fence>```+|~~~+)[ \t]*(?P<word>[\w+-]*)[^\n]*\n(?P<body>.*?)(?:^(?P=fence)[ \t]*$|\Z)",
    re.S | re.M,
)
_NO_PROGRAMS = frozenset(("output", "text", "txt", "latex", "tex", "math", "json", "bash", "sh"))


@dataclass(frozen=True)
class Fenced:
    """A program and the words before it."""

    before: str
    program: str


def fenced_program(text: str) -> Fenced | None:
    """The last program that stands in a fence of `text`.

    >>> fenced_program("So:\\n~~~\\nprint(6 * 7)\\n~~~\\nThat is it.")
    Fenced(before='So:\\n', program='print(6 * 7)')
    >>> fenced_program("It prints\\n```\\n42\\n```") is None
    True
    """
    blocks = [
        block
        for block in _BLOCK.finditer(text)
        if block["word"].lower() not in _NO_PROGRAMS and _prints(block["body"])
    ]
    if not blocks:
        return None
    return Fenced(text[: blocks[-1].start()], blocks[-1]["body"].rstrip("\n"))


def _prints(body: str) -> bool:
    """Is this valid Python that calls `print`?"""
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in ast.walk(tree)
    )
