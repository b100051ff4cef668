"""`mathcli check`: are two answers equal?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Annotated, Any

import typer

from mathcli.answers import Comparison, Policy, Verdict
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.output import SCHEMA, emit
from mathcli.errors import Exit, UsageError
from mathcli.text_safety import given_text

_PANEL = "How strictly answers are compared"


class UnitsRule(str, Enum):
    """What to do about units; see `mathcli.answers.policy`."""

    OPTIONAL = "optional"
    REQUIRE = "require"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Explanation:
    """How two answers were read, and by what rules they were compared.

    Args:
        first: the readings of the first answer, the likeliest first.
        second: those of the second.
        policy: what is in force where careful people differ, one sentence each.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    policy: tuple[str, ...]


@dataclass(frozen=True)
class CheckResult:
    """Two answers and the verdict on them."""

    first: str
    second: str
    comparison: Comparison
    explanation: Explanation | None = None

    @property
    def exit_code(self) -> Exit:
        """0 equal, 1 different, 3 undecided."""
        return {
            Verdict.CORRECT: Exit.OK,
            Verdict.INCORRECT: Exit.WRONG,
            Verdict.UNDECIDED: Exit.NO_ANSWER,
        }[self.comparison.verdict]

    def text(self) -> str:
        """The verdict and its reason, on one line; below it how that came about, if asked for."""
        lines = [f"{self.comparison.verdict.value}: {self.comparison.reason}"]
        if self.explanation is not None:
            for name, read in (("A", self.explanation.first), ("B", self.explanation.second)):
                lines += [f"  {name} as {line}" for line in read]
            lines += [f"  rule: {rule}" for rule in self.explanation.policy]
        return "\n".join(lines)

    def record(self) -> Mapping[str, Any]:
        """Both answers, `verdict` and `reason`; with `explanation` where it was asked for."""
        found = {
            "schema": SCHEMA,
            "first": self.first,
            "second": self.second,
            "verdict": self.comparison.verdict.value,
            "reason": self.comparison.reason,
        }
        return (
            found if self.explanation is None else found | {"explanation": asdict(self.explanation)}
        )


First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        help="An answer: LaTeX, plain text, or as Python prints it.",
        show_default=False,
    ),
]
Second = Annotated[
    str,
    typer.Argument(metavar="B", help="The answer to compare it with.", show_default=False),
]
Tolerance = Annotated[
    float,
    typer.Option(
        "--tolerance",
        metavar="RELATIVE",
        help="Largest relative difference where a side is a decimal; exact numbers are exact.",
        rich_help_panel=_PANEL,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", help="Undecided after this time.", rich_help_panel=_PANEL
    ),
]
Percent = Annotated[
    bool,
    typer.Option(
        "--percent",
        help="75% may also be written as 0.75; without, only as 75.",
        rich_help_panel=_PANEL,
    ),
]
DecimalComma = Annotated[
    bool,
    typer.Option(
        "--decimal-comma",
        help="3,5 is 3.5 and 1.234 is 1234; lists need a ;.",
        rich_help_panel=_PANEL,
    ),
]
Positive = Annotated[
    bool,
    typer.Option(
        "--positive",
        help="Variables are positive, so that sqrt(x^2) is x.",
        rich_help_panel=_PANEL,
    ),
]
Units = Annotated[
    UnitsRule,
    typer.Option(
        "--units",
        metavar="RULE",
        help="A unit on one side only is fine (optional) or wrong (require); ignore: any unit is.",
        rich_help_panel=_PANEL,
    ),
]
Digits = Annotated[
    int,
    typer.Option(
        "--digits",
        metavar="N",
        min=0,
        help="Numbers are equal that agree to N significant digits.",
        rich_help_panel=_PANEL,
    ),
]
Case = Annotated[
    bool,
    typer.Option("--case", help="Upper and lower case of words counts.", rich_help_panel=_PANEL),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say how both were read, and the rules that were used.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One record: first, second, verdict, reason.")]


def check_command(
    first: First,
    second: Second,
    tolerance: Tolerance = 1e-6,
    timeout: Timeout = 2.0,
    percent: Percent = False,
    decimal_comma: DecimalComma = False,
    positive: Positive = False,
    units: Units = UnitsRule.OPTIONAL,
    digits: Digits = 0,
    case: Case = False,
    explain: Explain = False,
    as_json: AsJson = False,
    help_all: HelpAll = False,
) -> None:
    """Say whether two answers are equal, and why.

    Bare lists, sets and Python lists are compared without order (2, 3 equals {3, 2}); tuples,
    vectors and intervals with it. Exact numbers are compared exactly, decimals to a tolerance.

    Exit code: 0 equal, 1 different, 3 undecided.

    Examples:

        mathcli check "1/2" "0.5"

        mathcli check "x^2 - 1" "(x-1)(x+1)" && echo the same

        mathcli check --digits 3 3.14 pi

        mathcli check --explain "36 km/h" "10 m/s"
    """
    first, second = given_text(first), given_text(second)
    strictness = {
        "decimal_comma": decimal_comma,
        "positive": positive,
        "units": units.value,
        "digits": digits,
        "case": case,
    }
    with grader_for(tolerance, timeout, percent, strictness=strictness) as grader:
        comparison = grader.compare(first, second)
        explanation = _explained(first, second, grader.policy) if explain else None
    emit(CheckResult(first, second, comparison, explanation), as_json=as_json)


def _explained(first: str, second: str, policy: Policy) -> Explanation:
    from mathcli.answers.describing import described

    read = [tuple(described(text, decimal_comma=policy.decimal_comma)) for text in (first, second)]
    return Explanation(read[0], read[1], tuple(policy.sentences()))


def grader_for(
    tolerance: float,
    timeout: float,
    percent: bool,
    workers: int = 1,
    *,
    strictness: Mapping[str, Any] | None = None,
) -> Any:
    """A grader with settings from the command line.

    Args:
        tolerance: as in `Policy`.
        timeout: seconds for one comparison.
        percent: as in `Policy`.
        workers: how many processes compare.
        strictness: the other fields of `Policy`.

    Raises:
        UsageError: if a setting makes no sense.
    """
    from mathcli.answers import Grader

    try:
        policy = Policy(tolerance=tolerance, percent=percent, **(strictness or {}))
        return Grader(timeout=timeout, workers=workers, policy=policy)
    except ValueError as error:
        raise UsageError(str(error), "see: mathcli check --help") from None
