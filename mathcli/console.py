"""Rich's console for safe output: every text that it draws has passed `safe`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.text import Text

from mathcli.screen import Stream, Styled
from mathcli.text_safety import safe

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment


class SafeConsole(Console):
    """A console that ignores markup in texts and escapes characters that control a terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments to print; those that move the cursor are Rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=safe(segment.text))


def console(*, stderr: bool = False) -> SafeConsole:
    """The console for standard output, or for standard error."""
    stream = sys.stderr if stderr else sys.stdout
    return SafeConsole(file=cast("IO[str]", Stream(stream, styled=True)), stderr=stderr)


def drawn(parts: Sequence[RenderableType], width: int) -> Styled:
    """The parts rendered one below the other, in colour if standard output supports it."""
    colour = Stream(sys.stdout).isatty() and os.environ.get("TERM") != "dumb"
    out = StringIO()
    draws = SafeConsole(file=out, width=width, force_terminal=colour)
    for part in parts:
        draws.print(Text(part) if isinstance(part, str) else part)
    lines = out.getvalue().removesuffix("\n").split("\n")
    return Styled("\n".join(line.rstrip() for line in lines) + "\n")
