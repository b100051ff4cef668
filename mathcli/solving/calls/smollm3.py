"""SmolLM3: Hermes' calls, or in its Python mode a program in `<code>` tags."""

from __future__ import annotations

from dataclasses import replace

from mathcli.solving.calls import hermes
from mathcli.solving.calls.arguments import read_program
from mathcli.solving.calls.base import ParsedCall
from mathcli.solving.calls.programs import in_python_string

_CODE, _CODE_END = "<code>", "</code>"


def _is_json(body: str) -> bool:
    return body.lstrip()[:1] in ("{", "[")


def read(body: str) -> ParsedCall:
    """The call: JSON, or the program as plain text."""
    if _is_json(body) or "<function=" in body:
        return hermes.read(body)
    return read_program("", body.removeprefix("\n").removesuffix("\n"))


def complete(body: str) -> bool:
    """Whether the JSON or the program has no open string."""
    return hermes.complete(body) if _is_json(body) else not in_python_string(body)


SYNTAX = replace(
    hermes.SYNTAX,
    open=(hermes.OPEN, _CODE),
    closes=((_CODE, _CODE_END),),
    feedback="<|im_end|>\n<|im_start|>user\n{output}<|im_end|>\n<|im_start|>assistant\n{begin}",
    read=read,
    complete=complete,
)
