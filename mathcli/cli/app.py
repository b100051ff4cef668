"""The `mathcli` command: its subcommands, and how their errors are reported."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from mathcli import __version__, log, screen
from mathcli.cli import output
from mathcli.cli.defaults import Defaults, as_in_file, read_defaults
from mathcli.cli.first_words import COMMANDS, SHORT_HELP
from mathcli.cli.help_pages import BriefCommand, BriefGroup
from mathcli.cli.minus_words import MathCommand
from mathcli.cli.usage_words import usage_error, with_source
from mathcli.errors import Exit, MathcliError, UsageError
from mathcli.input_files import anything_arrives

_HELP = "Solve mathematics on this machine: a local model reasons, writes Python, and it runs."
_EPILOG = (
    "Exit codes: 0 fine · 1 wrong, different, or the program raised · 2 usage · "
    "3 no answer or undecided · 4 model · 5 engine or memory · 6 stopped before the end · "
    "130 interrupted"
)

_log = logging.getLogger("mathcli.cli")

_GROUPS = ("history", "models", "serve")  # groups, which have commands of their own
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_MATHEMATICS = ("solve", "check")  # their arguments may begin with a minus
_COMPLETE = "_MATHCLI_COMPLETE"  # set by shells that ask for completions
_HELP_NAMES = ("-h", "--help")


class Root(BriefGroup):
    """The group of all commands; each command is imported when it is first needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return list(self.commands)

    def summaries(self, ctx: Any) -> list[tuple[str, str]]:
        """A one-line summary of each command."""
        return list(COMMANDS.items())

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The completions of the beginning of a command or option."""
        from typer._click.shell_completion import CompletionItem

        known = [name for name in COMMANDS if name.startswith(incomplete)]
        offers = [CompletionItem(name, help=COMMANDS[name]) for name in known]
        return offers if not incomplete.startswith("-") else super().shell_complete(ctx, incomplete)


class Commands(MutableMapping[str, Any]):
    """The commands by name. Each is imported on first access, because imports take time."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            if name not in COMMANDS:
                raise KeyError(name)
            self[name] = typer.main.get_command(make_app([name])).commands[name]  # type: ignore[attr-defined]
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def make_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The Typer app with these commands."""
    made = typer.Typer(
        name="mathcli",
        help=_HELP,
        epilog=_EPILOG,
        cls=Root,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": list(_HELP_NAMES)},
    )
    for name in names:
        module = import_module(f"mathcli.cli.commands.{name}")
        if name in _GROUPS:
            group = getattr(module, f"{name}_app")
            made.add_typer(group, short_help=COMMANDS[name], epilog=_EPILOG)
        else:
            kind = MathCommand if name in _MATHEMATICS else BriefCommand
            command = getattr(module, f"{name}_command")
            made.command(name, cls=kind, short_help=COMMANDS[name], epilog=_EPILOG)(command)
    made.callback()(_main)
    return made


def root() -> Any:
    """The group of all commands, none of them imported yet."""
    group: Any = typer.main.get_command(make_app(()))
    group.commands = Commands()
    return group


def __getattr__(name: str) -> typer.Typer:
    if name == "app":  # all commands, for the command reference and tests
        globals()["app"] = made = make_app()
        return made
    raise AttributeError(name)


def __dir__() -> list[str]:
    return [*globals(), "app"]


def _version(wanted: bool) -> None:
    if wanted:
        output.write(f"mathcli {__version__}\n")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code; every error is reported here as a message."""
    as_json = "--json" in argv
    if _COMPLETE in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment] # Typer would load it for each answer
    defaults: Defaults = {}
    try:
        if not argv and _COMPLETE not in os.environ:
            output.write(SHORT_HELP)
            if anything_arrives():
                output.note("hint: to solve the problem on standard input: mathcli solve -")
            return int(Exit.USAGE)
        _check_words(argv)
        log.begin(argv)
        command = root()
        defaults = {} if _asks_for_help(argv) else read_defaults(command, argv[0])
        code = command.main(
            list(argv), prog_name="mathcli", standalone_mode=False, default_map=defaults
        )
        screen.flush()  # at the exit of the process an error could not be reported
    except MathcliError as error:
        explained = with_source(error, _in_file(argv, defaults), argv)
        return output.report_error(explained, as_json=as_json)
    except typer.TyperException as error:
        return output.report_error(usage_error(error, argv, _called(argv)), as_json=as_json)
    except screen.OutputEnded as ended:
        return _ended(ended, as_json=as_json)
    except SystemExit as ended:  # Typer's: completions were printed, or the output is closed
        return 0 if ended.code == 1 and _COMPLETE not in os.environ else int(ended.code or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except OSError as error:  # Typer writes help texts past our own streams
        ours = screen.lost(error) if error.filename is None and error.errno in _NO_ROOM else None
        return output.report_error(ours or _bug(error), as_json=as_json)
    except Exception as error:
        return output.report_error(_bug(error), as_json=as_json)
    if code == Exit.INTERRUPTED:
        output.note("mathcli: interrupted")
    return int(code or 0)


def _check_words(argv: Sequence[str]) -> None:
    """Refuse words that the system rejects as file names: Typer looks them up before we see them.

    Raises:
        UsageError: a word contains a NUL or an incomplete character.
    """
    for word in argv:
        try:
            whole = b"\0" not in os.fsencode(word)
        except UnicodeEncodeError:
            whole = False
        if not whole:
            raise UsageError(f"{word!r} contains a character that is not allowed in names")


def _ended(ended: screen.OutputEnded, *, as_json: bool) -> int:
    return output.report_error(ended.error, as_json=as_json) if ended.error is not None else 0


def _called(argv: Sequence[str]) -> str:
    """The command that was called, with a group's own command: `mathcli models pull`."""
    if not argv or argv[0] not in COMMANDS:
        return "mathcli"
    inner = getattr(root().commands[argv[0]], "commands", {})
    return " ".join(["mathcli", argv[0], *(word for word in argv[1:2] if word in inner)])


def _in_file(argv: Sequence[str], defaults: Defaults) -> dict[str, Any]:
    """The defaults of the called command, by their names in the user's file."""
    if not argv or argv[0] not in defaults:
        return {}
    return as_in_file(root(), {argv[0]: defaults[argv[0]]})[argv[0]]


def _asks_for_help(argv: Sequence[str]) -> bool:
    """Is this a call for help or completions? Those must work even with a broken config file."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    return not words or any(name in words for name in (*_HELP_NAMES, "--help-all"))


def _bug(error: Exception) -> MathcliError:
    _log.info("internal error", exc_info=error)
    if os.environ.get("MATHCLI_DEBUG"):
        import traceback

        output.note(traceback.format_exc())
    return MathcliError(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug in mathcli; MATHCLI_DEBUG=1 shows where",
    )
