"""OpenAI's harmony format, used by gpt-oss: every message has a header with its sender, recipient
and channel.

A call goes `to=functions.python` with JSON, or to the model's built-in `python` tool with plain
text.
"""

from __future__ import annotations

import json
import re

from mathcli.solving.calls.arguments import read_arguments, read_program
from mathcli.solving.calls.base import ChannelKind, Channels, ParsedCall, Syntax
from mathcli.solving.calls.programs import in_json_string
from mathcli.solving.calls.tool import ARGUMENT, NAME

_MESSAGE = "<|message|>"
_RECIPIENT = re.compile(r"to=([\w.]+)")
_BUILT_IN = (
    "<|start|>python to=assistant<|channel|>analysis<|message|>{output}<|end|><|start|>assistant"
)


def kind(header: str) -> ChannelKind:
    """The kind of message that a header announces.

    >>> kind("<|channel|>analysis"), kind("<|channel|>final"), kind(" to=functions.python json")
    ('thought', 'text', 'call')
    """
    if _RECIPIENT.search(header) and "to=assistant" not in header:
        return "call"
    return "thought" if "analysis" in header else "text"


def read(body: str) -> ParsedCall:
    """The call in a header and its message, which is JSON if either of them shows that."""
    header, _, message = body.partition(_MESSAGE)
    found = _RECIPIENT.search(header)
    recipient = found[1] if found else ""
    feedback = _BUILT_IN if recipient == NAME else None
    name = recipient.rpartition(".")[2]
    if "json" in header or message.lstrip().startswith("{"):
        call = read_arguments(name, message)
    else:
        call = read_program(name, message)
    return ParsedCall(call.program, call.error, feedback)


def complete(body: str) -> bool:
    """Whether a JSON message has no open string."""
    header, _, message = body.partition(_MESSAGE)
    return "json" not in header or not in_json_string(message)


def write(program: str) -> str:
    """The call of a program."""
    arguments = json.dumps({ARGUMENT: program}, ensure_ascii=False)
    return f" to=functions.{NAME}<|channel|>commentary json{_MESSAGE}{arguments}<|call|>"


SYNTAX = Syntax(
    open=(),
    close="<|call|>",
    feedback=f"<|start|>functions.{NAME} to=assistant<|channel|>commentary{_MESSAGE}{{json}}<|end|>"
    "<|start|>assistant",
    read=read,
    write=write,
    complete=complete,
    channels=Channels(
        begin=("<|start|>assistant", "<|start|>", "<|channel|>", "<|end|>"), end=_MESSAGE, kind=kind
    ),
)
