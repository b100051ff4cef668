"""Splits the text of a recorded solution into words, programs, and their outputs."""

from __future__ import annotations

import re
from typing import Any

from mathcli.models import CodeFormat

_ERROR = re.compile(
    r"(?:(?:runtime |execution )?errors?\s*:|[a-z_.]*(?:error|exception|interrupt)\b"
    r"|time(?:d\s*)?out\b)",
    re.IGNORECASE,
)
_TIMEOUT = re.compile(r"time(?:d\s*)?out", re.IGNORECASE)


def segments(text: str, code: CodeFormat = CodeFormat()) -> list[dict[str, Any]]:  # noqa: B008
    """Segments as a transcript has them (`kind`, `text`, and `error` of a failed program).

    >>> parts = segments("Add.\\n```python\\nprint(2)\\n```\\n```output\\n2\\n```\\nSo 2.")
    >>> [(part["kind"], part["text"]) for part in parts]
    [('text', 'Add.'), ('code', 'print(2)'), ('output', '2'), ('text', 'So 2.')]
    """
    before, _, after = code.feedback.partition("{output}")
    begins_output, ends_output = before.strip(), after.strip()
    begin = "|".join(re.escape(mark) for mark in sorted(code.open, key=len, reverse=True))
    pattern = re.compile(f"(?P<code>{begin})|(?P<output>{re.escape(begins_output)})")
    parts: list[dict[str, Any]] = []
    at = 0
    if code.primed:
        program, at = _until(text, 0, code.close.strip())
        _add(parts, "code", program)
    while (mark := pattern.search(text, at)) is not None:
        _add(parts, "text", text[at : mark.start()])
        start = mark.end()
        if mark["code"]:
            if "```" in mark["code"]:  # the rest of the fence's line is no program
                line = text.find("\n", start)
                start = len(text) if line < 0 else line
            program, at = _until(text, start, code.close.strip())
            _add(parts, "code", program)
        else:
            output, at = _until(text, start, ends_output)
            _add_output(parts, output)
    _add(parts, "text", text[at:])
    return parts


def _until(text: str, start: int, end: str) -> tuple[str, int]:
    """The text before the string `end`, and the position after it."""
    if not end:
        return text[start:], len(text)
    place = re.compile(rf"^\s*{re.escape(end)}" if end == "```" else re.escape(end), re.MULTILINE)
    match = place.search(text, start)
    return (text[start : match.start()], match.end()) if match else (text[start:], len(text))


def _add(found: list[dict[str, Any]], kind: str, text: str) -> None:
    text = text.strip("\n") if kind == "code" else text.strip()
    if text.strip():
        found.append({"kind": kind, "text": text, "ms": 0.0, "tokens": 0})


def _add_output(found: list[dict[str, Any]], text: str) -> None:
    """Add an output after its program; without a program before it, it counts as text."""

    text = text.strip()
    if not found or found[-1]["kind"] != "code":
        _add(found, "text", text)
        return
    found.append({"kind": "output", "text": text, "ms": 0.0, "tokens": 0})
    last = text.splitlines()[-1].strip() if text else ""
    if _ERROR.match(last):
        found[-1]["error"] = "timeout" if _TIMEOUT.search(last) else last[:200]
