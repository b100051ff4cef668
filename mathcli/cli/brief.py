"""A help that fits a screen: the options that most calls use, and the names of the others.

`--help-all` explains them all. An option that stands in a panel of the help is one of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from mathcli.cli import output

_ALL = "--help-all"


class BriefCommand(TyperCommand):
    """A command whose help leaves out the options in panels, unless all are asked for."""

    whole = False

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help."""
        others = {} if self.whole else _in_panels(self.params)
        with _hidden(param for panel in others.values() for param in panel):
            super().format_help(ctx, formatter)
        if others:
            output.write(_summary(others, ctx.command_path))


def _in_panels(params: list[Any]) -> dict[str, list[Any]]:
    """The options in panels, by panel."""
    found: dict[str, list[Any]] = {}
    for param in params:
        panel = getattr(param, "rich_help_panel", None)
        if panel and not param.hidden:
            found.setdefault(panel, []).append(param)
    return found


@contextmanager
def _hidden(params: Iterator[Any]) -> Iterator[None]:
    """Leave parameters out of a help."""
    kept = list(params)
    try:
        for param in kept:
            param.hidden = True
        yield
    finally:
        for param in kept:
            param.hidden = False


def _summary(panels: dict[str, list[Any]], command: str) -> str:
    """The names of options, by panel; 80 columns are what every terminal has."""
    lines = [f" More options, which {command} {_ALL} explains:", ""]
    for panel, params in panels.items():
        names = ", ".join(max(param.opts, key=len) for param in params)
        lines += wrap(f"{panel}: {names}", 78, initial_indent=" ", subsequent_indent="   ",
                      break_on_hyphens=False)  # fmt: skip
    return "\n".join([*lines, "", ""])


def _show_all(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        command: Any = ctx.command
        command.whole = True
        output.write(ctx.get_help() + "\n")
        raise typer.Exit


HelpAll = Annotated[
    bool,
    typer.Option(_ALL, is_eager=True, callback=_show_all, help="Explain all options, and exit."),
]
