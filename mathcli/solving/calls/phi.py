"""Phi-4-mini: a list of JSON in `<|tool_call|>` tags, or after `functools`."""

from __future__ import annotations

from mathcli.solving.calls.arguments import read_calls
from mathcli.solving.calls.base import Syntax
from mathcli.solving.calls.hermes import call_json, complete

_OPEN, _CLOSE, _OLDER = "<|tool_call|>", "<|/tool_call|>", "functools["

SYNTAX = Syntax(
    open=(_OPEN,),
    starts=(_OLDER,),
    close=_CLOSE,
    closes=((_OLDER, ""),),
    feedback="<|end|><|tool_response|>{output}<|end|><|assistant|>{begin}",
    read=lambda body: read_calls(body.strip().removeprefix("functools")),
    write=lambda program: f"{_OPEN}[{call_json(program)}]{_CLOSE}",
    complete=complete,
)
