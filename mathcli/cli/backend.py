"""The options about the model and where it runs: here, in a resident process, or on a server."""

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
        help="A .gguf file, a pulled model, nano; auto: small models first, a larger one if the "
        "answer is not trusted. (default: the best one here)",
        envvar="MATHCLI_MODEL",
        autocompletion=complete_model,
    ),
]

Deterministic = Annotated[
    bool, typer.Option(help="Answers do not depend on what else runs at the same time; slower.")
]


@dataclass(frozen=True)
class EngineChoice:
    """How a model file is run on this machine."""

    card: Annotated[
        str | None,
        typer.Option(
            help="The model's prompts: a family that mathcli knows (its card), or a .toml file. "
            "(default: read from the model file)",
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
        """The engine's options, with the command's own (`sequences`, …)."""
        from mathcli.engines.options import EngineOptions

        return EngineOptions(context=self.context, threads=self.threads, gpu=self.gpu, **more)


@dataclass(frozen=True)
class Backend:
    """The options about the model and where it runs."""

    model: ModelName = None
    engine: EngineChoice = field(default_factory=EngineChoice)
    sharing: Sharing = field(default_factory=Sharing)
    remote: Remote = field(default_factory=Remote)
    sandbox: SandboxName = Sandbox.STRICT


@dataclass(frozen=True)
class Setup:
    """What a command solves with: a model file or a server, its card and its engine options.

    Args:
        workers: programs that run at the same time; `None`: one on each core.
        larger: the files of larger models, used if the first model's answer is not trusted.
        request: the options for solving.
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
    """Resolve `--model` and `--server`: to a file on this machine, or to a server's model.

    Args:
        engine: the backend's engine, as the command needs it.
        workers: programs that run at the same time; `None`: one on each core.
        limit: seconds within which the server must report its model.
        one_model: whether the command needs a single model.

    Raises:
        UsageError: options for files are used with a server, or the reverse.
        ModelError: the model is not on this machine.
    """
    # MATHCLI_MODEL names a file; a server's model is named on the command line.
    named = None if backend.model == os.environ.get("MATHCLI_MODEL") else backend.model
    server = backend.remote.options(named, engine, limit)
    files = () if server is not None else _files(backend, one_model=one_model)
    path = files[0] if files else None
    return Setup(
        path, engine, backend.engine.card, backend.sandbox, workers, server, backend.sharing,
        files[1:], request,
    )  # fmt: skip


def _files(backend: Backend, *, one_model: bool) -> tuple[Path, ...]:
    """The model files that `--model` names, the one to begin with first."""
    if backend.model != CASCADE:
        return (chosen_model(backend.model),)
    if one_model:
        raise UsageError(f"--model {CASCADE} uses several models; this needs one", "name one")
    return cascade(backend.engine.card, backend.sharing)


def chosen_model(name: str | None) -> Path:
    """The model file that `--model` names; a hint about a better choice goes to standard error.

    Raises:
        ModelError: the model is not on this machine.
    """
    from mathcli.models import choose_model

    choice = choose_model(name)
    if choice.hint:
        hint_once_a_day(choice.hint)
    return choice.path
