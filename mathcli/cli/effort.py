"""How much to spend on one problem: solutions that vote or compete, and what they must show."""

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


class Strategy(str, Enum):
    """How several solutions become one answer."""

    VOTE = "vote"
    BEST = "best"
    PARTICLES = "particles"
    BEAM = "beam"
    TREE = "tree"
    SELECT = "select"


BUSY = 16  # solutions that are written at once, and for which the cache of a vote has room
_WAVE = 4  # solutions of one problem that a vote begins with


@dataclass(frozen=True)
class Effort:
    """What was said about solving a problem more than once; the card knows the rest.

    `usual_confidence` is the command's own, where none was asked for.
    """

    samples: Annotated[
        int | None,
        typer.Option(
            min=1, max=255, help="Most solutions to write; they vote.", rich_help_panel=SEVERAL
        ),
    ] = None
    strategy: Annotated[
        Strategy | None,
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
            help="Stop voting when the leader is this safe; 1: never. (default: 0.95; in eval 1)",
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
            help="Give no answer whose trust is less, and exit with 3.",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check the answer: put it into the problem, or solve it by a second program.",
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
            help="Rounds of particles (default: 1), ways down a tree (default: 4).",
            rich_help_panel=SEVERAL,
        ),
    ] = None
    usual_confidence: float = 0.95

    @property
    def certainty(self) -> float:
        """How safe a vote's leader must be for it to end."""
        return self.usual_confidence if self.confidence is None else self.confidence

    @property
    def name(self) -> StrategyName:
        """The strategy: one solution unless several were asked for."""
        if self.strategy is not None:
            return self.strategy.value
        several = (self.samples or 1) > 1 or self.paraphrase
        return "vote" if several else "once"

    def samples_with(self, card: Card) -> int:
        """How many solutions, at most."""
        if self.name == "once":
            return 1
        if self.samples is not None:
            return self.samples
        return self.paraphrase + 1 if self.paraphrase else card.votes.samples

    @property
    def problems_at_once(self) -> int:
        """How many problems keep a batch busy: fewer where each is solved several times."""
        if self.name == "once":
            return BUSY
        begun = self.samples or _WAVE
        if self.name == "vote" and self.certainty < 1:
            begun = min(begun, _WAVE)
        return max(2, BUSY // begun)

    def check_sense(self, temperature: float | None) -> None:
        """Refuse what makes no sense together.

        Args:
            temperature: the one that was asked for.

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
        """How many solutions are in the engine at once, at most."""
        from mathcli.solving.strategies import STRATEGIES

        return STRATEGIES[self.name].places(self.samples_with(card), self.branch)

    def _check_strategy(self) -> None:
        """Refuse options that this strategy does not have.

        Raises:
            UsageError: with the strategies that have them.
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
                    f"{flag} goes with --strategy {', '.join(names)}",
                    f"add --strategy {names[0]}, or leave out {flag}",
                )
