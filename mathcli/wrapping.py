"""Long lines on a terminal, broken between words: a terminal itself breaks inside them."""

from __future__ import annotations

import os
import sys
from typing import Any

_COMMAND = "CMAKE_ARGS="  # begins a long command, which stays one line, so that it can be copied

USUAL = 80
"""The width where there is no terminal, in columns."""


def columns(stream: Any = None) -> int:
    """The width of lines: what COLUMNS says, else the stream's terminal, else 80.

    Args:
        stream: `None` for standard output.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said) > 0:
        return int(said)
    try:
        width = os.get_terminal_size((stream or sys.stdout).fileno()).columns
    except (OSError, ValueError, AttributeError):  # no terminal, closed, or replaced
        return USUAL
    return width or USUAL


def wrapped(text: str, width: int, *, indent: str = "  ") -> str:
    """The text with lines of at most `width` columns; a longer word stays whole, and so does the
    command that rebuilds the native library, on a line of its own.

    Args:
        indent: what continued lines begin with, after the indentation of their first line.

    >>> print(wrapped("- one two three", 9))
    - one two
      three
    """
    from textwrap import TextWrapper

    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= width:
            lines.append(line)
            continue
        margin = line[: len(line) - len(line.lstrip(" "))]
        prose, mark, command = line.partition(_COMMAND)
        wrapper = TextWrapper(
            width, subsequent_indent=margin + indent, break_long_words=False,
            break_on_hyphens=False, expand_tabs=False, replace_whitespace=False,
        )  # fmt: skip
        lines += wrapper.wrap(prose) or [prose]
        lines += [margin + indent + mark + command] if mark else []
    return "\n".join(lines)
