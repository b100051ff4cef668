"""Compares values with units: converts if both sides have a unit, else the policy decides."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.statements import labelled
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Number,
    Quantity,
    Term,
    is_scalar,
    walk,
)
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules

_ANGLES = frozenset(["asin", "acos", "atan", "acot", "asec", "acsc", "atan2", "arg"])
_WARMTH = {"C": (Fraction(1), Fraction(27315, 100)), "K": (Fraction(1), Fraction(0)),
           "F": (Fraction(5, 9), Fraction(45967, 100) * Fraction(5, 9))}  # fmt: skip


class Quantities:
    """Compares quantities; their values go back to `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def compare(self, quantity: Quantity, other: Term) -> Comparison:
        """A quantity against anything."""
        if isinstance(other, Quantity):
            return self._both(quantity, other)
        label, value = labelled(other)
        if label is not None:
            return self.rules.compare_lowered(quantity, value)
        if quantity.unit == "degree" and _is_angle(value) and is_scalar(value):
            return self.rules.compare_lowered(Apply("degrees", (quantity.value,)), value)
        if quantity.unit == "radian" and not _is_angle(quantity.value):
            return self.rules.compare_lowered(quantity.value, value)
        if quantity.tentative:
            return incorrect("a unit or a variable on one side only")
        return self._with_none(quantity, value)

    def _with_none(self, quantity: Quantity, value: Term) -> Comparison:
        """The other side has no unit."""
        from mathcli.answers.units import size

        comparison = self.rules.compare_lowered(quantity.value, value)
        if quantity.unit == "percent" and comparison.verdict is not Verdict.CORRECT:
            as_decimal = self.rules.compare_lowered(Apply("percent", (quantity.value,)), value)
            if as_decimal.verdict is Verdict.CORRECT:
                if self.rules.policy.percent:
                    return correct("equal, a percentage written as a number")
                return incorrect("equal only if a percentage may be written as a number (percent)")
        if comparison.verdict is not Verdict.CORRECT or self.rules.policy.units == "ignore":
            return comparison
        if self.rules.policy.units == "require" and size(quantity.unit) is not None:
            return incorrect(f"the unit {quantity.unit} is left out on one side")
        return correct(f"equal; the unit {quantity.unit} is left out on one side")

    def _both(self, first: Quantity, second: Quantity) -> Comparison:
        if self.rules.policy.units == "ignore" or first.unit == second.unit:
            return self.rules.compare_lowered(first.value, second.value)
        if first.unit.startswith("mod ") and second.unit.startswith("mod "):
            return incorrect("residues of different moduli")
        if {first.unit, second.unit} == {"degree", "radian"}:
            degrees, radians = (first, second) if first.unit == "degree" else (second, first)
            return self.rules.compare_lowered(Apply("degrees", (degrees.value,)), radians.value)
        if first.unit in _WARMTH and second.unit in _WARMTH:
            return self.rules.compare_lowered(_kelvin(first), _kelvin(second))
        from mathcli.answers.units import size

        sizes = size(first.unit), size(second.unit)
        if sizes[0] is not None and sizes[1] is not None:
            if sizes[0][0] != sizes[1][0]:
                return self._different(first, second)
            return self.rules.compare_lowered(
                _scaled(first, sizes[0][1]), _scaled(second, sizes[1][1])
            )
        return self._counted(first, second)

    def _different(self, first: Quantity, second: Quantity) -> Comparison:
        """Units of different dimensions; `unit` and its powers stand for any."""
        names = [first.unit.partition("^")[0], second.unit.partition("^")[0]]
        if {"lb", "pound-sterling"} == set(names):
            return undecided("pounds of weight against pounds of money")
        if "unit" in names:
            return self.rules.compare_lowered(first.value, second.value)
        return incorrect(f"different units: {min(first.unit, second.unit)} "
                         f"and {max(first.unit, second.unit)}")  # fmt: skip

    def _counted(self, first: Quantity, second: Quantity) -> Comparison:
        """Counts of things, of which one side may say more."""
        comparison = self.rules.compare_lowered(first.value, second.value)
        if comparison.verdict is not Verdict.CORRECT:
            return comparison
        words = set(first.unit.split()), set(second.unit.split())
        if words[0] <= words[1] or words[1] <= words[0] or stem(first.unit) == stem(second.unit):
            return comparison
        if _is_said(first.unit) or _is_said(second.unit):
            return comparison
        return undecided(
            f"equal numbers of {min(first.unit, second.unit)} and {max(first.unit, second.unit)}"
        )


def _is_said(unit: str) -> bool:
    """Whether what is called a unit is the rest of a sentence: `the answer is`."""
    return bool({"is", "are", "answer", "equals"} & set(unit.split()))


def stem(text: str) -> str:
    """A word without the ending of its plural."""
    return text.removesuffix("es") if text.endswith(("shes", "ches")) else text.removesuffix("s")


def _scaled(quantity: Quantity, factor: Fraction) -> Term:
    value = quantity.value
    if is_scalar(value):
        return Apply("mul", (value, Number(factor)))
    if isinstance(value, Group):
        return Group(value.kind, tuple(Apply("mul", (item, Number(factor))) if is_scalar(item)
                                       else item for item in value.items))  # fmt: skip
    return value


def _kelvin(quantity: Quantity) -> Term:
    factor, shift = _WARMTH[quantity.unit]
    return Apply("add", (Apply("mul", (quantity.value, Number(factor))), Number(shift)))


def _is_angle(term: Term) -> bool:
    """Whether a value is surely an angle in radians."""
    return any(
        part == Constant("pi") or (isinstance(part, Apply) and part.op in _ANGLES)
        for part in walk(term)
    )
