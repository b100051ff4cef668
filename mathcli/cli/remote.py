"""A server in place of a model file: its options, its card, and its record in transcripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.cli import output
from mathcli.cli.guard import doing
from mathcli.cli.panels import SERVER
from mathcli.errors import ModelError, UsageError
from mathcli.input_files import LONGEST_LINE, named

if TYPE_CHECKING:
    from mathcli.engines.options import EngineOptions
    from mathcli.engines.server import ServerEngine, ServerOptions
    from mathcli.models import Card
    from mathcli.solving import ModelInfo


@dataclass(frozen=True)
class Remote:
    """The options about a server. Without an address the model runs here."""

    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Let this server decode: OpenAI-compatible, as llama-server or vLLM. "
            "Its key: MATHCLI_API_KEY.",
            rich_help_panel=SERVER,
        ),
    ] = None
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Requests to the server at once. (default: as many as it accepts)",
            rich_help_panel=SERVER,
        ),
    ] = None
    patience: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Seconds to wait for a server that is busy or away. (default: 120)",
            rich_help_panel=SERVER,
        ),
    ] = None
    chat_template: Annotated[
        Path | None,
        typer.Option(
            help="The served model's chat template (Jinja), if the server does not report it.",
            rich_help_panel=SERVER,
        ),
    ] = None

    @property
    def problems_at_once(self) -> int:
        """How many problems to solve at once so that the requested number of requests is always
        pending: while some problems run programs, others are written."""
        requests = self.concurrency or 1
        return requests + requests // 4

    def options(
        self, model: str | None, engine: EngineOptions, limit: float | None = None
    ) -> ServerOptions | None:
        """The options of the server, if there is one.

        Args:
            model: the server's name of the model.
            engine: the options of a model file; only the context can be used with a server.
            limit: seconds within which the server must report its model.

        Raises:
            UsageError: options contradict each other.
        """
        if self.server is None:
            self._check_unused()
            return None
        from mathcli.engines.retries import Backoff
        from mathcli.engines.server import ServerOptions

        _check_unused_by_server(engine)
        backoff = Backoff() if self.patience is None else Backoff(patience=self.patience)
        return ServerOptions(
            self.server,
            model=model,
            context=engine.context,
            concurrency=self.concurrency,
            backoff=backoff,
            template=self._template(),
            limit=limit,
            on_wait=lambda words: output.note(f"mathcli: {words}"),
        )

    def _check_unused(self) -> None:
        given = {
            "--concurrency": self.concurrency,
            "--patience": self.patience,
            "--chat-template": self.chat_template,
        }
        for name, value in given.items():
            if value is not None:
                raise UsageError(f"{name} is for a server", "name one: --server URL")

    def _template(self) -> str | None:
        if self.chat_template is None:
            return None
        data = named(self.chat_template, most=LONGEST_LINE)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"cannot read {self.chat_template}: it is not UTF-8 text") from None


def _check_unused_by_server(engine: EngineOptions) -> None:
    from mathcli.engines.options import EngineOptions as Options

    usual = Options()
    for name, value, default in (
        ("--threads", engine.threads, usual.threads),
        ("--gpu", engine.gpu, usual.gpu),
        ("--deterministic", engine.deterministic, usual.deterministic),
        ("--verbose", engine.verbose, usual.verbose),
    ):
        if value != default:
            raise UsageError(
                f"{name} is for a model file on this machine; a server has its own settings",
                f"leave out {name} or --server",
            )


@asynccontextmanager
async def served(
    options: ServerOptions, card: str | None
) -> AsyncIterator[tuple[Card, ServerEngine, ModelInfo]]:
    """A server's model with its card, closed afterwards.

    Raises:
        UsageError, EngineError, ModelError: the connection failed, or no card fits.
    """
    from mathcli.engines.server import ServerEngine

    doing(f"connecting to {options.url}")
    engine = await ServerEngine.connect(options)
    try:
        found = _card(engine, card)
        if not engine.is_local:
            output.note(
                f"problems go to {engine.connection.host}: the model is not on this machine"
            )
        if engine.served.dialect.hint is not None:
            output.note(engine.served.dialect.hint)
        yield found, engine, _describe(engine, found)
    finally:
        await engine.aclose()


def _card(engine: ServerEngine, name: str | None) -> Card:
    """The requested card, or the one that matches the model's name.

    Raises:
        ModelError: no card matches, or the card needs a chat template that is not available.
    """
    from mathcli.models import card_named
    from mathcli.solving.adapting import adapted

    template = engine.metadata("tokenizer.chat_template")
    card = card_named(name) if name is not None else _card_by_name(engine, template)
    asks_by_chat = [method for method, prompt in card.methods.items() if prompt.chat is not None]
    if asks_by_chat and template is None:
        raise ModelError(
            f"the card {card.name} needs the model's chat template, "
            f"which {engine.url} does not report",
            "give it with --chat-template FILE, or choose another card with --card",
        )
    fitted = adapted(card, engine.metadata)
    if fitted.note is not None:
        output.note(f"hint: {fitted.note}")
    return fitted.card


def _card_by_name(engine: ServerEngine, template: str | None) -> Card:
    from mathcli.models import GENERIC, cards, match_card

    names = engine.served.names
    known = cards()
    for name in names:
        for card in known.values():
            if name.lower() in (card.name, *card.checkpoints):
                return card
    for name in names:
        matched = match_card([name])
        if matched is not None:
            return matched
    if template is None:
        raise ModelError(
            f"{engine.served.model} belongs to no family that mathcli knows",
            "name a card: --card NAME (see: mathcli models list; base: worked examples)",
        )
    return known[GENERIC]


def _describe(engine: ServerEngine, card: Card) -> ModelInfo:
    """The model as recorded in transcripts; without a digest, because the file is elsewhere."""
    from mathcli.solving import ModelInfo

    model = engine.served
    return ModelInfo(
        name=model.name,
        file=model.file,
        sha256="",
        quant=model.quant,
        engine=engine.version,
        card=card.name,
    )
