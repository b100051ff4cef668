"""Llama 3: a line of JSON without a marker, or a program after `<|python_tag|>`.

The end of the generation ends a call.
"""

from __future__ import annotations

from mathcli.solving.calls.arguments import read_calls, read_program
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.hermes import call_json
from mathcli.solving.calls.programs import in_json_string, in_python_string

_TAG = "<|python_tag|>"


def read(body: str) -> ParsedCall:
    """The call: JSON, or a program as plain text."""
    text = body.strip().removeprefix(_TAG)
    return read_calls(text) if _is_json(text) else read_program("", text)


def complete(body: str) -> bool:
    """Whether the JSON or the program has no open string."""
    return not (in_json_string if _is_json(body) else in_python_string)(body)


def _is_json(body: str) -> bool:
    return body.lstrip().startswith(("{", "[{"))


SYNTAX = Syntax(
    open=(_TAG,),
    starts=('{"name"', '{"type"', '{"function"'),
    close="",
    feedback="<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{json}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    read=read,
    write=lambda program: call_json(program, "parameters"),
    complete=complete,
)
