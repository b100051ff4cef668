"""Calls as JSON in `<tool_call>` tags: Hermes, Qwen2.5, Qwen3 and many after them."""

from __future__ import annotations

import json

from mathcli.solving.calls.arguments import read_calls
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.programs import in_json_string
from mathcli.solving.calls.tool import ARGUMENT, NAME
from mathcli.solving.calls.xml import read_function

OPEN, CLOSE = "<tool_call>", "</tool_call>"


def read(body: str) -> ParsedCall:
    """The call in a JSON body; some checkpoints write XML instead."""
    return read_function(body) if "<function=" in body else read_calls(body)


def call_json(program: str, arguments: str = "arguments") -> str:
    """The call of a program as a JSON object."""
    return json.dumps({"name": NAME, arguments: {ARGUMENT: program}}, ensure_ascii=False)


def complete(body: str) -> bool:
    """Whether the JSON has no open string."""
    return not in_json_string(body)


SYNTAX = Syntax(
    open=(OPEN,),
    close=CLOSE,
    feedback="<|im_end|>\n<|im_start|>user\n<tool_response>\n{output}\n</tool_response><|im_end|>\n"
    "<|im_start|>assistant\n{begin}",
    read=read,
    write=lambda program: f"{OPEN}\n{call_json(program)}\n{CLOSE}",
    complete=complete,
)
