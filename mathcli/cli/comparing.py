"""How strictly answers are compared: the options of `check` and `grade`, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.answers.policy import TOLERANCE
from mathcli.cli.panels import COMPARING
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.answers import Grader


class UnitsRule(str, Enum):
    """How units are compared; see `mathcli.answers.policy`."""

    OPTIONAL = "optional"
    REQUIRE = "require"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Comparing:
    """The rules by which two answers are equal; see `mathcli.answers.policy`."""

    tolerance: Annotated[
        float,
        typer.Option(
            metavar="RELATIVE",
            help="Largest relative difference where a side is a decimal; exact numbers are exact.",
            rich_help_panel=COMPARING,
        ),
    ] = TOLERANCE
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="Undecided after this time.", rich_help_panel=COMPARING
        ),
    ] = 2.0
    percent: Annotated[
        bool,
        typer.Option(
            "--percent",
            help="75% may also be written as 0.75; without, only as 75.",
            rich_help_panel=COMPARING,
        ),
    ] = False
    decimal_comma: Annotated[
        bool,
        typer.Option(
            "--decimal-comma",
            help="3,5 is 3.5 and 1.234 is 1234; lists need a ;.",
            rich_help_panel=COMPARING,
        ),
    ] = False
    positive: Annotated[
        bool,
        typer.Option(
            "--positive",
            help="Variables are positive, so that sqrt(x^2) is x.",
            rich_help_panel=COMPARING,
        ),
    ] = False
    units: Annotated[
        UnitsRule,
        typer.Option(
            metavar="RULE",
            help="A unit on one side only is fine (optional) or wrong (require); "
            "ignore: any unit is.",
            rich_help_panel=COMPARING,
        ),
    ] = UnitsRule.OPTIONAL
    digits: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Numbers are equal that agree to N significant digits.",
            rich_help_panel=COMPARING,
        ),
    ] = 0
    case: Annotated[
        bool,
        typer.Option(
            "--case",
            help="Upper and lower case of words matter.",
            rich_help_panel=COMPARING,
        ),
    ] = False

    def grader(self, workers: int = 1) -> Grader:
        """A grader that compares by these rules.

        Args:
            workers: number of comparing processes.

        Raises:
            UsageError: a value is out of range or contradicts another.
        """
        from mathcli.answers import Grader, Policy

        try:
            policy = Policy(
                tolerance=self.tolerance,
                percent=self.percent,
                decimal_comma=self.decimal_comma,
                positive=self.positive,
                units=self.units.value,
                digits=self.digits,
                case=self.case,
            )
            return Grader(timeout=self.timeout, workers=workers, policy=policy)
        except ValueError as error:
            raise UsageError(str(error), "see: mathcli check --help") from None
