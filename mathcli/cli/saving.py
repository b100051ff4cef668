"""Saves a finished solution: as a page in a file, and in the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mathcli.cli import output
from mathcli.errors import OutputError
from mathcli.output_files import look, writing
from mathcli.sheets.suffixes import check_page_name

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


def check_page(file: Path | None, inputs: Iterable[Path | int] = ()) -> None:
    """Check, before any work is done, that the page can be written.

    Raises:
        UsageError: it is a folder or an input, its folder does not exist, or another kind of
            file exists there; or its suffix says another format.
    """
    if file is not None and not look(file, "the page", inputs=inputs, is_ours=_is_page).streams:
        check_page_name(file)


def write_page(file: Path, text: str) -> None:
    """Write a page.

    Raises:
        UsageError: another kind of file was created there meanwhile.
        OutputError: the file cannot be written.
    """
    with writing(look(file, "the page", is_ours=_is_page)) as draft:
        draft.write(text)


def _is_page(head: bytes) -> bool:
    return head.startswith(b"<!doctype html>") and b'"generator" content="mathcli"' in head


def remember(record: Mapping[str, Any]) -> None:
    """Add a transcript's record to the history; report a folder that cannot be written."""
    from mathcli.history import History

    try:
        History().add(record)
    except (OSError, OutputError) as error:
        output.note(f"mathcli: not kept in the history: {error} (see --no-history)")
