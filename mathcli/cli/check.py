"""`mathcli check`: are two answers equal?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from mathcli.answers import Comparison, Verdict
from mathcli.cli.output import SCHEMA, emit
from mathcli.errors import Exit, UsageError
from mathcli.text_safety import given_text


@dataclass(frozen=True)
class CheckResult:
    """Two answers and the verdict on them."""

    first: str
    second: str
    comparison: Comparison

    @property
    def exit_code(self) -> Exit:
        """0 equal, 1 different, 3 undecided."""
        return {
            Verdict.CORRECT: Exit.OK,
            Verdict.INCORRECT: Exit.WRONG,
            Verdict.UNDECIDED: Exit.NO_ANSWER,
        }[self.comparison.verdict]

    def text(self) -> str:
        """The verdict and its reason, on one line."""
        return f"{self.comparison.verdict.value}: {self.comparison.reason}"

    def record(self) -> Mapping[str, Any]:
        """Both answers, `verdict` and `reason`."""
        return {
            "schema": SCHEMA,
            "first": self.first,
            "second": self.second,
            "verdict": self.comparison.verdict.value,
            "reason": self.comparison.reason,
        }


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
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", help="Undecided after this time."),
]
Percent = Annotated[
    bool,
    typer.Option("--percent", help="75% may also be written as 0.75; without, only as 75."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One record: first, second, verdict, reason.")]


def check_command(
    first: First,
    second: Second,
    tolerance: Tolerance = 1e-6,
    timeout: Timeout = 2.0,
    percent: Percent = False,
    as_json: AsJson = False,
) -> None:
    """Say whether two answers are equal, and why.

    Bare lists, sets and Python lists are compared without order (2, 3 equals {3, 2}); tuples,
    vectors and intervals with it. Exact numbers are compared exactly, decimals to a tolerance.

    Exit code: 0 equal, 1 different, 3 undecided.

    Examples:

        mathcli check "1/2" "0.5"

        mathcli check "x^2 - 1" "(x-1)(x+1)" && echo the same

        mathcli check --tolerance 0.01 3.14 pi
    """
    first, second = given_text(first), given_text(second)
    with grader_for(tolerance, timeout, percent) as grader:
        comparison = grader.compare(first, second)
    emit(CheckResult(first, second, comparison), as_json=as_json)


def grader_for(tolerance: float, timeout: float, percent: bool, workers: int = 1) -> Any:
    """A grader with settings from the command line.

    Raises:
        UsageError: if a setting makes no sense.
    """
    from mathcli.answers import Grader

    try:
        return Grader(timeout=timeout, tolerance=tolerance, percent=percent, workers=workers)
    except ValueError as error:
        raise UsageError(str(error), "see: mathcli check --help") from None
