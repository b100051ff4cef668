"""Equations, inequalities and definitions: `x = 5`, `y = 2x + 3`, `f(t) = t^2`, `x + y < 3`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.exact import Undefined
from mathcli.answers.forms import is_linear
from mathcli.answers.operations import NotNumeric
from mathcli.answers.scalars import NeedsWorker
from mathcli.answers.solutions import Conditions, is_condition, variable_of
from mathcli.answers.statements import labelled
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Interval,
    Junction,
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
    from mathcli.answers.points import Point
    from mathcli.answers.rules import Rules
    from mathcli.answers.scalars import Scalars

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
        solutions = [part for part in parts if part is not None]
        if len(solutions) < len(parts):
            return term
        return Member(
            Symbol(name),
            solutions[0] if len(solutions) == 1 else SetOf("intersection", tuple(solutions)),
        )

    def _half_line(self, op: str, left: Term, right: Term, name: str) -> Interval | None:
        difference = Apply("add", (left, Apply("neg", (right,))))
        if not is_linear(difference, name):
            return None
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
                return self._functions(label, value, other_label, other_value)
            renamed_value = _indexed(label, other_label, other_value)
            if renamed_value is not None:
                return self.rules.compare_lowered(value, renamed_value)
            if isinstance(label, Symbol) and isinstance(other_label, Symbol):
                if symbols(value) | symbols(other_value):
                    return self.compare(first, second)
                return self._same_under(label.name, other_label.name, value, other_value)
        comparison = self.rules.compare_lowered(value, other_value)
        unknown = isinstance(label, Unknown) and isinstance(other_label, Unknown)
        if comparison.verdict is Verdict.CORRECT and unknown and label != other_label:
            return undecided("the same value under different names")
        if (
            comparison.verdict is not Verdict.CORRECT
            and symbols(value)
            and isinstance(label, Symbol)
        ):
            sides = isinstance(first, Relation), isinstance(second, Relation)
            if all(sides) and is_scalar(value) and is_scalar(other_value):
                return self.compare(first, second)
        return comparison

    def _functions(
        self, label: Apply, value: Term, other_label: Apply, other_value: Term
    ) -> Comparison:
        """`f(x) = x^2` against `f(t) = t^2`, `g(x) = x^2` or `f(2) = 3`."""
        renamed = _renamed(label, other_label, other_value)
        if renamed is not None:
            return self.rules.compare_lowered(value, renamed)
        comparison = self.rules.compare_lowered(value, other_value)
        if comparison.verdict is not Verdict.CORRECT:
            return comparison
        if label.op == other_label.op and len(label.args) == len(other_label.args):
            if not any(map(symbols, (*label.args, *other_label.args))):
                return incorrect("values at different points")
            return comparison
        if label.op.rstrip("'") == other_label.op.rstrip("'"):
            return incorrect("a function is not its derivative")
        return undecided("the same value of different functions")

    def _same_under(self, name: str, other: str, value: Term, other_value: Term) -> Comparison:
        comparison = self.rules.compare_lowered(value, other_value)
        if comparison.verdict is not Verdict.CORRECT:
            return comparison
        if {name, other} <= {"x", "y", "z"}:
            return incorrect("the same value for different variables")
        return undecided("the same value under different names")

    def compare(self, first: Term, second: Term) -> Comparison:
        """Two relations, of one step or chains."""
        if first == second:
            return correct("the same statement")
        first, second = _without_bars(first, second), _without_bars(second, first)
        if Junction in (type(first), type(second)) and symbols(first) != symbols(second):
            return incorrect("statements about different variables")
        if not isinstance(first, Relation) or not isinstance(second, Relation):
            return self.conditions(first, second) or undecided("two statements of different kinds")
        inequalities = not {*first.ops, *second.ops} & {"=", "≈"}
        if inequalities and (comparison := self.conditions(first, second)) is not None:
            return comparison
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
            name = variable_of(first, second)
            if name is not None:
                return self._solutions(first, second, name)
            if self.rules.scalars.share_zeros(left, right):
                return undecided("no multiples, but the solutions that were tried are the same")
            return incorrect("different equations")
        factor = self.rules.scalars.proportional(left, right)
        if factor is None:
            return undecided("inequalities that could not be compared")
        if factor is False:
            return self._tried(first, second)
        real = self.rules.scalars.low.mp.re(factor)
        same = op == other_op if real > 0 else op == _FLIPPED[other_op]
        return (
            correct("the same inequality up to a factor")
            if same
            else incorrect("different directions")
        )

    def conditions(self, first: Term, second: Term) -> Comparison | None:
        """Two conditions on one real variable, as sets; `None` if they are no such."""
        name = variable_of(first, second)
        if name is None or not (is_condition(first) or is_condition(second)):
            return None
        if not self.rules.scalars.algebra:
            raise NeedsWorker
        return Conditions(self.rules.scalars, name).compare(first, second)

    def _solutions(self, first: Relation, second: Relation, name: str) -> Comparison:
        """Two equations in one variable: other solutions, or the same with another way to go."""
        comparison = Conditions(self.rules.scalars, name).compare(first, second)
        if comparison.verdict is Verdict.CORRECT:
            return undecided("equations with the same real solutions")
        return (
            comparison
            if comparison.verdict is Verdict.UNDECIDED
            else incorrect("different equations")
        )

    def _tried(self, first: Relation, second: Relation) -> Comparison:
        """Inequalities in several variables, which no factor makes one: tried at points."""
        from mathcli.answers.points import points

        scalars = self.rules.scalars
        names = sorted(symbols(first) | symbols(second))
        for _, point in points(names, scalars.low.mp):
            held = [_holds(relation, point, scalars) for relation in (first, second)]
            if None not in held and held[0] != held[1]:
                return incorrect("different relations")
        return undecided("inequalities that agree where they were tried")

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
        comparison = self.rules.compare_lowered(last, value)
        if comparison.verdict is not Verdict.CORRECT:
            return (
                comparison if is_scalar(value) else undecided("an equation against something else")
            )
        first = relation.terms[0]
        if not symbols(last) and _names_a_quantity(first):
            return correct(f"{comparison.reason}, as the right side of the equation")
        if isinstance(first, Apply) and first.op in ("neg", "pow") and len(symbols(first)) == 1:
            return incorrect("the right side of an equation that has other solutions")
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


_MEASURES = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "abs", "norm", "arg", "re", "im", "det", "floor"]
)


def _without_bars(term: Term, other: Term) -> Term:
    """`|x| = 3` as the two values of x, where the other side says values of x."""
    if isinstance(term, Relation) and term.ops == ("=",) and len(term.terms) == 2:
        left, right = term.terms
        _, value = labelled(other)
        bars = isinstance(left, Apply) and left.op == "abs" and labelled(other)[0] == left.args[0]
        if bars and is_scalar(right) and isinstance(value, Group):
            values = Group("set", (right, Apply("neg", (right,))))
            return Relation(("=",), (children(left)[0], values))
    return term


def _names_a_quantity(term: Term) -> bool:
    """Whether a left side is what was asked for, as `m + n` or `sin A` may be, and `-x` is not."""
    if not symbols(term):
        return True
    if isinstance(term, Apply) and (term.op in _MEASURES or term.op.startswith("call ")):
        return True
    return len(symbols(term)) > 1 and _has_no_numbers(term)


def _has_no_numbers(term: Term) -> bool:
    if isinstance(term, Apply) and term.op == "neg":
        return False
    parts = term.args[:1] if isinstance(term, Apply) and term.op == "pow" else children(term)
    return not isinstance(term, Number) and all(map(_has_no_numbers, parts))


def _indexed(label: Term | None, other: Term | None, value: Term) -> Term | None:
    """The value of `a_k` with `k` called `n`, if the labels are `a_n` and `a_k`."""
    if not isinstance(label, Symbol) or not isinstance(other, Symbol):
        return None
    base, _, index = label.name.partition("_")
    other_base, _, other_index = other.name.partition("_")
    if base != other_base or not (index.isalpha() and other_index.isalpha()):
        return None
    return None if index in symbols(value) else substitute(value, other_index, Symbol(index))


def _holds(relation: Relation, point: Point, scalars: Scalars) -> bool | None:
    """Whether an inequality holds at a point; `None` where its sides are not real."""
    try:
        values = [scalars.low.value(term, point) for term in relation.terms]
    except (Undefined, NotNumeric):
        return None
    if not all(map(scalars.low.is_real, values)):
        return None
    reals = [scalars.low.mp.re(value) for value in values]
    return all(
        left != right and (left < right) == (op in ("<", "<=")) if op != "!=" else left != right
        for op, left, right in zip(relation.ops, reals, reals[1:], strict=False)
    )
