"""Equations, inequalities and definitions: `x = 5`, `y = 2x + 3`, `f(t) = t^2`, `x + y < 3`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.exact import Undefined
from mathcli.answers.statements import labelled
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Interval,
    Mapping,
    Member,
    Number,
    Relation,
    SetOf,
    Symbol,
    Term,
    Unknown,
    children,
    is_scalar,
    substitute,
    symbols,
)
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


class Relations:
    """Compares statements; their sides go back to `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def solved(self, term: Term) -> Term:
        """A linear inequality in one variable as the interval of its solutions."""
        if not isinstance(term, Relation) or set(term.ops) & {"=", "!=", "≈"}:
            return term
        if len(symbols(term)) != 1 or not all(map(is_scalar, term.terms)):
            return term
        (name,) = symbols(term)
        steps = zip(term.ops, term.terms, term.terms[1:], strict=False)
        parts = [self._half_line(op, left, right, name) for op, left, right in steps]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return term
        return Member(
            Symbol(name), found[0] if len(found) == 1 else SetOf("intersection", tuple(found))
        )

    def _half_line(self, op: str, left: Term, right: Term, name: str) -> Interval | None:
        difference = Apply("add", (left, Apply("neg", (right,))))
        values = [substitute(difference, name, Number(Fraction(at))) for at in (0, 1, 2)]
        slopes = [Apply("add", (values[at + 1], Apply("neg", (values[at],)))) for at in (0, 1)]
        try:
            direction = self.rules.scalars.order(slopes[0], Number(Fraction(0)))
            if not direction or not self.rules.scalars.equal(slopes[0], slopes[1]):
                return None
        except Undefined:
            return None
        bound = Apply("neg", (Apply("div", (values[0], slopes[0])),))
        is_open = op in ("<", ">")
        if (direction > 0) == (op in ("<", "<=")):
            return Interval(Apply("neg", (Constant("infinity"),)), bound, True, is_open)
        return Interval(bound, Constant("infinity"), is_open, True)

    def both_labelled(self, first: Term, second: Term) -> Comparison:
        """`x = 5` against `y = 5` or `x \\in S`, `f(x) = x^2` against `f(t) = t^2`."""
        (label, value), (other_label, other_value) = labelled(first), labelled(second)
        if label != other_label:
            if isinstance(label, Apply) and isinstance(other_label, Apply):
                renamed = _renamed(label, other_label, other_value)
                if renamed is not None:
                    return self.rules.compare_lowered(value, renamed)
            if isinstance(label, Symbol) and isinstance(other_label, Symbol):
                if symbols(value) | symbols(other_value):
                    return self.compare(first, second)
                return self._same_under(label.name, other_label.name, value, other_value)
        found = self.rules.compare_lowered(value, other_value)
        unknown = isinstance(label, Unknown) and isinstance(other_label, Unknown)
        if found.verdict is Verdict.CORRECT and unknown and label != other_label:
            return undecided("the same value under different names")
        if found.verdict is not Verdict.CORRECT and symbols(value) and isinstance(label, Symbol):
            sides = isinstance(first, Relation), isinstance(second, Relation)
            if all(sides) and is_scalar(value) and is_scalar(other_value):
                return self.compare(first, second)
        return found

    def _same_under(self, name: str, other: str, value: Term, other_value: Term) -> Comparison:
        found = self.rules.compare_lowered(value, other_value)
        if found.verdict is not Verdict.CORRECT:
            return found
        if {name, other} <= {"x", "y", "z"}:
            return incorrect("the same value for different variables")
        return undecided("the same value under different names")

    def compare(self, first: Term, second: Term) -> Comparison:
        """Two relations, of one step or chains."""
        if not isinstance(first, Relation) or not isinstance(second, Relation):
            return undecided("two statements of different kinds")
        if first == second:
            return correct("the same statement")
        if len(first.ops) == 1 and len(second.ops) == 1:
            return self._one_relation(first, second)
        if first.ops == second.ops:
            return self.rules.groups.all_equal(
                zip(first.terms, second.terms, strict=True), "the chains"
            )
        flipped = Relation(tuple(_FLIPPED[op] for op in reversed(second.ops)), second.terms[::-1])
        if first.ops == flipped.ops:
            return self.rules.groups.all_equal(
                zip(first.terms, flipped.terms, strict=True), "the chains"
            )
        return undecided("chains of different relations")

    def _one_relation(self, first: Relation, second: Relation) -> Comparison:
        if not all(is_scalar(term) for term in (*first.terms, *second.terms)):
            kinds = [tuple(map(is_scalar, relation.terms)) for relation in (first, second)]
            if first.ops == second.ops and kinds[0] == kinds[1]:
                return self.rules.groups.all_equal(
                    zip(first.terms, second.terms, strict=True), "the sides"
                )
            return undecided("relations of different kinds")
        left, right = _difference(first), _difference(second)
        (op,), (other_op,) = first.ops, second.ops
        if {op, other_op} <= {"="} or {op, other_op} <= {"!="}:
            factor = self.rules.scalars.proportional(left, right)
            if factor is None:
                return undecided("equations that could not be compared")
            if factor is not False:
                return correct("the same equation up to a nonzero factor")
            if self.rules.scalars.share_zeros(left, right):
                return undecided("no multiples, but the solutions that were tried are the same")
            return incorrect("different equations")
        factor = self.rules.scalars.proportional(left, right)
        if factor is None:
            return undecided("inequalities that could not be compared")
        if factor is False:
            return incorrect("different relations")
        real = self.rules.scalars.low.mp.re(factor)
        same = op == other_op if real > 0 else op == _FLIPPED[other_op]
        return (
            correct("the same inequality up to a factor")
            if same
            else incorrect("different directions")
        )

    def with_value(self, first: Term, second: Term) -> Comparison:
        """`m + n = 125` against `125`, `3 + 4 = 7` against `7`."""
        relation, value = (first, second) if isinstance(first, Relation) else (second, first)
        assert isinstance(relation, Relation)
        if set(relation.ops) != {"="}:
            return (
                incorrect("a statement against a value")
                if is_scalar(value)
                else undecided("a statement against a value")
            )
        last = relation.terms[-1]
        if last == Number(Fraction(0)) and symbols(relation.terms[0]):
            return incorrect("an equation against a value")
        found = self.rules.compare_lowered(last, value)
        if found.verdict is not Verdict.CORRECT:
            return found if is_scalar(value) else undecided("an equation against something else")
        if not symbols(last) and _names_a_quantity(relation.terms[0]):
            return correct(f"{found.reason}, as the right side of the equation")
        return undecided("an equation whose right side is the other answer")


def as_roots(term: Term) -> Term:
    """`x_1 = 2, x_2 = 3` as two values of x."""
    if isinstance(term, Mapping):
        names = [name.partition("_") for name, _ in term.entries]
        if len({base for base, _, _ in names}) == 1 and all(
            index.isdigit() for _, _, index in names
        ):
            values = tuple(value for _, value in term.entries)
            return Member(Symbol(names[0][0]), Group("list", values))
    return term


def _renamed(label: Apply, other: Apply, value: Term) -> Term | None:
    """The value of `f(t)` with `t` called `x`, if the labels are `f(x)` and `f(t)`."""
    if label.op != other.op or len(label.args) != 1 or len(other.args) != 1:
        return None
    name, renamed = other.args[0], label.args[0]
    if not isinstance(name, Symbol) or not isinstance(renamed, Symbol):
        return None
    taken = renamed.name in symbols(value)
    return None if taken else substitute(value, name.name, renamed)


def _difference(relation: Relation) -> Term:
    return Apply("add", (relation.terms[0], Apply("neg", (relation.terms[1],))))


def _names_a_quantity(term: Term) -> bool:
    """Whether `m + n` or `xy` can be what was asked for, unlike `2x`; or all is arithmetic."""
    return not symbols(term) or _has_no_numbers(term)


def _has_no_numbers(term: Term) -> bool:
    parts = term.args[:1] if isinstance(term, Apply) and term.op == "pow" else children(term)
    return not isinstance(term, Number) and all(map(_has_no_numbers, parts))
