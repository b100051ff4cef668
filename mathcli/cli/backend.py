"""What solves: a model file here, in a resident process, or on a server; declared once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli.cascading import CASCADE, cascade
from mathcli.cli.completion import complete_card, complete_model
from mathcli.cli.hints import hint_once_a_day
from mathcli.cli.panels import ENGINE
from mathcli.cli.remote import Remote
from mathcli.cli.request import Request
from mathcli.cli.sandbox_option import Sandbox, SandboxName
from mathcli.cli.sharing import Sharing
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.engines.options import EngineOptions
    from mathcli.engines.server import ServerOptions


ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="A .gguf file, a pulled model, nano; auto: small ones first, and a larger one where "
        "their answer is not trusted. (default: the best one here)",
        envvar="MATHCLI_MODEL",
        autocompletion=complete_model,
    ),
]

Deterministic = Annotated[
    bool, typer.Option(help="No answer depends on what else is in work; slower.")
]


@dataclass(frozen=True)
class EngineChoice:
    """How a model file is decoded on this machine."""

    card: Annotated[
        str | None,
        typer.Option(
            help="How to talk to it: a family that mathcli knows (its card), or a .toml file. "
            "(default: as the model file says)",
            rich_help_panel=ENGINE,
            autocompletion=complete_card,
        ),
    ] = None
    context: Annotated[
        int | None,
        typer.Option(
            min=64,
            help="Tokens of context. (default: what the model needs)",
            rich_help_panel=ENGINE,
        ),
    ] = None
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processor threads. (default: physical cores that are free)",
            rich_help_panel=ENGINE,
        ),
    ] = None
    gpu: Annotated[
        str,
        typer.Option(
            help="auto: as many layers as fit. off, require, or a number of layers.",
            rich_help_panel=ENGINE,
        ),
    ] = "auto"

    def options(self, **more: Any) -> EngineOptions:
        """For the engine, with what the command itself knows (`sequences`, `guesses`, …)."""
        from mathcli.engines.options import EngineOptions

        return EngineOptions(context=self.context, threads=self.threads, gpu=self.gpu, **more)


@dataclass(frozen=True)
class Backend:
    """What the call says of the model and of where it runs."""

    model: ModelName = None
    engine: EngineChoice = field(default_factory=EngineChoice)
    sharing: Sharing = field(default_factory=Sharing)
    remote: Remote = field(default_factory=Remote)
    sandbox: SandboxName = Sandbox.STRICT


@dataclass(frozen=True)
class Setup:
    """What a command solves with: a model file or a server, how to talk to it, how to run it.

    Args:
        workers: programs that run at the same time; `None`: one on each core.
        larger: the files to ask where the answer of the first is not trusted.
        request: how to solve.
    """

    model: Path | None
    engine: EngineOptions
    card: str | None = None
    sandbox: Sandbox = Sandbox.STRICT
    workers: int | None = None
    server: ServerOptions | None = None
    sharing: Sharing = field(default_factory=Sharing)
    larger: tuple[Path, ...] = ()
    request: Request = field(default_factory=Request)


def chosen_setup(
    backend: Backend,
    request: Request,
    engine: EngineOptions,
    *,
    workers: int | None = None,
    limit: float | None = None,
    one_model: bool = False,
) -> Setup:
    """What `--model` and `--server` mean together: a file on this machine, or a server's model.

    Args:
        engine: the backend's engine, as the command needs it.
        workers: programs that run at the same time; `None`: one on each core.
        limit: seconds until it has to be known what a server serves.
        one_model: the command is about a single model.

    Raises:
        UsageError: options of the one are used with the other.
        ModelError: the model is not on this machine.
    """
    model, card, sharing = backend.model, backend.engine.card, backend.sharing
    # The environment's model is a file; a server's model is named in the call.
    named = None if model == os.environ.get("MATHCLI_MODEL") else model
    server = backend.remote.options(named, engine, limit)
    path: Path | None = None
    larger: tuple[Path, ...] = ()
    if server is not None:
        pass
    elif model != CASCADE:
        path = chosen_model(model)
    elif one_model:
        raise UsageError(f"--model {CASCADE} asks several models; this is about one", "name it")
    else:
        path, *rest = cascade(card, sharing)
        larger = tuple(rest)
    return Setup(
        path, engine, card, backend.sandbox, workers, server, sharing, larger, request
    )  # fmt: skip


def chosen_model(name: str | None) -> Path:
    """The model file that `--model` means; a hint about a better choice goes to standard error.

    Raises:
        ModelError: it is not on this machine.
    """
    from mathcli.models import choose_model

    choice = choose_model(name)
    if choice.hint:
        hint_once_a_day(choice.hint)
    return choice.path
