"""Mistral: `[TOOL_CALLS]`, then a list of JSON, or the tool's name, `[ARGS]` and its arguments.

The end of the generation ends a call.
"""

from __future__ import annotations

import json
import re

from mathcli.solving.calls.arguments import read_arguments, read_calls
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.hermes import complete
from mathcli.solving.calls.tool import ARGUMENT, NAME

_OPEN, _ARGUMENTS = "[TOOL_CALLS]", "[ARGS]"
_NAME = re.compile(r"\s*([\w.-]*)\s*(?:\[CALL_ID\]\w*)?\s*")


def read(body: str) -> ParsedCall:
    """The call, in the syntax of either generation of the family."""
    named = _NAME.match(body)
    if named is None or not named[1]:
        return read_calls(body)
    return read_arguments(named[1], body[named.end() :].removeprefix(_ARGUMENTS))


SYNTAX = Syntax(
    open=(_OPEN,),
    close="",
    feedback="</s>[TOOL_RESULTS]{output}[/TOOL_RESULTS]",
    read=read,
    write=lambda program: (
        f"{_OPEN}{NAME}{_ARGUMENTS}{json.dumps({ARGUMENT: program}, ensure_ascii=False)}"
    ),
    complete=complete,
)
