"""Sets, lists, tuples, vectors, matrices, ratios, mappings and families of values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.quantities import stem
from mathcli.answers.scalars import NeedsWorker
from mathcli.answers.terms import (
    Apply,
    Family,
    Group,
    Junction,
    Mapping,
    Matrix,
    Number,
    Piecewise,
    Quantity,
    Relation,
    Symbol,
    Term,
    Unknown,
    is_scalar,
    substitute,
    symbols,
)
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided

if TYPE_CHECKING:
    from mathcli.answers.rules import Rules

MAX_MEMBERS = 200
_UNORDERED = {
    frozenset(["set"]), frozenset(["set", "list"]), frozenset(["list"]),
    frozenset(["list", "bracket"]),
    frozenset(["set", "bracket"]),
}  # fmt: skip


class Groups:
    """Compares terms of several parts; the parts are compared by `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def compare(self, first: Term, second: Term) -> Comparison:
        """Two terms of which at least one is no single expression."""
        if isinstance(first, Piecewise) or isinstance(second, Piecewise):
            return self._piecewise(first, second)
        if isinstance(first, Mapping) or isinstance(second, Mapping):
            return self._mappings(first, second)
        if isinstance(first, Matrix) or isinstance(second, Matrix):
            return self._matrices(first, second)
        if isinstance(first, Group) and isinstance(second, Group):
            return self._groups(first, second)
        group, other = (first, second) if isinstance(first, Group) else (second, first)
        if isinstance(group, Group) and is_scalar(other):
            return self._group_and_scalar(group, other)
        if isinstance(first, Junction) and isinstance(second, Junction) and first.op == second.op:
            return self._unordered(first.parts, second.parts, repeated=False)
        if first == second:
            return correct("the same")
        return undecided("answers of different kinds")

    def all_equal(self, pairs: Iterable[tuple[Term, Term]], what: str) -> Comparison:
        """Whether the two of every pair are equal."""
        doubt: Comparison | None = None
        for first, second in pairs:
            comparison = self._part(first, second)
            if comparison.verdict is Verdict.INCORRECT:
                return incorrect(f"{what} differ: {comparison.reason}")
            if comparison.verdict is Verdict.UNDECIDED:
                doubt = comparison
        return doubt or correct(f"{what} are equal, part by part")

    def _part(self, first: Term, second: Term) -> Comparison:
        try:
            return self.rules.compare(first, second)
        except Undefined:
            return incorrect("a part has no value")

    def _piecewise(self, first: Term, second: Term) -> Comparison:
        """Values under conditions, as functions."""
        if first == second:
            return correct("the same cases")
        if not all(isinstance(side, Piecewise) or is_scalar(side) for side in (first, second)):
            return incorrect("a function in cases against something else")
        if not self.rules.scalars.algebra:
            raise NeedsWorker
        from mathcli.answers.solutions import compare_functions

        return compare_functions(first, second, self.rules.scalars)

    def _group_and_scalar(self, group: Group, scalar: Term) -> Comparison:
        if group.kind == "remainder":
            return incorrect("a quotient with a remainder against one number")
        if group.kind == "ratio" and len(group.items) == 2:
            if rational(group.items[1]) == 0:
                return self.rules.compare(group.items[0], scalar)
            return self.rules.compare(Apply("div", group.items), scalar)
        if len(group.items) == 1 and group.kind in ("set", "bracket", "list"):
            return self.rules.compare(group.items[0], scalar)
        if group.kind == "set" or group.kind == "list":
            distinct = self._distinct(group.items)
            if len(distinct) == 1:
                return self.rules.compare(distinct[0], scalar)
        return incorrect("several values against one")

    def _groups(self, first: Group, second: Group) -> Comparison:
        kinds = frozenset([first.kind, second.kind])
        if "remainder" in kinds and len(kinds) > 1:
            return undecided("a quotient with a remainder against several values")
        named = self._by_name(first, second)
        if named is not None:
            return named
        if kinds == {"ratio"}:
            return self._ratios(first.items, second.items)
        if kinds in _UNORDERED and kinds != {"bracket"}:
            return self._unordered(first.items, second.items, repeated="set" not in kinds)
        if kinds == {"bracket", "tuple"} and self._could_be_intervals(first, second):
            return incorrect("an open interval is not a closed one")
        if "set" in kinds:
            return incorrect("a set has no order, a tuple has one")
        if len(first.items) != len(second.items):
            return incorrect("different numbers of parts")
        pairs = zip(first.items, second.items, strict=True)
        comparison = self.all_equal(pairs, "the parts in order")
        if "list" in kinds and comparison.verdict is Verdict.INCORRECT:
            free = self._unordered(first.items, second.items, repeated=True)
            if free.verdict is Verdict.CORRECT:
                return undecided("the same values in another order, and one side may have an order")
        return comparison

    def _by_name(self, first: Group, second: Group) -> Comparison | None:
        """`5 boys and 8 girls`, `width = 5, length = 8`: values with the same names, by name."""
        keys = [[_name(item) for item in group.items] for group in (first, second)]
        if None in keys[0] + keys[1] or len(set(keys[0])) < len(keys[0]) or len(keys[0]) < 2:
            return None
        if sorted(map(str, keys[0])) != sorted(map(str, keys[1])):
            return None
        others = dict(zip(keys[1], second.items, strict=True))
        pairs = zip(first.items, (others[key] for key in keys[0]), strict=True)
        return self.all_equal(pairs, "the values by name")

    def _could_be_intervals(self, first: Group, second: Group) -> bool:
        if len(first.items) != 2 or len(second.items) != 2:
            return False
        if not all(is_scalar(item) and not symbols(item) for item in (*first.items, *second.items)):
            return False
        return all(self.rules.scalars.order(*group.items) == -1 for group in (first, second))

    def _ratios(self, first: Sequence[Term], second: Sequence[Term]) -> Comparison:
        if len(first) != len(second):
            return incorrect("ratios of different lengths")
        if any(rational(part) == 0 for part in (*first, *second)):
            return self.all_equal(zip(first, second, strict=True), "the parts")
        pairs = [
            (Apply("mul", (first[0], second[place])), Apply("mul", (second[0], first[place])))
            for place in range(1, len(first))
        ]
        return self.all_equal(pairs, "the ratios")

    def _distinct(self, items: Sequence[Term]) -> list[Term]:
        distinct: list[Term] = []
        for item in items[:MAX_MEMBERS]:
            if not any(self._part(item, other).verdict is Verdict.CORRECT for other in distinct):
                distinct.append(item)
        return distinct

    def _unordered(
        self, first: Sequence[Term], second: Sequence[Term], *, repeated: bool
    ) -> Comparison:
        """Whether each member of one is a member of the other; `repeated` members count."""
        if max(len(first), len(second)) > MAX_MEMBERS:
            return undecided(f"more than {MAX_MEMBERS} members")
        if not repeated or len(first) != len(second):
            first, second = self._distinct(first), self._distinct(second)
        if len(first) != len(second):
            return incorrect("different numbers of members")
        left, doubt = list(second), False
        for item in first:
            verdicts = [self._part(item, other).verdict for other in left]
            if Verdict.CORRECT in verdicts:
                left.pop(verdicts.index(Verdict.CORRECT))
            elif Verdict.UNDECIDED in verdicts:
                doubt = True
            else:
                return incorrect("a member is missing on the other side")
        return (
            undecided("members that could not be compared")
            if doubt
            else correct("the same members")
        )

    def _mappings(self, first: Term, second: Term) -> Comparison:
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            if [name for name, _ in first.entries] != [name for name, _ in second.entries]:
                return incorrect("values for different variables")
            pairs = [(a, b) for (_, a), (_, b) in zip(first.entries, second.entries, strict=True)]
            return self.all_equal(pairs, "the values")
        mapping, other = (first, second) if isinstance(first, Mapping) else (second, first)
        assert isinstance(mapping, Mapping)
        values = tuple(value for _, value in mapping.entries)
        if isinstance(other, Matrix):
            return self._matrices(Group("tuple", values), other)
        if isinstance(other, Group) and other.kind in ("tuple", "list", "bracket", "vector"):
            return self._groups(Group("tuple", values), Group("tuple", other.items))
        if isinstance(other, Group):
            return undecided("values of variables against a set")
        return incorrect("several values against one") if len(values) > 1 else undecided("")

    def _matrices(self, first: Term, second: Term) -> Comparison:
        if isinstance(first, Matrix) and isinstance(second, Matrix):
            if (len(first.rows), len(first.rows[0])) != (len(second.rows), len(second.rows[0])):
                return incorrect("matrices of different shapes")
            entries = [
                pair
                for row, other in zip(first.rows, second.rows, strict=True)
                for pair in zip(row, other, strict=True)
            ]
            return self.all_equal(entries, "the entries")
        matrix, other = (first, second) if isinstance(first, Matrix) else (second, first)
        assert isinstance(matrix, Matrix)
        if isinstance(other, Group) and other.kind in ("tuple", "list", "bracket", "vector"):
            if all(isinstance(item, Group) for item in other.items):
                rows = tuple(Group("tuple", row) for row in matrix.rows)
                inner = tuple(Group("tuple", item.items) for item in other.items
                              if isinstance(item, Group))  # fmt: skip
                return self._groups(Group("tuple", rows), Group("tuple", inner))
            if 1 in (len(matrix.rows), len(matrix.rows[0])):
                flat = tuple(entry for row in matrix.rows for entry in row)
                return self._groups(Group("tuple", flat), Group("tuple", other.items))
        if is_scalar(other) and len(matrix.rows) == 1 == len(matrix.rows[0]):
            return self.rules.compare(matrix.rows[0][0], other)
        if (
            isinstance(other, Group)
            and other.kind == "set"
            and all(isinstance(item, Group) and item.kind == "set" for item in other.items)
        ):
            rows = tuple(Group("tuple", row) for row in matrix.rows)
            inner = tuple(Group("tuple", item.items) for item in other.items
                          if isinstance(item, Group))  # fmt: skip
            return self._groups(Group("tuple", rows), Group("tuple", inner))
        if isinstance(other, Apply) and symbols(other):
            return undecided("a matrix against an expression")
        return incorrect("a matrix against something else")

    def families(self, first: Term, second: Term) -> Comparison:
        """`pi/4 + k*pi` for all whole `k`, under any name of `k`."""
        if not isinstance(first, Family) or not isinstance(second, Family):
            bodies = [side.body if isinstance(side, Family) else side for side in (first, second)]
            if all(map(is_scalar, bodies)) and self.rules.scalars.equal(*bodies):
                return correct("equal, with a whole number left unsaid on one side")
            return undecided("a family of values against something else")
        body = second.body
        if second.index != first.index:
            if first.index in symbols(body):
                return undecided("families whose variables are mixed up")
            body = substitute(body, second.index, Symbol(first.index))
        steps, starts = [], []
        for term in (first.body, body):
            at = [substitute(term, first.index, Number(Fraction(k))) for k in (0, 1, 2)]
            step = Apply("add", (at[1], Apply("neg", (at[0],))))
            if not self.rules.scalars.equal(step, Apply("add", (at[2], Apply("neg", (at[1],))))):
                return self._same_bodies(first.body, body)
            steps.append(step)
            starts.append(at[0])
        same = self.rules.scalars.equal(Apply("abs", (steps[0],)), Apply("abs", (steps[1],)))
        if not same:
            return incorrect("families with different steps")
        shift = Apply("div", (Apply("add", (starts[0], Apply("neg", (starts[1],)))), steps[0]))
        rest = Apply(
            "add", (shift, Apply("neg", (Apply("floor", (Apply("add", (shift, _HALF)),)),)))
        )
        if self.rules.scalars.equal(rest, Number(Fraction(0))):
            return correct("the same family of values")
        return incorrect("families with different starts")

    def _same_bodies(self, first: Term, second: Term) -> Comparison:
        if self.rules.scalars.equal(first, second):
            return correct("the same family of values")
        return undecided("families of values that could not be compared")


def _name(item: Term) -> str | None:
    """What a value is a value of: the left side of an equation in words, or a counted thing."""
    if isinstance(item, Relation) and item.ops == ("=",) and isinstance(item.terms[0], Unknown):
        return item.terms[0].text
    if isinstance(item, Quantity):
        from mathcli.answers.units import size

        return stem(item.unit) if size(item.unit) is None else None
    return None


_HALF = Number(Fraction(1, 2))
