"""Short help in plain text: the common options explained, the others listed by name.

`--help-all` explains all options. The options in panels are those listed by name only. Typer's own
pages need Rich, whose import takes longer than the rest of a call for help.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from shutil import get_terminal_size
from textwrap import fill, wrap
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from mathcli import screen
from mathcli.cli import output
from mathcli.cli.panels import PANELS
from mathcli.text_safety import safe

_ALL = "--help-all"
_WIDEST, _NARROWEST = 100, 40  # columns: longer lines are hard to read
_WIDEST_NAME = 30  # a longer option has its help on the next line
_HEADING = re.compile(r"^(?:Usage:|\w[\w ]*:$)", re.MULTILINE)
_KINDS = {"int": "N", "float": "NUMBER", "str": "TEXT", "path": "PATH", "file": "FILE"}
_KIND = re.compile(r"<(int|float|str|path|file)(?: range)?>")  # Typer's names of types

Row = tuple[str, str]
_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Page:
    """The help page of a command or group."""

    whole = False

    def get_help(self: Any, ctx: Any) -> str:
        """The help as text, wrapped to the terminal's width."""
        width = max(_NARROWEST, min(_WIDEST, get_terminal_size().columns) - 1)
        usage = f"Usage: {ctx.command_path} {' '.join(self.collect_usage_pieces(ctx))}"
        parts = [usage, *_described(self.help or "", width)]
        parts += [_section(name, rows, width) for name, rows in self.sections(ctx) if rows]
        others = {} if self.whole else _in_panels(self.params)
        if others:
            parts.append(_summary(others, ctx.command_path, width))
        if self.epilog:
            parts.append(fill(self.epilog, width, break_on_hyphens=False))
        return "\n\n".join(parts)

    def sections(self: Any, ctx: Any) -> list[tuple[str, list[Row]]]:
        """The page's lists, with their headings."""
        params = self.get_params(ctx)
        panels = _in_panels(params)
        shown = [param for param in params if not getattr(param, "rich_help_panel", None)]
        arguments = [param for param in shown if param.param_type_name == "argument"]
        options = [param for param in shown if param.param_type_name == "option"]
        listed = {"Arguments": arguments, "Options": options, **(panels if self.whole else {})}
        return [(name, _rows(some, ctx)) for name, some in listed.items()]

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`, with its text printed through `mathcli.screen`."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.callback = _show
        return option


class BriefCommand(_Page, TyperCommand):
    """A command whose help only names the options in panels, except with `--help-all`."""


class BriefGroup(_Page, TyperGroup):
    """A group of commands, such as `mathcli models`."""

    def sections(self, ctx: Any) -> list[tuple[str, list[Row]]]:
        """The page's lists: commands before options."""
        return [("Commands", self.summaries(ctx)), *super().sections(ctx)]

    def summaries(self, ctx: Any) -> list[Row]:
        """Its commands, each with a one-line summary."""
        return [(name, one.get_short_help_str(200)) for name, one in self.commands.items()]


class Group(typer.Typer):
    """A group of commands with these help pages."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=BriefGroup, rich_markup_mode=None, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[_Function], _Function]:
        """Like Typer's, with our help page."""
        return super().command(name, **{"cls": BriefCommand, **settings})


def _show(ctx: Any, _param: Any, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        _print(ctx)


def _show_all(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        command: Any = ctx.command
        command.whole = True
        _print(ctx)


def _print(ctx: Any) -> None:
    text = safe(ctx.get_help()) + "\n"
    if screen.Stream(sys.stdout).isatty() and not _plain():
        text = screen.Styled(_HEADING.sub(lambda found: f"\x1b[1m{found[0]}\x1b[0m", text))
    output.write(text)
    raise typer.Exit


def _plain() -> bool:
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def _described(text: str, width: int) -> Iterable[str]:
    """A docstring's paragraphs, and its examples one a line."""
    words, _, examples = inspect.cleandoc(text).partition("Examples:")
    for paragraph in re.split(r"\n\s*\n", words.strip()):
        yield fill(" ".join(paragraph.split()), width, break_on_hyphens=False)
    lines = [f"  {line.strip()}" for line in examples.splitlines() if line.strip()]
    if lines:
        yield "\n".join(["Examples:", *lines])


def _rows(params: Sequence[Any], ctx: Any) -> list[Row]:
    rows = (param.get_help_record(ctx) for param in params)
    return [(_KIND.sub(lambda kind: _KINDS[kind[1]], row[0]), row[1]) for row in rows if row]


def _section(name: str, rows: Sequence[Row], width: int) -> str:
    """Two columns under a heading."""
    left = min(_WIDEST_NAME, max(len(first) for first, _ in rows)) + 4
    lines = [f"{name}:"]
    for first, second in rows:
        head = f"  {first}"
        if len(head) + 2 > left:
            lines.append(head)
            head = ""
        lines += wrap(second, width, initial_indent=head.ljust(left), subsequent_indent=" " * left,
                      break_on_hyphens=False) or [head]  # fmt: skip
    return "\n".join(lines)


def _in_panels(params: Iterable[Any]) -> dict[str, list[Any]]:
    """The options in panels, by panel."""
    found: dict[str, list[Any]] = {}
    for param in params:
        panel = getattr(param, "rich_help_panel", None)
        if panel and not param.hidden:
            found.setdefault(panel, []).append(param)
    order = {panel: place for place, panel in enumerate(PANELS)}
    return dict(sorted(found.items(), key=lambda one: order[one[0]]))


def _summary(panels: dict[str, list[Any]], command: str, width: int) -> str:
    """The names of options, by panel."""
    lines = [f"More options ({command} {_ALL} explains them):"]
    for panel, params in panels.items():
        names = ", ".join(max(param.opts, key=len) for param in params)
        lines += wrap(f"{panel}: {names}", width, initial_indent="  ", subsequent_indent="    ",
                      break_on_hyphens=False)  # fmt: skip
    return "\n".join(lines)


HelpAll = Annotated[
    bool,
    typer.Option(_ALL, is_eager=True, callback=_show_all, help="Explain all options, and exit."),
]
