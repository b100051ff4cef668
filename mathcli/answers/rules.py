"""Decides whether two answers that were read into terms are equal.

The rules are symmetric, and the same in the parent process and in a worker: the parent has
`Scalars` that raise `NeedsWorker` where exact arithmetic is not enough, and then asks a worker.
"""

from __future__ import annotations

from fractions import Fraction

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.free_names import Freedom
from mathcli.answers.groups import Groups
from mathcli.answers.marked_answers import Tagged
from mathcli.answers.operators import has_bound
from mathcli.answers.policy import DEFAULT, Policy
from mathcli.answers.realsets import looks_real, same_set
from mathcli.answers.relations import Relations, as_roots
from mathcli.answers.scalars import DIGITS, Scalars
from mathcli.answers.solutions import is_condition
from mathcli.answers.statements import labelled, lowered
from mathcli.answers.terms import (
    Constant,
    Family,
    Group,
    Interval,
    Junction,
    Mapping,
    Matrix,
    Nothing,
    Number,
    Relation,
    SetOf,
    Term,
    is_approximate,
    is_scalar,
    symbols,
    walk,
)
from mathcli.answers.verdict import Comparison, correct, incorrect, undecided


class Rules:
    """Compares terms.

    Args:
        scalars: decides about single expressions.
        policy: what teachers decide differently.
    """

    def __init__(self, scalars: Scalars, policy: Policy = DEFAULT) -> None:
        self.scalars = scalars
        self.policy = policy
        self.groups = Groups(self)
        self.tagged = Tagged(self)
        self.relations = Relations(self)
        self.freedom = Freedom(self)

    def compare(self, first: Term, second: Term) -> Comparison:
        """The verdict on two readings, with its reason."""
        try:
            return self.compare_lowered(lowered(first), lowered(second))
        except Undefined:
            return self._undefined(first, second)

    def _undefined(self, first: Term, second: Term) -> Comparison:
        exists = [self.exists(term) for term in (first, second)]
        if exists == [False, False]:
            if Nothing("undefined") in (first, second):
                return correct("neither has a value")
            return undecided("neither has a value, so there is nothing to compare")
        if Constant("infinity") in walk(first) or Constant("infinity") in walk(second):
            return undecided("a division by zero against infinity")
        return incorrect("one side has no value, such as after a division by zero")

    def exists(self, term: Term) -> bool:
        """Whether `term` has a value; a term that is no single expression always has."""
        if isinstance(term, Nothing):
            return False
        try:
            if is_scalar(term):
                self.scalars.equal(term, Number(Fraction(0)))
        except Undefined:
            return False
        return True

    def compare_lowered(self, first: Term, second: Term) -> Comparison:
        """The verdict on two terms that are in their one form.

        Raises:
            Undefined: if a part has no value.
        """
        return self.tagged.compare(first, second) or self._statements(first, second)

    def _statements(self, first: Term, second: Term) -> Comparison:
        if isinstance(first, Mapping) != isinstance(second, Mapping):
            first, second = as_roots(first), as_roots(second)
        first, second = self.relations.solved(first), self.relations.solved(second)
        labels = labelled(first), labelled(second)
        if labels[0][0] is not None and labels[1][0] is not None:
            return self.relations.both_labelled(first, second)
        for (label, value), statement, other in (
            (labels[0], first, second),
            (labels[1], second, first),
        ):
            if label is not None:
                if isinstance(other, Relation):
                    return self.relations.compare(statement, other)
                if isinstance(other, Mapping) and isinstance(value, (Group, Matrix)):
                    return self.compare_lowered(value, other)
                if isinstance(other, (Junction, Mapping)) or is_condition(other):
                    return self.relations.compare(statement, other)
                return self.compare_lowered(value, other)
        relations = isinstance(first, Relation), isinstance(second, Relation)
        if all(relations):
            return self.relations.compare(first, second)
        for statement, other in ((first, second), (second, first)):
            if isinstance(statement, Junction) and isinstance(other, (Relation, Junction, SetOf)):
                return self.relations.compare(statement, other)
            if isinstance(statement, Relation) and _is_domain(other):
                return self.relations.compare(statement, other)
        if any(relations):
            return self.relations.with_value(first, second)
        return self._values(first, second)

    def _values(self, first: Term, second: Term) -> Comparison:
        if is_scalar(first) and is_scalar(second):
            return self._scalars(first, second)
        if isinstance(first, SetOf) and isinstance(second, SetOf):
            if first == second:
                return correct("the same set")
            if not first.parts and not second.parts:
                if "naturals" in first.op and "naturals" in second.op:
                    return undecided("whether 0 is a natural number")
                return incorrect("different sets of numbers")
        if isinstance(first, Family) or isinstance(second, Family):
            return self.groups.families(first, second)
        if is_condition(first) or is_condition(second):
            return self.relations.compare(first, second)
        if looks_real(first) or looks_real(second):
            return same_set(first, second, self.scalars)
        return self.groups.compare(first, second)

    def _scalars(self, first: Term, second: Term) -> Comparison:
        equal = self.scalars.equal(first, second)
        approximate = is_approximate(first) or is_approximate(second)
        names = symbols(first) | symbols(second)
        if equal is None:
            return undecided("equality could not be decided")
        if equal:
            if names:
                return correct("equal expressions")
            value = rational(first)
            if first == second or (value is not None and value == rational(second)):
                return correct("equal")
            digits = 15 if has_bound(first) or has_bound(second) else DIGITS
            return correct(
                "equal within the tolerance" if approximate else f"equal to {digits} digits"
            )
        free = self.freedom.compare(first, second) if names else None
        if free is not None:
            return free
        return incorrect("different expressions" if names else "different numbers")


def _is_domain(term: Term) -> bool:
    """Whether `term` can be the values that an inequality allows."""
    if isinstance(term, Group):
        return term.kind in ("tuple", "bracket") and len(term.items) == 2
    return isinstance(term, (Interval, SetOf))
