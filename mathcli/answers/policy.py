"""The policy of a comparison: how strict it is, where careful people decide differently.

`docs/answers.md` gives the reason for each; `mathcli check --explain` shows those in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

Units = Literal["optional", "require", "ignore"]
UNITS: tuple[Units, ...] = ("optional", "require", "ignore")
MAX_DIGITS = 50

TOLERANCE = 1e-6
"""The usual relative difference of decimals that are equal."""


@dataclass(frozen=True)
class Policy:
    """How two answers are compared.

    Args:
        tolerance: largest relative difference where one side is an inexact decimal and the other
            is no written decimal (`0.333333` against `1/3`); never between exact numbers.
        percent: `75%` may also be written as 0.75; without, only as 75.
        decimal_comma: `3,5` is 3.5 and `1.234` is 1234, as in most of Europe.
        positive: symbols stand for positive numbers, so that `sqrt(x^2)` is `x`.
        units: `optional` (a unit may be left out on one side), `require` (it may not) or
            `ignore` (units are not looked at).
        digits: numbers are equal when they agree to this many significant digits; 0 asks for
            no rounding.
        case: upper and lower case of words counts.

    Raises:
        ValueError: if a value makes no sense.
    """

    tolerance: float = TOLERANCE
    percent: bool = False
    decimal_comma: bool = False
    positive: bool = False
    units: Units = "optional"
    digits: int = 0
    case: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < 1:
            raise ValueError("tolerance must be from 0 to below 1")
        if self.units not in UNITS:
            raise ValueError(f"units must be one of {', '.join(UNITS)}")
        if not 0 <= self.digits <= MAX_DIGITS:
            raise ValueError(f"digits must be from 0 to {MAX_DIGITS}")

    def as_settings(self) -> dict[str, Any]:
        """The policy as plain data, for a worker process."""
        return asdict(self)

    def sentences(self) -> Iterator[str]:
        """The rules in force, one sentence each."""
        if self.digits:
            yield f"numbers are equal when they agree to {self.digits} significant digits"
        else:
            yield ("exact numbers are compared exactly; a decimal may differ from a value that "
                   f"is no decimal by {self.tolerance:g} of it")  # fmt: skip
        yield ("a comma between digits is a decimal comma" if self.decimal_comma else
               "a comma separates thousands or the members of a list")  # fmt: skip
        yield ("75% equals 0.75 and 75" if self.percent else
               "75% equals 75 and not 0.75")  # fmt: skip
        yield {"optional": "a unit may be left out on one side, else units are converted",
               "require": "a unit may not be left out",
               "ignore": "units are not compared"}[self.units]  # fmt: skip
        yield ("symbols are positive" if self.positive else
               "symbols are any real numbers")  # fmt: skip
        yield ("upper and lower case of words counts" if self.case else
               "case counts in variables and units, not in words")  # fmt: skip
        yield "bare lists and sets have no order, and repeated members of a set count once"


DEFAULT = Policy()
"""The policy where nothing else is asked for."""
