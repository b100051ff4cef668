"""The `mathcli` command: its subcommands, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from mathcli import __version__
from mathcli.cli import output
from mathcli.cli.batch import batch_command
from mathcli.cli.bench import bench_command
from mathcli.cli.calibrate import calibrate_command
from mathcli.cli.check import check_command
from mathcli.cli.config import config_command
from mathcli.cli.defaults import read_defaults
from mathcli.cli.doctor import doctor_command
from mathcli.cli.eval import eval_command
from mathcli.cli.grade import grade_command
from mathcli.cli.history import history_app
from mathcli.cli.models import models_app
from mathcli.cli.replay import replay_command
from mathcli.cli.run import run_command
from mathcli.cli.solve import solve_command
from mathcli.cli.words import MathCommand
from mathcli.errors import Exit, MathcliError, UsageError

_EPILOG = (
    "Exit codes: 0 fine · 1 wrong, different, or the program raised · 2 usage · "
    "3 no answer or undecided · 4 model · 5 engine or memory · 6 stopped before the end · "
    "130 interrupted"
)

app = typer.Typer(
    name="mathcli",
    help="Solve mathematics on this machine: a local model reasons, writes Python, and it runs.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("solve", cls=MathCommand, epilog=_EPILOG)(solve_command)
app.command("batch", epilog=_EPILOG)(batch_command)
app.command("check", cls=MathCommand, epilog=_EPILOG)(check_command)
app.command("grade", epilog=_EPILOG)(grade_command)
app.command("eval", epilog=_EPILOG)(eval_command)
app.command("calibrate", epilog=_EPILOG)(calibrate_command)
app.command("bench", epilog=_EPILOG)(bench_command)
app.command("run", epilog=_EPILOG)(run_command)
app.command("replay", epilog=_EPILOG)(replay_command)
app.add_typer(history_app, epilog=_EPILOG)
app.add_typer(models_app, epilog=_EPILOG)
app.command("config", epilog=_EPILOG)(config_command)
app.command("doctor", epilog=_EPILOG)(doctor_command)


def _version(wanted: bool) -> None:
    if wanted:
        output.write(f"mathcli {__version__}\n")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code; every error ends here as words."""
    as_json = "--json" in argv
    try:
        command = typer.main.get_command(app)
        defaults = read_defaults(command)
        code = command.main(
            list(argv), prog_name="mathcli", standalone_mode=False, default_map=defaults
        )
    except MathcliError as error:
        return output.report_error(error, as_json=as_json)
    except typer.TyperException as error:
        return output.report_error(_usage(error), as_json=as_json)
    except BrokenPipeError:
        output.drop_output()
        return int(Exit.OK)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except Exception as error:
        return output.report_error(_bug(error), as_json=as_json)
    if code == Exit.INTERRUPTED:
        output.note("mathcli: interrupted")
    return int(code or 0)


def _usage(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mathcli"
    return UsageError(error.format_message().rstrip("."), f"see: {path} --help")


def _bug(error: Exception) -> MathcliError:
    if os.environ.get("MATHCLI_DEBUG"):
        import traceback

        traceback.print_exc(file=sys.stderr)
    return MathcliError(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug in mathcli; MATHCLI_DEBUG=1 shows where",
    )
