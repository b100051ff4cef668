"""A call as `<function=NAME>` with `<parameter=NAME>` elements, whose values are plain text."""

from __future__ import annotations

import re

from mathcli.solving.calls.arguments import read_arguments, read_calls, read_program
from mathcli.solving.calls.base import ParsedCall
from mathcli.solving.calls.programs import is_program
from mathcli.solving.calls.tool import ARGUMENT

FUNCTION, FUNCTION_END = "<function=", "</function>"
_NAME = re.compile(r"<function\s*=\s*([^>\s]*)\s*>?")
_PARAMETER = re.compile(r"<parameter\s*=\s*[\"']?(\w+)[\"']?\s*>")
_END = "</parameter>"
_ANOTHER = re.compile(r"</parameter>\s*<parameter=")


def read_function(body: str) -> ParsedCall:
    """The program in a call.

    Also accepted: a missing end, a parameter with another name if it is the only one, a program
    directly inside the function, and JSON in place of the XML.
    """
    named = _NAME.search(body)
    if named is None:
        return read_calls(body)
    inner = _before_end(body[named.end() :])
    values = list(_PARAMETER.finditer(inner))
    if not values:
        if inner.lstrip().startswith("{"):
            return read_arguments(named[1], inner)
        return read_program(named[1], _one_line_off(inner))
    first = next((one for one in values if one[1] == ARGUMENT), values[0])
    return read_program(named[1], _value(inner[first.end() :]))


def complete(body: str) -> bool:
    """Whether the function has ended."""
    return body.rstrip().endswith(FUNCTION_END)


def _before_end(text: str) -> str:
    """The function's content: up to its last end tag, or to where the model left that out."""
    at = text.rfind(FUNCTION_END)
    return text[:at] if at >= 0 else text


def _value(text: str) -> str:
    """A parameter's value: up to its last end tag, or to the next parameter."""
    ends = [found.start() for found in re.finditer(_END, text)]
    last = ends[-1] if ends and not text[ends[-1] + len(_END) :].strip() else None
    another = _ANOTHER.search(text)
    if another is not None and is_program(text[: another.start()]):
        last = last if last is not None and is_program(text[:last]) else another.start()
    if last is not None:
        return _one_line_off(text[:last])
    for end in (_END, "</tool_call>", "</"):
        at = text.find(end)
        if at >= 0 and is_program(text[:at]):
            return _one_line_off(text[:at])
    return _one_line_off(text)


def _one_line_off(text: str) -> str:
    """The value without one line break on each side."""
    return text.removeprefix("\n").removesuffix("\n")
