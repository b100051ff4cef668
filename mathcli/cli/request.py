"""All options about how a problem is solved, declared once.

Commands take a `Request` as their options (`option_groups`), the HTTP server its fields from a body
(`http_options`). The model's card supplies the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.cli.effort import Effort
from mathcli.cli.panels import WRITING
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.engines import Sampling
    from mathcli.models import Card
    from mathcli.solving import SolveOptions


class Method(str, Enum):
    """The method of a solution."""

    TIR = "tir"
    COT = "cot"
    PAL = "pal"
    AUTO = "auto"


@dataclass(frozen=True)
class Writing:
    """The sampling parameters and limits of one solution."""

    temperature: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="0: always the most probable token. (default: the model's)",
            rich_help_panel=WRITING,
        ),
    ] = None
    top_p: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1,
            help="Nucleus sampling. (default: the model's)",
            rich_help_panel=WRITING,
        ),
    ] = None
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of all random draws.", rich_help_panel=WRITING)
    ] = 0
    max_rounds: Annotated[
        int | None,
        typer.Option(
            min=0, help="Most programs to run. (default: the model's)", rich_help_panel=WRITING
        ),
    ] = None
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most tokens between programs. (default: the model's)",
            rich_help_panel=WRITING,
        ),
    ] = None


@dataclass(frozen=True)
class Request:
    """The requested options for solving a problem; the card supplies the others.

    Raises:
        UsageError: the options contradict each other.
    """

    method: Annotated[
        Method | None,
        typer.Option(
            help="tir: words and programs. cot: words. pal: a program. auto: what suits the "
            "problem, see mathcli calibrate. (default: the model's)"
        ),
    ] = None
    writing: Writing = field(default_factory=Writing)
    think: Annotated[
        str | None,
        typer.Option(
            "--think",
            metavar="N|on|off",
            help="For models that think: at most N tokens, then it must answer; or an "
            "effort by name (low, medium, high). (default: the model's)",
            rich_help_panel=WRITING,
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            metavar="SECONDS",
            help="Seconds for the whole problem.",
            rich_help_panel=WRITING,
        ),
    ] = None
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        self.effort.check_sense(self.writing.temperature)
        thinking(self.think)

    def options(self, card: Card) -> SolveOptions:
        """The requested options, completed by the card's defaults.

        Raises:
            UsageError: the family cannot think as it was asked to.
        """
        from mathcli.solving import SolveOptions

        method = self.method.value if self.method else card.default_method
        writing, effort = self.writing, self.effort
        return SolveOptions(
            method,
            self.sampling(card),
            writing.max_rounds,
            writing.max_tokens,
            self.timeout,
            strategy=effort.name,
            samples=effort.samples_with(card),
            budget=effort.budget,
            confidence=effort.certainty,
            min_agreement=effort.min_agreement,
            min_trust=effort.min_trust,
            check=effort.check,
            paraphrases=effort.paraphrase,
            branch=effort.branch,
            iterations=effort.iterations,
            think=thinking(self.think),
        )

    def sampling(self, card: Card) -> Sampling:
        """The sampling parameters: as requested, else the card's for one solution or for a vote.

        Raises:
            UsageError: the family cannot think as it was asked to.
        """
        from mathcli.engines import Sampling
        from mathcli.solving.thinking import mode_of

        switch = mode_of(card, thinking(self.think)).switch
        if self.effort.name == "once":
            usual = switch.sampling or card.sampling
        else:
            usual = switch.votes or card.votes
        asked = self.writing
        if asked.temperature == 0:
            return Sampling(seed=asked.seed)
        return Sampling(
            temperature=usual.temperature if asked.temperature is None else asked.temperature,
            top_p=usual.top_p if asked.top_p is None else asked.top_p,
            top_k=usual.top_k,
            min_p=usual.min_p,
            seed=asked.seed,
        )


def thinking(text: str | None) -> int | str | None:
    """The value of `--think`: a number of tokens, or a word that the card must know.

    Raises:
        UsageError: the text is neither.
    """
    if text is None:
        return None
    word = text.strip().lower()
    if word.isascii() and word.isdigit():
        return int(word)
    if not word.isalpha():
        raise UsageError(
            f"--think takes on, off, an effort, or a number of tokens, not {text!r}",
            "try: --think 2000",
        )
    return word
