"""The one place where results and errors become text or JSON, and an exit code.

A command builds a frozen `Result`; text and JSON come from the same object, so that the two
cannot drift. Data goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

import typer

from mathcli.errors import Exit, MathcliError

SCHEMA = 1


class Result(Protocol):
    """What a command returns: an exit code, a text for people, a record for programs."""

    @property
    def exit_code(self) -> Exit: ...

    def text(self) -> str: ...

    def record(self) -> Mapping[str, Any]: ...


def emit(result: Result, *, as_json: bool) -> NoReturn:
    """Print `result` on standard output and leave with its exit code."""
    text = to_json(result.record()) if as_json else result.text()
    if text:
        write(text if text.endswith("\n") else text + "\n")
    raise typer.Exit(int(result.exit_code))


def to_json(record: Mapping[str, Any]) -> str:
    """One line of JSON, readable as UTF-8 by whatever comes next in the pipe."""
    return json.dumps(record, ensure_ascii=False)


def write(text: str) -> bool:
    """Write to standard output; what its encoding lacks becomes escapes.

    A reader that has gone (`| head -1`) is no error: the rest is dropped in silence. Returns
    whether anybody still reads.
    """
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
        return False
    return True


def drop_output() -> None:
    """Send standard output nowhere from now on, so that the exit's flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """A progress line, warning or hint for the person who watches (standard error)."""
    try:
        print(text, file=sys.stderr, flush=True)
    except UnicodeEncodeError:
        print(text.encode("ascii", "backslashreplace").decode(), file=sys.stderr, flush=True)


def report_error(error: MathcliError, *, as_json: bool) -> int:
    """Show `error` as its reader expects it and return its exit code."""
    if os.environ.get("MATHCLI_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if as_json:
        write(to_json({"schema": SCHEMA, "error": error.record()}) + "\n")
    else:
        note(f"mathcli: {error.message}")
        if error.hint:
            note(f"  {error.hint}")
    return int(error.exit_code)
