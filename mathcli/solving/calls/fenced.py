"""Programs as plain text between the card's own markers; by default in Markdown fences."""

from __future__ import annotations

from mathcli.models import CodeFormat
from mathcli.solving.calls.base import ParsedCall, Syntax

_USUAL = CodeFormat()

SYNTAX = Syntax(
    open=_USUAL.open,
    close=_USUAL.close,
    feedback=_USUAL.feedback,
    read=ParsedCall,
    write=lambda program: f"{_USUAL.open[0]}\n{program}{_USUAL.close}",
)
