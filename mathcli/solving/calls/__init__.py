"""The syntaxes in which models call the executor: one module for each, and their common parts.

A new syntax needs a new module with a `SYNTAX`, and its name in the schema of cards.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

from mathcli.models import CodeFormat
from mathcli.solving.calls.arguments import read_calls
from mathcli.solving.calls.base import Channels, ParsedCall, Syntax
from mathcli.solving.calls.programs import is_program
from mathcli.solving.calls.tool import TOOL, offered

__all__ = [
    "TOOL",
    "Channels",
    "ParsedCall",
    "Syntax",
    "completed",
    "offered",
    "read_call",
    "recorded_program",
    "syntax_named",
]

_FENCED = "fenced"


@cache
def syntax_named(name: str) -> Syntax:
    """The syntax with this name in cards (`qwen-xml`)."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    syntax: Syntax = module.SYNTAX
    return syntax


@cache
def completed(code: CodeFormat) -> CodeFormat:
    """The markers of a family's programs: the card's own, else those of its syntax."""
    if code.syntax == _FENCED:
        return code
    usual, syntax = CodeFormat(), syntax_named(code.syntax)
    own = {
        "open": (*syntax.open, *syntax.starts),
        "close": syntax.close,
        "stops": syntax.stops,
        "feedback": syntax.feedback,
    }
    kept = {key: value for key, value in own.items() if getattr(code, key) == getattr(usual, key)}
    return code.replace(**kept)


def read_call(written: str, code: CodeFormat) -> ParsedCall:
    """Parse the text between the markers of a program as a call.

    >>> read_call('{"arguments": {"code": "print(1)"}}', CodeFormat(syntax="hermes")).program
    'print(1)'
    """
    if code.runs_if is not None and code.runs_if not in written:
        return ParsedCall(None)
    for marker in code.drop:
        written = written.replace(marker, "")
    read = read_calls if code.json else syntax_named(code.syntax).read
    call = read(written)
    if call.program is None or not code.call:
        return call
    return replace(call, program=f"{call.program}\n{code.call}")


def recorded_program(text: str, code: CodeFormat) -> str | None:
    """The Python code in a record, which is a program or a call as the model wrote it; `None` if it
    is words."""
    if is_program(text) and not text.lstrip().startswith("{"):  # like a JSON string
        return read_call(text, code.replace(syntax=_FENCED, json=False)).program
    call = read_call(text, code)
    return text if call.program is None and call.error is not None else call.program
