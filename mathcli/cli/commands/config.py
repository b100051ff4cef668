"""`mathcli config`: the places of files, and the defaults in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from mathcli.cli import output
from mathcli.cli.defaults import Defaults, as_in_file, config_file
from mathcli.cli.output import AsJson
from mathcli.errors import Exit
from mathcli.input_files import is_file, is_folder

SCHEMA = 1


@dataclass(frozen=True)
class Settings:
    """Files and folders by name, and the defaults of each command."""

    places: Mapping[str, Path]
    defaults: Defaults

    @property
    def exit_code(self) -> Exit:
        """Always 0."""
        return Exit.OK

    def text(self) -> str:
        """A line for each place, and for each default with the commands that it applies to."""
        wide = max(map(len, self.places))
        lines = [f"{name:{wide}}  {_shown(path)}" for name, path in self.places.items()]
        commands: dict[str, list[str]] = {}
        for command, values in self.defaults.items():
            for name, value in values.items():
                commands.setdefault(f"{name} = {value!r}", []).append(command)
        lines += ["", *(f"{line}  ({', '.join(who)})" for line, who in commands.items())]
        if not commands:
            lines.append('no defaults are set; a line like  model = "nano"  in config sets one')
        return "\n".join(lines) + "\n"

    def record(self) -> Mapping[str, Any]:
        """Places and defaults as data."""
        places = {name: str(path) for name, path in self.places.items()}
        return {"schema": SCHEMA, "places": places, "defaults": self.defaults}


def config_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Show where files are, and the defaults that the configuration file sets.

    The file has a line for each option, by its long name with underscores. It applies to all
    commands that have the option; a table named after a command applies to that command alone.
    The command line takes precedence over the environment, and that over the file.

    Examples:

        mathcli config

        echo 'samples = 8' >> "$(mathcli config --json | jq -r .places.config)"
    """
    parent = context.parent
    defaults: Defaults = {}
    if parent is not None and parent.default_map:
        defaults = as_in_file(parent.command, dict(parent.default_map))
    output.emit(Settings(_places(), defaults), as_json=as_json)


def _places() -> dict[str, Path]:
    import platformdirs

    config = platformdirs.user_config_path("mathcli")
    data = platformdirs.user_data_path("mathcli")
    return {
        "config": config_file(),
        "cards": config / "cards",
        "models": data / "models",
        "history": data / "history",
        "calibrations": data / "calibrations",
        "cache": platformdirs.user_cache_path("mathcli"),
    }


def _shown(path: Path) -> str:
    return str(path) if is_file(path) or is_folder(path) else f"{path} (not there yet)"
