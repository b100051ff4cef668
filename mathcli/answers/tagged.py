"""Answers that carry a mark: letters of a choice, words, units, bases, and "there is none"."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.realsets import NotReal, pieces
from mathcli.answers.statements import labelled, lowered
from mathcli.answers.terms import (
    Apply,
    Based,
    Choice,
    Constant,
    Interval,
    Nothing,
    Number,
    Quantity,
    SetOf,
    Symbol,
    Term,
    Words,
    is_scalar,
    walk,
)
from mathcli.answers.units import size
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided
from mathcli.answers.words import number_in_words

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules


_JOINTS = frozenset(["and", "or"])


class Tagged:
    """Compares a marked answer with any other; what is inside goes back to `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def compare(self, first: Term, second: Term) -> Comparison | None:
        """The verdict if one of the two is marked; the first kind listed decides."""
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Choice):
                return self.choice(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Nothing):
                return self.nothing(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Words):
                return self.words(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Quantity):
                return self.quantity(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Based):
                return self.based(one, other)
        return None

    def choice(self, choice: Choice, other: Term) -> Comparison:
        """`(B) 5` against `B`, `5` or another choice."""
        if isinstance(other, Choice):
            if choice.letter == other.letter:
                if choice.content is None or other.content is None:
                    return correct(f"both are choice {choice.letter}")
                inside = self.rules.compare_lowered(lowered(choice.content), lowered(other.content))
                if inside.verdict is Verdict.CORRECT:
                    return correct(f"both are choice {choice.letter}")
                return undecided("the same letter with different contents")
            return incorrect(f"choice {min(choice.letter, other.letter)} is not choice "
                             f"{max(choice.letter, other.letter)}")  # fmt: skip
        if other == Constant("e") and choice.letter == "E":
            return correct("both are choice E")
        if isinstance(other, Symbol) and len(other.name) == 1:
            if other.name.upper() == choice.letter:
                return correct(f"both are choice {choice.letter}")
            return incorrect("different letters")
        if choice.content is not None:
            inside = self.rules.compare_lowered(lowered(choice.content), other)
            return Comparison(
                inside.verdict, f"the content of choice {choice.letter}: {inside.reason}"
            )
        if isinstance(other, Words):
            return incorrect("a letter of a choice is not this word")
        return undecided("a letter of a choice against a content, and the choices are not known")

    def nothing(self, nothing: Nothing, other: Term) -> Comparison:
        """ "No solution" or "does not exist" against anything."""
        if isinstance(other, Nothing):
            if nothing.kind == other.kind:
                return correct("both say that there is none")
            return undecided("having no solution and having no value are not the same")
        if isinstance(other, Quantity):
            other = other.value
        _, value = labelled(other)
        if value == nothing:
            return correct("both say that there is none")
        if isinstance(value, (Interval, SetOf)):
            try:
                if not pieces(value, self.rules.scalars):
                    return correct("both are empty")
            except NotReal:
                return undecided("a set that may be empty")
        if nothing.kind == "undefined":
            if is_scalar(value) and self.rules.exists(value) is False:
                return correct("neither has a value")
            if any(part == Constant("infinity") for part in walk(value)):
                return undecided("no value against infinity")
        return incorrect("one side says that there is no such thing, the other gives one")

    def words(self, words: Words, other: Term) -> Comparison:
        """Words against anything."""
        if isinstance(other, Words):
            return same_words(words.text, other.text)
        _, value = labelled(other)
        if isinstance(value, Words):
            return same_words(words.text, value.text)
        if isinstance(other, Quantity):
            return self.words(words, other.value)
        if any(number_in_words(word) is not None for word in words.text.split()):
            return undecided("a sentence with a number in words")
        return incorrect("words against a value")

    def quantity(self, quantity: Quantity, other: Term) -> Comparison:
        """A quantity against anything; a unit may be left out on one side."""
        if isinstance(other, Quantity):
            return self._quantities(quantity, other)
        label, value = labelled(other)
        if label is not None:
            return self.rules.compare_lowered(quantity, value)
        if quantity.unit == "degree" and _mentions_pi(value) and is_scalar(value):
            return self.rules.compare_lowered(Apply("degrees", (quantity.value,)), value)
        if quantity.unit == "radian" and not _mentions_pi(quantity.value):
            return self.rules.compare_lowered(quantity.value, value)
        if quantity.tentative:
            return incorrect("a unit or a variable on one side only")
        found = self.rules.compare_lowered(quantity.value, value)
        if quantity.unit == "percent" and found.verdict is not Verdict.CORRECT:
            as_decimal = self.rules.compare_lowered(Apply("percent", (quantity.value,)), value)
            if as_decimal.verdict is Verdict.CORRECT:
                if self.rules.policy.percent:
                    return correct("equal, a percentage written as a number")
                return incorrect("equal only if a percentage may be written as a number (percent)")
        if found.verdict is Verdict.CORRECT:
            return correct(f"equal; the unit {quantity.unit} is left out on one side")
        return found

    def _quantities(self, first: Quantity, second: Quantity) -> Comparison:
        if first.unit == second.unit:
            return self.rules.compare_lowered(first.value, second.value)
        if first.unit.startswith("mod ") and second.unit.startswith("mod "):
            return incorrect("residues of different moduli")
        if {first.unit, second.unit} == {"degree", "radian"}:
            degrees, radians = (first, second) if first.unit == "degree" else (second, first)
            return self.rules.compare_lowered(Apply("degrees", (degrees.value,)), radians.value)
        sizes = size(first.unit), size(second.unit)
        if sizes[0] is not None and sizes[1] is not None:
            if sizes[0][0] != sizes[1][0]:
                if "unit" in (first.unit, second.unit):
                    return self.rules.compare_lowered(first.value, second.value)
                return incorrect(f"different units: {min(first.unit, second.unit)} "
                                 f"and {max(first.unit, second.unit)}")  # fmt: skip
            return self.rules.compare_lowered(
                _scaled(first, sizes[0][1]), _scaled(second, sizes[1][1])
            )
        found = self.rules.compare_lowered(first.value, second.value)
        if found.verdict is not Verdict.CORRECT:
            return found
        words = set(first.unit.split()), set(second.unit.split())
        if words[0] <= words[1] or words[1] <= words[0]:
            return found
        if _stem(first.unit) == _stem(second.unit):
            return found
        return undecided(
            f"equal numbers of {min(first.unit, second.unit)} and {max(first.unit, second.unit)}"
        )

    def based(self, based: Based, other: Term) -> Comparison:
        """Digits in a base against anything; the base may be left out on one side."""
        label, value = labelled(other)
        if label is not None:
            return self.rules.compare_lowered(based, value)
        if isinstance(other, Based):
            if based.base == other.base:
                same = based.digits.lstrip("0").upper() == other.digits.lstrip("0").upper()
                return correct("the same digits") if same else incorrect("different digits")
            if _in_base(based) is not None and _in_base(based) == _in_base(other):
                return undecided("the same number in different bases")
            return incorrect("different numbers")
        if isinstance(other, Number):
            if based.digits.isdigit() and other.value == int(based.digits):
                return correct("the same digits, the base is left out on one side")
            if _in_base(based) == other.value:
                return undecided("the same number in different bases")
            return incorrect("different numbers")
        return incorrect("a number against something else")


def same_words(first: str, second: str) -> Comparison:
    """Two answers in words, already folded."""
    if first == second or first.replace(" ", "") == second.replace(" ", ""):
        return correct("the same words")
    if _stem(first) == _stem(second):
        return correct("the same word")
    words = set(first.split()), set(second.split())
    if words[0] - _JOINTS == words[1] - _JOINTS and len(first) == len(second):
        return correct("the same words in another order")
    if len(words[0]) > 2 or len(words[1]) > 2 or words[0] & words[1]:
        return undecided("different words")
    return incorrect("different words")


def _stem(text: str) -> str:
    return text.removesuffix("es") if text.endswith(("shes", "ches")) else text.removesuffix("s")


def _scaled(quantity: Quantity, factor: Fraction) -> Term:
    return (
        Apply("mul", (quantity.value, Number(factor)))
        if is_scalar(quantity.value)
        else quantity.value
    )


def _mentions_pi(term: Term) -> bool:
    return any(part == Constant("pi") for part in walk(term))


def _in_base(based: Based) -> int | None:
    try:
        return int(based.digits, based.base)
    except ValueError:
        return None
