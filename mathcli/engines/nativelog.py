"""The native library's log: kept for error messages, shown only on request."""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any

from mathcli import screen

_lines: deque[str] = deque(maxlen=200)
_partial = ""
_echo = False
_callback: Any = None  # must stay referenced: the C side holds only a pointer


def capture() -> None:
    """Redirect the library's log to this module."""
    global _callback
    if _callback is None:
        import llama_cpp

        _callback = llama_cpp.llama_log_callback(_receive)
        llama_cpp.llama_log_set(_callback, ctypes.c_void_p(0))


def echo(wanted: bool) -> None:
    """Also print the log on standard error, or stop doing so."""
    global _echo
    _echo = wanted


def _receive(level: int, text: bytes, _data: object) -> None:
    global _partial
    decoded = text.decode("utf-8", "replace")
    if _echo:
        screen.echo(decoded)
    *complete, _partial = (_partial + decoded).split("\n")
    _lines.extend(complete)


def recent() -> list[str]:
    """The last lines, oldest first."""
    return list(_lines)


def clear() -> None:
    """Clear the kept lines."""
    _lines.clear()
