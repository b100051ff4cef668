"""LFM2 and LFM2.5: a list of calls in Python's notation."""

from __future__ import annotations

import ast
import re

from mathcli.solving.calls.arguments import read_calls, read_program
from mathcli.solving.calls.base import ParsedCall, Syntax
from mathcli.solving.calls.programs import in_python_string, is_program
from mathcli.solving.calls.tool import ARGUMENT, NAME

_OPEN, _CLOSE = "<|tool_call_start|>", "<|tool_call_end|>"
_FIRST = re.compile(r"\s*\[?\s*([A-Za-z_][\w.]*)\s*\(\s*(?:\w+\s*=\s*)?")
_LAST = re.compile(r"\)?\s*\]?\s*$")


def read(body: str) -> ParsedCall:
    """The program in the calls of a list.

    The template of LFM2.5 puts strings between quotes without escapes: a list that Python cannot
    parse is read in that way. JSON is accepted too.
    """
    if re.match(r"\s*\[?\s*\{", body):
        return read_calls(body)
    calls = _parsed(body)
    if calls is None:
        return _unparsed(body)
    programs = [one for one in map(_program, calls) if one is not None]
    if programs:
        return ParsedCall("\n".join(programs))
    first = calls[0].func if calls else None
    return read_program(ast.unparse(first) if first is not None else "", "")


def _parsed(body: str) -> list[ast.Call] | None:
    try:
        tree = ast.parse(body.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    items = tree.elts if isinstance(tree, (ast.List, ast.Tuple)) else [tree]
    calls = [one for one in items if isinstance(one, ast.Call)]
    return calls if len(calls) == len(items) else None


def _program(call: ast.Call) -> str | None:
    """The string argument of a call, by its name or because it is the only one."""
    named = {one.arg: one.value for one in call.keywords}
    given = [*call.args, *named.values()]
    value = named.get(ARGUMENT) or (given[0] if len(given) == 1 else None)
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.strip():
        return value.value
    return None


def _unparsed(body: str) -> ParsedCall:
    """The text between the first and the last quote."""
    found = _FIRST.match(body)
    if found is None:
        return read_calls(body)
    text = _LAST.sub("", body[found.end() :], count=1)
    quote = next((one for one in ('"""', "'''", '"', "'") if text.startswith(one)), "")
    if quote:
        text = text[len(quote) :].removesuffix(quote)
    return read_program(found[1], text)


def complete(body: str) -> bool:
    """Whether the list has ended: outside any string, escaped or not."""
    text = body.rstrip()
    return text.endswith("]") and (is_program(text) or not in_python_string(text))


SYNTAX = Syntax(
    open=(_OPEN,),
    close=_CLOSE,
    feedback="<|im_end|>\n<|im_start|>tool\n{output}<|im_end|>\n<|im_start|>assistant\n{begin}",
    read=read,
    write=lambda program: f"{_OPEN}[{NAME}({ARGUMENT}={program!r})]{_CLOSE}",
    complete=complete,
)
