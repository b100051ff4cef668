"""Options given on the command line, as opposed to environment, config file or default."""

from __future__ import annotations

from collections.abc import Collection

import typer

from mathcli.errors import UsageError


def given(context: typer.Context) -> dict[str, str]:
    """The long names of the options on the command line, by parameter (`{"out": "--output"}`)."""
    found: dict[str, str] = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        # Typer does not export the enum of sources.
        if parameter.param_type_name == "option" and source and source.name == "COMMANDLINE":
            long = (name for name in parameter.opts if name.startswith("--"))
            found[parameter.name or ""] = next(long, parameter.opts[0])
    return found


def refuse_others(context: typer.Context, used: Collection[str], why: str, *, instead: str) -> None:
    """Refuse options that would have no effect.

    Args:
        used: the parameters that have an effect.
        why: the reason why the others have none.
        instead: an alternative to leaving them out.

    Raises:
        UsageError: names the others that are on the command line.
    """
    idle = [name for parameter, name in given(context).items() if parameter not in used]
    if not idle:
        return
    *most, last = idle
    names = f"{', '.join(most)} and {last} have" if most else f"{last} has"
    raise UsageError(
        f"{why}: {names} no effect", f"leave {'them' if most else 'it'} out, or {instead}"
    )
