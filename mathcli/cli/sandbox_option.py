"""The option for the confinement of programs."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from mathcli.cli.panels import ENGINE


class Sandbox(str, Enum):
    """How strictly programs are confined."""

    STRICT = "strict"
    BASIC = "basic"


SandboxName = Annotated[
    Sandbox,
    typer.Option(help="How programs are confined: see mathcli doctor.", rich_help_panel=ENGINE),
]
