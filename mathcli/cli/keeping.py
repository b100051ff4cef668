"""What becomes of a finished solution: a page in a file, and a place in the history."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.solving import Transcript

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write the solution as one HTML page."),
]
NoHistory = Annotated[
    bool,
    typer.Option(
        "--no-history",
        envvar="MATHCLI_NO_HISTORY",
        help="Do not keep the solution: see mathcli history.",
    ),
]


def check_page(file: Path | None) -> None:
    """Refuse, before any work is done, a page that could not be written.

    Raises:
        UsageError: it is a folder, or there is no such folder.
    """
    if file is not None and file.is_dir():
        raise UsageError(f"{file} is a folder, not a file for the page")
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent} for the page {file.name}")


def write_page(file: Path, transcript: Transcript) -> None:
    """Write a solution's page.

    Raises:
        UsageError: the file cannot be written.
    """
    from mathcli.rendering.html import page

    try:
        file.write_text(page(transcript), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None


def keep(record: Mapping[str, Any]) -> None:
    """Add a transcript's record to the history; a folder that cannot be written is told."""
    from mathcli.history import History

    try:
        History().add(record)
    except OSError as error:
        output.note(f"mathcli: not kept in the history: {error.strerror} (see --no-history)")
