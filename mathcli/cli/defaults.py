"""Defaults from the user's own file: `config.toml` in mathcli's configuration folder.

A key is an option's long name with underscores. At the top level it applies to every command that
has the option, in a command's table to that command alone:

    model = "qwen2.5-math-7b"

    [batch]
    width = 32
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mathcli.cli.usage_words import in_words
from mathcli.errors import UsageError
from mathcli.text_safety import shortened
from mathcli.toml_text import table_of

Defaults = dict[str, dict[str, Any]]
_PLAIN = (str, int, float)  # includes booleans; no option takes dates or tables
_NEVER = {"help", "version", "install_completion", "show_completion"}


def config_file() -> Path:
    """The path of the file, which need not exist."""
    import platformdirs

    return platformdirs.user_config_path("mathcli") / "config.toml"


def read_defaults(root: Any, called: str) -> Defaults:
    """The values that the file sets for each command's options; empty without a file.

    Args:
        root: the group of all commands, which imports a command on access.
        called: the command that runs; if it has an option, the others are not imported. For
            `config` the defaults of all commands are read.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has a key or value that no option
            takes.
    """
    path = config_file()
    try:
        table = table_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "correct the file, or delete it"
        raise UsageError(f"cannot read {path}: {reason}", hint) from None
    return _defaults(table, root, called, path)


def _defaults(table: Mapping[str, Any], root: Any, called: str, path: Path) -> Defaults:
    defaults: Defaults = {}
    for key, value in table.items():
        if key in root.commands and isinstance(value, Mapping):
            for inner, setting in value.items():
                option = _options(root.commands[key]).get(inner)
                if option is None:
                    raise _unknown(path, f"[{key}] {inner}", inner, _options(root.commands[key]))
                _check(root.commands[key], option, setting, f"{path}: [{key}] {inner}")
                defaults.setdefault(key, {})[option.name] = setting
        elif any((options := _that_have(key, root, called)).values()):
            for name, option in options.items():
                if option is not None:
                    _check(root.commands[name], option, value, f"{path}: {key}")
                    defaults.setdefault(name, {}).setdefault(option.name, value)
        else:
            everywhere = [name for one in root.commands.values() for name in _options(one)]
            raise _unknown(path, key, key, [*everywhere, *root.commands])
    return defaults


def _that_have(key: str, root: Any, called: str) -> dict[str, Any]:
    """The option with that name: of the called command if it has one, else of all commands."""
    if called in root.commands and called != "config":
        option = _options(root.commands[called]).get(key)
        if option is not None:
            return {called: option}
    return {name: _options(one).get(key) for name, one in root.commands.items()}


def _check(command: Any, option: Any, value: Any, where: str) -> None:
    import typer

    if not isinstance(value, _PLAIN) and not (
        isinstance(value, list) and all(isinstance(one, _PLAIN) for one in value)
    ):
        raise UsageError(
            f"{where}: {shortened(str(value), 40)} is not a value for an option",
            "correct the file, or delete the line",
        )
    try:
        option.process_value(typer.Context(command), value)
    except typer.TyperException as error:
        why = in_words(error.message)
        raise UsageError(f"{where}: {why}", "correct the file, or delete the line") from None
    except (TypeError, ValueError, OverflowError):  # such as a list or infinity for a number
        why = f"{shortened(str(value), 40)} is not a value for this option"
        raise UsageError(f"{where}: {why}", "correct the file, or delete the line") from None


def as_in_file(root: Any, defaults: Defaults) -> Defaults:
    """The defaults of each command by their keys in the file: `output`, not `out`."""
    return {
        name: {
            key: values[option.name]
            for key, option in _options(root.commands[name]).items()
            if option.name in values
        }
        for name, values in defaults.items()
    }


def _options(command: Any) -> dict[str, Any]:
    """A command's options by their names in the file."""
    return {
        name: param
        for param in getattr(command, "params", ())
        if param.param_type_name == "option"
        for name in _names(param)
        if name not in _NEVER
    }


def _names(param: Any) -> Iterator[str]:
    yield from (one[2:].replace("-", "_") for one in param.opts if one.startswith("--"))


def _unknown(path: Path, key: str, word: str, known: Any) -> UsageError:
    near = difflib.get_close_matches(word.replace("-", "_"), sorted(set(known)), 1)
    hint = f"did you mean {near[0]}?" if near else "options are listed by: mathcli COMMAND --help"
    return UsageError(f"{path}: no command has an option {key}", hint)
