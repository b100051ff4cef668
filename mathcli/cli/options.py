"""Options that several commands share, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.cli.completion import complete_card, complete_model
from mathcli.cli.effort import Effort

if TYPE_CHECKING:
    from mathcli.engines import Sampling
    from mathcli.models import Card
    from mathcli.solving import SolveOptions


class Method(str, Enum):
    """How a problem is solved."""

    TIR = "tir"
    COT = "cot"
    PAL = "pal"
    AUTO = "auto"


class Sandbox(str, Enum):
    """How strictly programs are confined."""

    STRICT = "strict"
    BASIC = "basic"


# Panels of the help; what is in none comes first.
_DRAWING = "Writing"
_ENGINE = "Engine"
_SERVER = "Server"

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
CardName = Annotated[
    str | None,
    typer.Option(
        "--card",
        help="How to talk to it: a family that mathcli knows (its card), or a .toml file. "
        "(default: as the model file says)",
        rich_help_panel=_ENGINE,
        autocompletion=complete_card,
    ),
]
MethodName = Annotated[
    Method | None,
    typer.Option(
        help="tir: words and programs. cot: words. pal: a program. auto: what suits the problem, "
        "see mathcli calibrate. (default: the model's)"
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="0: always the likeliest token. (default: the model's)",
        rich_help_panel=_DRAWING,
    ),
]
TopP = Annotated[
    float | None,
    typer.Option(
        min=0.01, max=1, help="Nucleus sampling. (default: the model's)", rich_help_panel=_DRAWING
    ),
]
Seed = Annotated[
    int, typer.Option(min=0, help="Seed of all random draws.", rich_help_panel=_DRAWING)
]
MaxRounds = Annotated[
    int | None,
    typer.Option(
        min=0, help="Most programs to run. (default: the model's)", rich_help_panel=_DRAWING
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        min=1, help="Most tokens between programs. (default: the model's)", rich_help_panel=_DRAWING
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        metavar="SECONDS",
        help="Seconds for the whole of a solution.",
        rich_help_panel=_DRAWING,
    ),
]
Context = Annotated[
    int | None,
    typer.Option(
        min=64, help="Tokens of context. (default: what the model needs)", rich_help_panel=_ENGINE
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processor threads. (default: physical cores that are free)",
        rich_help_panel=_ENGINE,
    ),
]
Gpu = Annotated[
    str,
    typer.Option(
        help="auto: as many layers as fit. off, require, or a number of layers.",
        rich_help_panel=_ENGINE,
    ),
]
SandboxName = Annotated[
    Sandbox,
    typer.Option(help="How programs are confined: see mathcli doctor.", rich_help_panel=_ENGINE),
]
ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Let this server decode: OpenAI-compatible, as llama-server or vLLM. "
        "Its key: MATHCLI_API_KEY.",
        rich_help_panel=_SERVER,
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Texts to ask the server for at once. (default: what it takes)",
        rich_help_panel=_SERVER,
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="Seconds to wait for a server that is away. (default: 120)",
        rich_help_panel=_SERVER,
    ),
]
ChatTemplate = Annotated[
    Path | None,
    typer.Option(
        help="The served model's chat template (Jinja), if the server does not tell it.",
        rich_help_panel=_SERVER,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a record as JSON.")]


@dataclass(frozen=True)
class Asked:
    """How to solve, as far as it was said; the card knows the rest.

    Raises:
        UsageError: what was said makes no sense together.
    """

    method: Method | None
    temperature: float | None
    top_p: float | None
    seed: int
    max_rounds: int | None
    max_tokens: int | None
    timeout: float | None
    effort: Effort = field(default_factory=Effort)
    think: int | str | None = None

    def __post_init__(self) -> None:
        self.effort.check_sense(self.temperature)

    def options(self, card: Card) -> SolveOptions:
        """What was asked for, completed by what the family is used to.

        Raises:
            UsageError: the family cannot think as it was asked to.
        """
        from mathcli.solving import SolveOptions

        method = self.method.value if self.method else card.default_method
        effort = self.effort
        return SolveOptions(
            method,
            self._sampling(card),
            self.max_rounds,
            self.max_tokens,
            self.timeout,
            strategy=effort.name,
            samples=effort.samples_with(card),
            budget=effort.budget,
            confidence=effort.certainty,
            min_agreement=effort.min_agreement,
            min_trust=effort.min_trust,
            check=effort.check,
            paraphrases=effort.paraphrases,
            branch=effort.branch,
            iterations=effort.iterations,
            think=self.think,
        )

    def _sampling(self, card: Card) -> Sampling:
        from mathcli.engines import Sampling
        from mathcli.solving.thinking import mode_of

        switch = mode_of(card, self.think).switch
        if self.effort.name == "once":
            usual = switch.sampling or card.sampling
        else:
            usual = switch.votes or card.votes
        if self.temperature == 0:
            return Sampling(seed=self.seed)
        return Sampling(
            temperature=usual.temperature if self.temperature is None else self.temperature,
            top_p=usual.top_p if self.top_p is None else self.top_p,
            top_k=usual.top_k,
            min_p=usual.min_p,
            seed=self.seed,
        )
