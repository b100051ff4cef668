"""Calls as XML in `<tool_call>` tags: Qwen3-Coder, Qwen3.5, Nemotron 3.

Models sometimes leave out the opening tag; then `<function=` begins the call.
"""

from __future__ import annotations

from mathcli.solving.calls import hermes
from mathcli.solving.calls.base import Syntax
from mathcli.solving.calls.tool import ARGUMENT, NAME
from mathcli.solving.calls.xml import FUNCTION, FUNCTION_END, complete, read_function


def write(program: str) -> str:
    """The call of a program."""
    return (
        f"{hermes.OPEN}\n{FUNCTION}{NAME}>\n<parameter={ARGUMENT}>\n{program}\n</parameter>\n"
        f"{FUNCTION_END}\n{hermes.CLOSE}"
    )


def _complete(body: str) -> bool:
    return complete(body) if FUNCTION in body else hermes.complete(body)


SYNTAX = Syntax(
    open=(hermes.OPEN,),
    starts=(FUNCTION,),
    close=hermes.CLOSE,
    feedback=hermes.SYNTAX.feedback,
    read=read_function,
    write=write,
    complete=_complete,
)
