"""Between the model and the executor: what stands between markers as a program to run, and a
program's output as the model was trained to read it."""

from __future__ import annotations

from mathcli.engines import Piece
from mathcli.json_text import parse
from mathcli.models import CodeFormat
from mathcli.solving.segments import SegmentStream


def source(written: str, code: CodeFormat) -> str | None:
    """The Python to run for what the model wrote; `None` where that is no program.

    >>> source('{"name": "python", "arguments": {"code": "print(1)"}}', CodeFormat(json=True))
    'print(1)'
    """
    if code.runs_if is not None and code.runs_if not in written:
        return None
    for marker in code.drop:
        written = written.replace(marker, "")
    if code.json:
        written = _from_call(written)
    return f"{written}\n{code.call}" if code.call else written


def _from_call(written: str) -> str:
    """The `code` argument of a tool call, its `input` as standard input.

    Text that is no such call is run as it stands: the model is told what Python says of it.
    """
    try:
        arguments = parse(written)["arguments"]
        program = arguments["code"]
        given = arguments.get("input") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        return written
    if not isinstance(program, str):
        return written
    if given:
        return f"import io, sys\nsys.stdin = io.StringIO({str(given)!r})\n{program}"
    return program


def framed(output: str, code: CodeFormat, stream: SegmentStream) -> list[Piece]:
    """A program's output in the family's frame, less what the model wrote of the frame itself.

    Special tokens are parsed in the frame and never in the output.
    """
    before, _, after = code.feedback.partition("{output}")
    before = code.close + before if stream.unclosed else _remaining(before, stream.tail)
    pieces = [Piece(before, markup=True), Piece(output), Piece(after, markup=True)]
    return [piece for piece in pieces if piece.text]


def _remaining(frame: str, written: str) -> str:
    """`frame` without the longest beginning of it that `written` ends with.

    A model may begin the frame without the newline before it: then that is left out too.
    """
    begun = (frame, frame.lstrip("\n"))
    length, start = max(((_common(written, start), start) for start in begun), key=lambda f: f[0])
    return start[length:] if length else frame


def _common(written: str, start: str) -> int:
    lengths = range(min(len(written), len(start)), 0, -1)
    return next((length for length in lengths if written.endswith(start[:length])), 0)
