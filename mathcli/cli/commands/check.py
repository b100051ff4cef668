"""`mathcli check`: are two answers equal?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

import typer

from mathcli.answers import Comparison, Policy, Verdict
from mathcli.cli.comparing import Comparing
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import grouped
from mathcli.cli.output import SCHEMA, emit, note
from mathcli.errors import Exit
from mathcli.text_safety import given_text

_COMMA = re.compile(r"\d\s?(?:,|\{,\})\d|\d\.\d{3}")


@dataclass(frozen=True)
class Explanation:
    """How two answers were read, and the rules by which they were compared.

    Args:
        first: the readings of the first answer, the likeliest first.
        second: the readings of the second.
        policy: the rules in force, one sentence each.
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
        """The verdict and its reason, on one line; below it the explanation, if requested."""
        lines = [f"{self.comparison.verdict.value}: {self.comparison.reason}"]
        if self.explanation is not None:
            for name, read in (("A", self.explanation.first), ("B", self.explanation.second)):
                lines += [f"  {name} as {line}" for line in read]
            lines += [f"  rule: {rule}" for rule in self.explanation.policy]
        return "\n".join(lines)

    def record(self) -> Mapping[str, Any]:
        """Both answers, `verdict` and `reason`; with `explanation` if requested."""
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
Explain = Annotated[
    bool, typer.Option("--explain", help="Show how both were read, and the rules that were used.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One record: first, second, verdict, reason.")]


@grouped
def check_command(
    first: First,
    second: Second,
    comparing: Comparing,
    explain: Explain = False,
    as_json: AsJson = False,
    help_all: HelpAll = False,
) -> None:
    """Compare two answers: are they equal, and why?

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
    with comparing.grader() as grader:
        comparison = grader.compare(first, second)
        explanation = _explained(first, second, grader.policy) if explain else None
    if comparison.verdict is not Verdict.CORRECT and not as_json:
        _name_option(first, second, comparing)
    emit(CheckResult(first, second, comparison, explanation), as_json=as_json)


def _name_option(first: str, second: str, comparing: Comparing) -> None:
    """Name the option, if there is one, with which the answers would be equal."""
    both = f"{first} {second}"
    options = {
        "--decimal-comma": (_COMMA.search(both), replace(comparing, decimal_comma=True)),
        "--percent": ("%" in both or "percent" in both, replace(comparing, percent=True)),
    }
    for option, (matters, rules) in options.items():
        if not matters:
            continue
        with rules.grader() as grader:
            if grader.compare(first, second).verdict is Verdict.CORRECT:
                note(f"hint: they are equal with {option} (see mathcli check --help-all)")


def _explained(first: str, second: str, policy: Policy) -> Explanation:
    from mathcli.answers.describing import described

    read = [tuple(described(text, decimal_comma=policy.decimal_comma)) for text in (first, second)]
    return Explanation(read[0], read[1], tuple(policy.sentences()))
