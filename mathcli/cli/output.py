"""Turns results and errors into text or JSON and an exit code; no other module does.

A command builds a frozen `Result`; text and JSON come from the same object, so they always agree.
All output goes through `mathcli.screen`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, Protocol

import typer

from mathcli.errors import Exit, MathcliError
from mathcli.screen import confirm, is_lost, note, record_line, write, write_record
from mathcli.text_safety import one_line, shortened

__all__ = [
    "SCHEMA", "AsJson", "CommandResult", "ShowThinking", "confirm", "emit", "note", "record_line",
    "report_error", "write", "write_record",
]  # fmt: skip

SCHEMA = 1
_LONGEST_LINE = 2000  # most characters of a message

AsJson = Annotated[bool, typer.Option("--json", help="Print a record as JSON.")]
ShowThinking = Annotated[
    bool, typer.Option("--show-thinking", help="Show all thoughts, not only their beginning.")
]


class CommandResult(Protocol):
    """The result of a command: an exit code, a text to read, a record for programs."""

    @property
    def exit_code(self) -> Exit: ...

    def text(self) -> str: ...

    def record(self) -> Mapping[str, Any]: ...


def emit(result: CommandResult, *, as_json: bool) -> NoReturn:
    """Print `result` on standard output and exit with its code."""
    if as_json:
        write_record(result.record())
    elif text := result.text():
        write(text)
        if not text.endswith("\n"):
            write("\n")
    raise typer.Exit(int(result.exit_code))


def report_error(error: MathcliError, *, as_json: bool) -> int:
    """Print `error` as text or JSON, as the call requested, and return its exit code.

    If standard output has failed, JSON would be lost, so the text is printed.
    """
    if os.environ.get("MATHCLI_DEBUG"):
        import traceback

        note("".join(traceback.format_exception(error)))
    if as_json and not is_lost():
        try:
            write_record({"schema": SCHEMA, "error": error.record()})
        except MathcliError:  # standard output fails only now
            _tell(error)
    else:
        _tell(error)
    return int(error.exit_code)


def _tell(error: MathcliError) -> None:
    note(f"mathcli: {shortened(one_line(error.message), _LONGEST_LINE)}")
    if error.hint:
        note(f"  {shortened(one_line(error.hint), _LONGEST_LINE)}")
