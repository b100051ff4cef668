"""MiniCPM 5: XML with attributes; the program is in a CDATA section."""

from __future__ import annotations

import re

from mathcli.solving.calls import hermes
from mathcli.solving.calls.arguments import read_calls, read_program
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.tool import ARGUMENT, NAME

_OPEN, _CLOSE = "<function name=", "</function>"
_BEGIN = f'{_OPEN}"{NAME}"><param name="{ARGUMENT}">'
_NAME = re.compile(r"<function\s+name\s*=\s*[\"']?([^\"'>\s]*)[\"']?\s*>?")
_VALUE = re.compile(r"<param\s+name\s*=\s*[\"']?\w+[\"']?\s*>(.*)", re.DOTALL)
_CDATA, _CDATA_END, _VALUE_END = "<![CDATA[", "]]>", "</param>"


def read(body: str) -> ParsedCall:
    """The program in the first parameter."""
    named = _NAME.search(body)
    found = _VALUE.search(body)
    if named is None or found is None:
        return read_calls(body) if named is None else read_program(named[1], "")
    text = found[1]
    at = text.rfind(_VALUE_END)
    text = text[:at] if at >= 0 else text
    if text.startswith(_CDATA):
        text = text[len(_CDATA) :]
        at = text.rfind(_CDATA_END)
        text = text[:at] if at >= 0 else text
    return read_program(named[1], text)


def complete(body: str) -> bool:
    """Whether the last parameter has ended."""
    end = _CDATA_END + _VALUE_END if _CDATA in body else _VALUE_END
    return body.rstrip().endswith(end)


SYNTAX = Syntax(
    open=(),
    starts=(_OPEN,),
    close=_CLOSE,
    feedback=hermes.SYNTAX.feedback,
    read=read,
    write=lambda program: f"{_BEGIN}{_CDATA}{program}{_CDATA_END}{_VALUE_END}{_CLOSE}",
    complete=complete,
)
