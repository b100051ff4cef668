"""Gemma 4: `call:NAME{argument:value}`, with strings between special marks and without escapes."""

from __future__ import annotations

import re

from mathcli.solving.calls.arguments import read_calls, read_program
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.tool import ARGUMENT, NAME

_QUOTE = '<|"|>'
_OPEN, _CLOSE = "<|tool_call>", "<tool_call|>"
_NAME = re.compile(r"\s*(?:call:)?\s*([\w.]*)\s*\{")


def read(body: str) -> ParsedCall:
    """The program between the first and the last mark; without marks, parsed as lenient JSON."""
    named = _NAME.match(body)
    name = named[1] if named else ""
    first, last = body.find(_QUOTE), body.rfind(_QUOTE)
    if first < 0:
        return read_calls(body[named.end() - 1 :] if named else body)
    if last == first:  # the closing mark is missing
        return read_program(name, body[first + len(_QUOTE) :].rstrip().removesuffix("}"))
    return read_program(name, body[first + len(_QUOTE) : last])


def complete(body: str) -> bool:
    """Whether the call's last string has ended."""
    return _QUOTE not in body or body.rstrip().endswith(_QUOTE + "}")


SYNTAX = Syntax(
    open=(_OPEN,),
    close=_CLOSE,
    feedback=f"<|tool_response>response:{NAME}{{value:{_QUOTE}{{output}}{_QUOTE}}}<tool_response|>",
    read=read,
    write=lambda program: f"{_OPEN}call:{NAME}{{{ARGUMENT}:{_QUOTE}{program}{_QUOTE}}}{_CLOSE}",
    complete=complete,
)
