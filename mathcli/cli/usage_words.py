"""Wrong command lines and settings in plain words, with what was probably meant."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mathcli.cli.first_words import MEANT
from mathcli.errors import MathcliError, UsageError

if TYPE_CHECKING:
    import typer

# Typer's message for a wrong value, which is replaced by "is not a number".
_NO_NUMBER = re.compile(r"is not a valid (float|int|integer)( range)?\b")
_MODEL = "MATHCLI_MODEL"
_NAMED = ("model", "card", "reward", "server")  # options whose values errors name


def in_words(message: str) -> str:
    """Typer's message about a wrong value, without the names of types.

    >>> in_words("'hot' is not a valid float range."), in_words("'1.5' is not a valid integer.")
    ("'hot' is not a number", "'1.5' is not a whole number")
    """
    return _NO_NUMBER.sub(
        lambda kind: f"is not a {'' if kind[1] == 'float' else 'whole '}number",
        message.rstrip("."),
    )


def usage_error(error: typer.TyperException, argv: Sequence[str], called: str) -> UsageError:
    """Typer's error as one of ours, with a hint.

    Args:
        called: the command, for an error that does not name it.
    """
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else called
    message = in_words(error.format_message())
    return UsageError(message, _what_to_type(message, path, argv))


def _what_to_type(message: str, path: str, argv: Sequence[str]) -> str:
    """A hint about what a wrong word was probably meant to be."""
    from mathcli.cli.defaults import config_file

    see = f"see: {path} --help"
    if re.match(r"No such option: (--file|--input|-f)\b", message):
        return f"a file of problems: mathcli batch FILE; {see}"
    unknown = re.match(r"No such command '(.*?)'", message)
    if unknown is not None and path == "mathcli history":
        return f"one solution: mathcli history show {unknown[1]}; {see}"
    if unknown is not None and path == "mathcli":
        meant = MEANT.get(unknown[1])
        return f"try: {meant}" if meant else f'{see}, or for a problem: mathcli solve "…"'
    if path == "mathcli config":
        return f'a line like  model = "nano"  in {config_file()} sets a default; {see}'
    if path == "mathcli run" and "unexpected extra argument" in message:
        return f"a problem for a model: {solve_with(argv[1])}; {see}"
    return see


def solve_with(model: str) -> str:
    """What to type where a model was named in the place of a program: `mathcli run llama3`."""
    return f'mathcli solve --model {model} "…"'


def with_source(
    error: MathcliError, defaults: Mapping[str, Any], argv: Sequence[str]
) -> MathcliError:
    """The error, whose message names the source of a value that is not on the command line: the
    user's file of defaults, or a variable.

    Args:
        defaults: the values of the called command's options in the file, by their names there.
    """
    from mathcli.cli.defaults import config_file

    file = config_file().name
    sources = {name: (file, defaults[name]) for name in _NAMED if name in defaults}
    if model := os.environ.get(_MODEL):
        sources["model"] = (_MODEL, model)
    typed = {word.partition("=")[0] for word in argv}
    for name, (source, value) in sources.items():
        flags = {f"--{name.replace('_', '-')}", *(("-m",) if name == "model" else ())}
        mentioned = re.search(rf"(?<!\w){re.escape(str(value))}(?![\w.])", error.message)
        if mentioned and not flags & typed:
            says = f"{source} says {name} = {value}" if source != _MODEL else f"{_MODEL} is {value}"
            error.message += f" ({says})"
            break
    return error
