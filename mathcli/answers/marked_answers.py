"""Answers that carry a mark: letters of a choice, words, units, bases, and "there is none"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mathcli.answers.quantities import Quantities, stem
from mathcli.answers.realsets import NotReal, pieces
from mathcli.answers.statements import labelled, lowered
from mathcli.answers.terms import (
    Apply,
    Based,
    Constant,
    Date,
    Group,
    Interval,
    LetterChoice,
    Nothing,
    Number,
    Quantity,
    SetOf,
    Symbol,
    Term,
    TimeOfDay,
    Words,
    is_scalar,
    walk,
)
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules


_COUNTING = frozenset(
    str.split("couple twice thrice double triple half single both nothing none no pair dozen few")
)
_NO_NUMBER = frozenset(
    str.split("know unknown determined determine sure error exception cannot impossible "
              "number numbers value everything anything all any except "
              "hyperbola ellipse parabola circle multiple factor divisor multiples "
              "divisible factors base never page")
)  # fmt: skip


class Tagged:
    """Compares a marked answer with any other; what is inside goes back to `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.quantities = Quantities(rules)

    def compare(self, first: Term, second: Term) -> Comparison | None:
        """The verdict if one of the two is marked; the first kind listed decides."""
        for one, other in ((first, second), (second, first)):
            if isinstance(one, LetterChoice):
                return self.choice(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Nothing):
                return self.nothing(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Words):
                return self.words(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, TimeOfDay):
                return self.clock(one, other)
            if isinstance(one, Date):
                return self.date(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Quantity):
                return self.quantities.compare(one, other)
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Based):
                return self.based(one, other)
        return None

    def choice(self, choice: LetterChoice, other: Term) -> Comparison:
        """`(B) 5` against `B`, `5` or another choice."""
        if isinstance(other, LetterChoice):
            if choice.letter == other.letter:
                if choice.content is None or other.content is None:
                    return correct(f"both are choice {choice.letter}")
                inside = self.rules.compare_lowered(lowered(choice.content), lowered(other.content))
                if inside.verdict is Verdict.CORRECT:
                    return correct(f"both are choice {choice.letter}")
                return undecided("the same letter with different contents")
            return incorrect(f"choice {min(choice.letter, other.letter)} is not choice "
                             f"{max(choice.letter, other.letter)}")  # fmt: skip
        if isinstance(other, Group) and all(isinstance(item, LetterChoice) for item in other.items):
            return incorrect("one choice against several")
        if isinstance(other, Apply) and _is_letters(other):
            return incorrect("one letter against several")
        if other == Constant("e") and choice.letter == "E":
            return correct("both are choice E")
        if isinstance(other, Symbol):
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
            if nothing.kind == other.kind and nothing.doubtful != other.doubtful:
                return self._letter_for_empty(nothing, other)
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

    def _letter_for_empty(self, first: Nothing, second: Nothing) -> Comparison:
        """The letter phi, which many write for the sign of the empty set."""
        plain = second if first.doubtful else first
        if plain.written:
            return undecided("the letter phi, which may stand for the empty set")
        return correct("both say that there is none")

    def words(self, words: Words, other: Term) -> Comparison:
        """Words against anything."""
        if isinstance(other, Words):
            return self._same_words(words, other)
        _, value = labelled(other)
        if isinstance(value, Words):
            return self._same_words(words, value)
        if isinstance(other, Quantity):
            return self.words(words, other.value)
        if isinstance(other, Group) and all(isinstance(item, Words) for item in other.items):
            return incorrect("one name against several")
        from mathcli.answers.numerals import number_in_words

        spoken = words.text.split()
        if any(number_in_words(word) is not None for word in spoken) or _may_count(spoken):
            return undecided("a sentence that may say a number")
        return incorrect("words against a value")

    def _same_words(self, first: Words, second: Words) -> Comparison:
        comparison = same_words(first.text, second.text)
        if comparison.verdict is Verdict.CORRECT and self.rules.policy.case:
            written = [re.sub(r"\W", "", side.written) for side in (first, second)]
            if all(written) and written[0] != written[1]:
                return incorrect("the same words in another case")
        return comparison

    def clock(self, clock: TimeOfDay, other: Term) -> Comparison:
        """A time of the day against anything; `am` and `pm` may be left out on one side."""
        if isinstance(other, TimeOfDay):
            return _same_time(clock, other)
        label, value = labelled(other)
        if label is not None:
            return self.rules.compare_lowered(clock, value)
        if isinstance(other, Quantity):
            return undecided("a time of the day against a length of time")
        return incorrect("a time of the day against something else")

    def date(self, date: Date, other: Term) -> Comparison:
        """A date against anything; the year may be left out on one side."""
        if not isinstance(other, Date):
            return undecided("a date against something else")
        if (date.month, date.day) != (other.month, other.day):
            return incorrect("different days")
        if None in (date.year, other.year):
            return correct("the same day; the year is left out on one side")
        return correct("the same day") if date.year == other.year else incorrect("different years")

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


_KNOWN_WORDS = frozenset(["yes", "no", "none of these"])


def same_words(first: str, second: str) -> Comparison:
    """Two answers in words, already folded."""
    if first == second or stem(first) == stem(second):
        return correct("the same words")
    if {first, second} <= _KNOWN_WORDS:
        return incorrect("different words")
    names = [frozenset(re.split(r"\s*(?:\band\b|,)\s*", text)) for text in (first, second)]
    if names[0] == names[1] and len(names[0]) > 1:
        return correct("the same names in another order")
    if names[0] < names[1] or names[1] < names[0]:
        return incorrect("a name is missing on the other side")
    words = sorted(first.split()), sorted(second.split())
    if words[0] == words[1]:
        return incorrect("the same words in another order, which changes what they say")
    if len(words[0]) > 2 or len(words[1]) > 2 or set(words[0]) & set(words[1]):
        return undecided("different words")
    return incorrect("different words")


def _may_count(words: list[str]) -> bool:
    """Whether words may mean a number: `no apples`, `twice as many`, a foreign sentence."""
    if set(words) & _COUNTING and len(words) > 1:
        return True
    failed = any(word.endswith(("error", "exception")) for word in words)
    return len(words) > 2 and not failed and not set(words) & _NO_NUMBER


def _is_letters(term: Apply) -> bool:
    """Whether `term` is letters side by side that may name choices."""
    return term.op == "mul" and all(
        _is_letters(arg) if isinstance(arg, Apply) else
        isinstance(arg, Symbol) and re.fullmatch("[A-J]", arg.name) is not None
        for arg in term.args
    )  # fmt: skip


def _same_time(first: TimeOfDay, second: TimeOfDay) -> Comparison:
    half = 12 * 3600
    if first.half and second.half:
        same = first.seconds == second.seconds
    elif first.half or second.half:
        same = first.seconds % half == second.seconds % half
    else:
        same = first.seconds == second.seconds
    return correct("the same time") if same else incorrect("different times")


def _in_base(based: Based) -> int | None:
    try:
        return int(based.digits, based.base)
    except ValueError:
        return None
