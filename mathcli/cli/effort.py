"""How much to spend on one problem: several solutions, and conditions on the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.cli.completion import complete_model
from mathcli.cli.panels import SEVERAL
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.solving.options import StrategyName


class StrategyOption(str, Enum):
    """How several solutions become one answer."""

    VOTE = "vote"
    BEST = "best"
    PARTICLES = "particles"
    BEAM = "beam"
    TREE = "tree"
    SELECT = "select"


BUSY = 16  # most solutions written at once; the cache of a vote has room for them
_WAVE = 4  # solutions that a vote begins with


@dataclass(frozen=True)
class Effort:
    """The options for writing several solutions of one problem; the card supplies defaults.

    `usual_confidence` is the command's default for `--confidence`.
    """

    samples: Annotated[
        int | None,
        typer.Option(
            min=1, max=255, help="Most solutions to write; they vote.", rich_help_panel=SEVERAL
        ),
    ] = None
    strategy: Annotated[
        StrategyOption | None,
        typer.Option(
            "--strategy",
            help="How several solutions become one answer. Experimental, not shown to beat a vote: "
            "best, particles, beam, tree, select. (default: vote)",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most tokens to write for a problem, in all solutions.",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    confidence: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1,
            help="Stop voting when the leader is this likely to win; 1: never. "
            "(default: 0.95; in eval 1)",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    min_agreement: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Share of the solutions that must agree, else exit 3.",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    min_trust: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="P",
            help="Give no answer with a lower trust; exit 3.",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check the answer: substitute it, or solve the problem by a second program.",
            rich_help_panel=SEVERAL,
        ),
    ] = False
    paraphrase: Annotated[
        int,
        typer.Option(
            min=0, max=16, help="Rewordings that are solved as well.", rich_help_panel=SEVERAL
        ),
    ] = 0
    reward: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A reward model that scores the solutions: a file, or a pulled one.",
            autocompletion=complete_model,
            rich_help_panel=SEVERAL,
        ),
    ] = None
    branch: Annotated[
        int,
        typer.Option(
            min=1,
            max=32,
            help="Next steps to try after each, in a beam or tree.",
            rich_help_panel=SEVERAL,
        ),
    ] = 4
    iterations: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Rounds of particles (default: 1), descents of a tree (default: 4).",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    usual_confidence: float = 0.95

    @property
    def certainty(self) -> float:
        """The probability with which a vote's leader must win for the vote to end."""
        return self.usual_confidence if self.confidence is None else self.confidence

    @property
    def name(self) -> StrategyName:
        """The strategy's name: one solution unless several were requested."""
        if self.strategy is not None:
            return self.strategy.value
        several = (self.samples or 1) > 1 or self.paraphrase
        return "vote" if several else "once"

    def samples_with(self, card: Card) -> int:
        """Most solutions of one problem."""
        if self.name == "once":
            return 1
        if self.samples is not None:
            return self.samples
        return self.paraphrase + 1 if self.paraphrase else card.votes.samples

    @property
    def problems_at_once(self) -> int:
        """How many problems a batch solves at once: fewer if each has several solutions."""
        if self.name == "once":
            return BUSY
        begun = self.samples or _WAVE
        if self.name == "vote" and self.certainty < 1:
            begun = min(begun, _WAVE)
        return max(2, BUSY // begun)

    def check_sense(self, temperature: float | None) -> None:
        """Refuse options that contradict each other.

        Args:
            temperature: the requested one.

        Raises:
            UsageError: with what to type instead.
        """
        self._check_strategy()
        if self.name == "once":
            if self.min_agreement is not None:
                raise UsageError(
                    "--min-agreement needs several solutions that can agree", "add --samples 8"
                )
            if self.budget is not None:
                raise UsageError(
                    "--budget is shared by several solutions; one is limited by --max-tokens",
                    "add --samples 8, or use --max-tokens",
                )
        elif self.paraphrase:
            if self.samples is not None and self.samples <= self.paraphrase:
                raise UsageError(
                    f"{self.samples} solutions are too few for the problem and "
                    f"{self.paraphrase} rewordings",
                    f"use --samples {self.paraphrase + 1}, or leave it out",
                )
        elif temperature == 0:
            raise UsageError(
                "at temperature 0 all solutions are the same",
                "leave out --temperature (the model's is used), or try --temperature 0.7",
            )

    def sequences_with(self, card: Card) -> int:
        """Most solutions that are in the engine at once."""
        from mathcli.solving.strategies import STRATEGIES

        return STRATEGIES[self.name].places(self.samples_with(card), self.branch)

    def _check_strategy(self) -> None:
        """Refuse options that this strategy does not use.

        Raises:
            UsageError: names the strategies that use them.
        """
        given = {
            "reward": self.reward is not None,
            "paraphrase": self.paraphrase > 0,
            "confidence": self.confidence is not None,
            "branch": self.branch != Effort.branch,
            "iterations": self.iterations is not None,
        }
        if not any(given.values()):
            return
        from mathcli.solving.strategies import STRATEGIES, strategies_that_take

        for option in (name for name, is_given in given.items() if is_given):
            if option not in STRATEGIES[self.name].takes:
                names, flag = strategies_that_take(option), f"--{option}"
                raise UsageError(
                    f"{flag} needs --strategy {', '.join(names)}",
                    f"add --strategy {names[0]}, or leave out {flag}",
                )
