"""The `mathcli` command: its subcommands, and what becomes of their errors."""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from mathcli import __version__, log, screen
from mathcli.cli import output
from mathcli.cli.brief import BriefCommand
from mathcli.cli.defaults import config_file, read_defaults
from mathcli.cli.starting import COMMANDS, MEANT, SHORT_HELP
from mathcli.cli.words import MathCommand
from mathcli.errors import Exit, MathcliError, UsageError

_HELP = "Solve mathematics on this machine: a local model reasons, writes Python, and it runs."
_EPILOG = (
    "Exit codes: 0 fine · 1 wrong, different, or the program raised · 2 usage · "
    "3 no answer or undecided · 4 model · 5 engine or memory · 6 stopped before the end · "
    "130 interrupted"
)

_log = logging.getLogger("mathcli.cli")

# What Typer says of a wrong value; a person says "is not a number".
_NO_NUMBER = re.compile(r"is not a valid (float|int|integer)( range)?\b")

_GROUPS = ("history", "models", "serve")  # they have commands of their own
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_MATHEMATICS = ("solve", "check")  # their arguments may begin with a minus


def make_app(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The program with some of its commands: each is a module, which takes time to import."""
    made = typer.Typer(
        name="mathcli",
        help=_HELP,
        epilog=_EPILOG,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in names:
        module = import_module(f"mathcli.cli.{name}")
        if name in _GROUPS:
            made.add_typer(getattr(module, f"{name}_app"), epilog=_EPILOG)
        else:
            kind = MathCommand if name in _MATHEMATICS else BriefCommand
            made.command(name, cls=kind, epilog=_EPILOG)(getattr(module, f"{name}_command"))
    made.callback()(_main)
    return made


def __getattr__(name: str) -> typer.Typer:
    if name == "app":  # all of it, for those who ask: the reference of commands, tests
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
    """Run a command line and return its exit code; every error ends here as words."""
    as_json = "--json" in argv
    if not argv and "_MATHCLI_COMPLETE" not in os.environ:  # a shell asks without words
        output.write(SHORT_HELP)
        return int(Exit.USAGE)
    try:
        _check_words(argv)
        log.begin(argv)
        command = typer.main.get_command(make_app(_needed(argv)))
        defaults = read_defaults(command)
        code = command.main(
            list(argv), prog_name="mathcli", standalone_mode=False, default_map=defaults
        )
    except MathcliError as error:
        return output.report_error(error, as_json=as_json)
    except typer.TyperException as error:
        return output.report_error(_usage(error), as_json=as_json)
    except screen.Ended as ended:
        return _ended(ended, as_json=as_json)
    except SystemExit as ended:  # Rich's, when the reader of a help text has gone
        return 0 if ended.code == 1 else int(ended.code or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except OSError as error:  # a help text is written past our streams
        told = screen.lost(error) if error.filename is None and error.errno in _NO_ROOM else None
        return output.report_error(told or _bug(error), as_json=as_json)
    except Exception as error:
        return output.report_error(_bug(error), as_json=as_json)
    if code == Exit.INTERRUPTED:
        output.note("mathcli: interrupted")
    return int(code or 0)


def _check_words(argv: Sequence[str]) -> None:
    """Refuse what no shell can pass: Typer asks the system about names before we see them.

    Raises:
        UsageError: a word has a NUL in it, or half a character.
    """
    for word in argv:
        try:
            whole = b"\0" not in os.fsencode(word)
        except UnicodeEncodeError:
            whole = False
        if not whole:
            raise UsageError(f"{word!r} has a character in it that no name may have")


def _ended(ended: screen.Ended, *, as_json: bool) -> int:
    return output.report_error(ended.error, as_json=as_json) if ended.error is not None else 0


def _needed(argv: Sequence[str]) -> Sequence[str]:
    """The one command that is called; all, where the help or the user's file may name others."""
    called = argv[:1]
    known = bool(called) and called[0] in COMMANDS
    return called if known and not os.path.lexists(config_file()) else COMMANDS


def _usage(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mathcli"
    message = error.format_message().rstrip(".")
    message = _NO_NUMBER.sub(
        lambda kind: f"is not a {'' if kind[1] == 'float' else 'whole '}number", message
    )
    return UsageError(message, _what_to_type(message, path))


def _what_to_type(message: str, path: str) -> str:
    """What was meant by a wrong word, as far as one can tell."""
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
    return see


def _bug(error: Exception) -> MathcliError:
    _log.info("internal error", exc_info=error)
    if os.environ.get("MATHCLI_DEBUG"):
        import traceback

        output.note(traceback.format_exc())
    return MathcliError(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug in mathcli; MATHCLI_DEBUG=1 shows where",
    )
