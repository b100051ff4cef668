"""`mathcli serve`: keeps one engine for many calls, until it is stopped or unused for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.backend import EngineChoice, ModelName, chosen_model
from mathcli.cli.durations import seconds, spelled
from mathcli.cli.help_pages import Group
from mathcli.cli.option_groups import grouped
from mathcli.cli.output import AsJson
from mathcli.cli.panels import HTTP
from mathcli.cli.sandbox_option import Sandbox, SandboxName
from mathcli.cli.serving import LOCAL, ServeOptions, serve
from mathcli.errors import EngineError, Exit
from mathcli.text_safety import safe

serve_app = Group(
    name="serve",
    help="Keep a model loaded: solve, batch, eval and calibrate of the same user share it.\n\n"
    "They find it by themselves, where it keeps the model that they would load, set up alike; "
    "--no-resident refuses it. Solutions are decoded together, and what begins alike is evaluated "
    "once. It runs until it is stopped, or with --keep until nobody asked for that long. "
    "solve --keep 10m starts one in the background.\n\n"
    "Examples:\n\n    mathcli serve --model qwen2.5-math-1.5b &\n\n"
    "    mathcli serve status\n\n    mathcli serve --port 8080\n\n    mathcli serve stop",
    invoke_without_command=True,
)

Keep = Annotated[
    float | None,
    typer.Option(
        "--keep",
        metavar="TIME",
        parser=seconds,
        help="End after this time without use: 90s, 10m, 1h, 1d. (default: never)",
    ),
]


@serve_app.callback()
@grouped
def _serve(
    ctx: typer.Context,
    *,
    model: ModelName = None,
    choice: EngineChoice,
    keep: Keep = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the resident engine, if there is one.")
    ] = False,
    sandbox: SandboxName = Sandbox.STRICT,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Answer HTTP as well: OpenAI's /v1, with a model named mathcli that solves.",
            rich_help_panel=HTTP,
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="Listen on this address; needs MATHCLI_API_KEY if other machines can reach it.",
            rich_help_panel=HTTP,
        ),
    ] = LOCAL,
) -> None:
    if ctx.invoked_subcommand is not None:
        return
    options = choice.options()
    service = ServeOptions(
        chosen_model(model), choice.card, options, sandbox, keep, replace, port, host
    )
    raise typer.Exit(int(asyncio.run(serve(service))))


@dataclass(frozen=True)
class Status:
    """The status reported by the resident process; `None` if there is none."""

    found: Mapping[str, Any] | None

    @property
    def exit_code(self) -> Exit:
        """0, or 1 if there is none."""
        return Exit.OK if self.found is not None else Exit.WRONG

    def text(self) -> str:
        """The model that it keeps, its calls, and its age."""
        status = self.found
        if status is None:
            return "there is no resident engine\n"
        memory = status.get("memory_bytes")
        keep = status.get("keep_seconds")
        lines = [
            f"{Path(str(status['model'])).name} (process {status['pid']}, mathcli "
            f"{status['version']}, context {status['context']})",
            f"calls now: {status['calls'] + status['requests']}",
            f"up {_minutes(status['up_seconds'])}, idle {_minutes(status['idle_seconds'])}"
            + (f"; ends after {spelled(keep)} without use" if keep is not None else ""),
        ]
        if status.get("url"):
            lines.append(f"HTTP: {status['url']}")
        if memory is not None:
            lines.append(f"memory: {memory / 1e6:.0f} MB")
        return "".join(f"{safe(line)}\n" for line in lines)

    def record(self) -> Mapping[str, Any]:
        """The same as data."""
        return {"schema": output.SCHEMA, "resident": self.found}


@serve_app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show what the resident engine keeps. Exit code 1 if there is none.

    Examples:

        mathcli serve status
    """
    output.emit(Status(asyncio.run(_status())), as_json=as_json)


@serve_app.command("stop")
def stop_command() -> None:
    """End the resident engine after its current requests. Exit code 1 if there is none.

    Examples:

        mathcli serve stop
    """
    pid = asyncio.run(_stop())
    if pid is None:
        output.note("there is no resident engine")
        raise typer.Exit(int(Exit.WRONG))
    output.note(f"the resident engine (process {pid}) has ended")


async def _status() -> dict[str, Any] | None:
    from mathcli.resident.starting import find

    link = await find()
    if link is None:
        return None
    try:
        answer = await link.ask("status")
    except ConnectionError:
        return None
    finally:
        link.close()
    found = answer.get("status")
    if not isinstance(found, dict):
        raise EngineError("the resident engine sent an unexpected answer", "mathcli serve stop")
    return found


async def _stop() -> int | None:
    from mathcli.resident.starting import end, find

    link = await find()
    if link is None:
        return None
    await end(link)
    return link.about.pid


def _minutes(length: float) -> str:
    minutes, rest = divmod(int(length), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
