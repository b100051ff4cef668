"""Nemotron Nano 2: a list of JSON in `<TOOLCALL>` tags. (Nemotron 3 writes Qwen's XML.)"""

from __future__ import annotations

from mathcli.solving.calls.arguments import read_calls
from mathcli.solving.calls.base import Syntax
from mathcli.solving.calls.hermes import call_json, complete

_OPEN, _CLOSE = "<TOOLCALL>", "</TOOLCALL>"

SYNTAX = Syntax(
    open=(_OPEN,),
    close=_CLOSE,
    feedback="\n<SPECIAL_12>\n<SPECIAL_11>User\n<TOOL_RESPONSE>[{output}]</TOOL_RESPONSE>"
    "<SPECIAL_11>Assistant\n{begin}",
    read=read_calls,
    write=lambda program: f"{_OPEN}[{call_json(program)}]{_CLOSE}",
    complete=complete,
)
