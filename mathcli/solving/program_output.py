"""A program's output, in the form that the model was trained on."""

from __future__ import annotations

import json

from mathcli.engines import Piece
from mathcli.models import CodeFormat
from mathcli.solving.calls import completed
from mathcli.solving.segments import SegmentStream

_JSON = "{json}"


def framed(output: str, code: CodeFormat, stream: SegmentStream, begin: str = "") -> list[Piece]:
    """A program's output in the family's frame, without the part of the frame that the model
    already wrote.

    Special tokens are parsed in the frame, never in the output.

    Args:
        begin: the beginning of a response, for frames with a place for it.
    """
    code = completed(code)
    call = stream.last_call
    frame = (call.feedback if call else None) or code.feedback
    if _JSON in frame:
        before, _, after = frame.partition(_JSON)
        output = json.dumps(output, ensure_ascii=False)
    else:
        before, _, after = frame.partition("{output}")
    if not stream.unclosed:
        before = remaining(before, stream.tail)
    elif code.syntax == "fenced":
        before = code.close + before
    else:
        before = remaining(stream.close + before, stream.text)
    after = after.replace("{begin}", begin)
    pieces = [Piece(before, markup=True), Piece(output), Piece(after, markup=True)]
    return [piece for piece in pieces if piece.text]


def remaining(frame: str, written: str) -> str:
    """`frame` without the longest beginning of it that `written` ends with.

    A model may write the frame without the newline before it; then the newline is left out too.

    >>> remaining("\\n```output\\n", "```\\n```out")
    'put\\n'
    """
    begun = (frame, frame.lstrip("\n"))
    length, start = max(((_common(written, start), start) for start in begun), key=lambda f: f[0])
    return start[length:] if length else frame


def _common(written: str, start: str) -> int:
    lengths = range(min(len(written), len(start)), 0, -1)
    return next((length for length in lengths if written.endswith(start[:length])), 0)
