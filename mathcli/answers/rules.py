"""When two answers, once read, are equal.

The rules are symmetric, and the same in the parent process and in a worker: the parent has
`Scalars` that raise `NeedsWorker` where exact arithmetic is not enough, and then asks a worker.
"""

from __future__ import annotations

from fractions import Fraction

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.groups import Groups
from mathcli.answers.realsets import NotReal, looks_real, pieces
from mathcli.answers.scalars import Scalars
from mathcli.answers.statements import is_label, labelled, lowered
from mathcli.answers.terms import (
    Apply,
    Based,
    Choice,
    Constant,
    Family,
    Group,
    Interval,
    Junction,
    Mapping,
    Matrix,
    Member,
    Nothing,
    Number,
    Quantity,
    Relation,
    SetOf,
    Symbol,
    Term,
    Unknown,
    Words,
    children,
    is_approximate,
    is_scalar,
    substitute,
    symbols,
    walk,
)
from mathcli.answers.units import size
from mathcli.answers.verdict import Comparison, Verdict, correct, incorrect, undecided
from mathcli.answers.words import number_in_words

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


class Rules:
    """Compares terms.

    Args:
        scalars: decides about single expressions.
        percent: whether `75%` may be written as 0.75.
    """

    def __init__(self, scalars: Scalars, *, percent: bool = False) -> None:
        self.scalars = scalars
        self.percent = percent
        self.groups = Groups(self)

    def compare(self, first: Term, second: Term) -> Comparison:
        """The verdict on two readings, with its reason."""
        try:
            return self._compare(lowered(first), lowered(second))
        except Undefined:
            return self._undefined(first, second)

    def _undefined(self, first: Term, second: Term) -> Comparison:
        exists = [self._exists(term) for term in (first, second)]
        if exists == [False, False]:
            if Nothing("undefined") in (first, second):
                return correct("neither has a value")
            return undecided("neither has a value, so there is nothing to compare")
        if exists == [None, None]:
            return undecided("one side has no value")
        if Constant("infinity") in walk(first) or Constant("infinity") in walk(second):
            return undecided("a division by zero against infinity")
        return incorrect("one side has no value, such as after a division by zero")

    def _exists(self, term: Term) -> bool | None:
        if isinstance(term, Nothing):
            return False
        try:
            self.scalars.equal(term, Number(Fraction(0))) if is_scalar(term) else None
        except Undefined:
            return False
        return True

    def _compare(self, first: Term, second: Term) -> Comparison:
        for kind, rule in (
            (Choice, self._choice),
            (Nothing, self._nothing),
            (Words, self._words),
            (Quantity, self._quantity),
            (Based, self._based),
        ):
            if isinstance(first, kind):
                return rule(first, second)
            if isinstance(second, kind):
                return rule(second, first)
        return self._statements(first, second)

    def _choice(self, choice: Term, other: Term) -> Comparison:
        assert isinstance(choice, Choice)
        if isinstance(other, Choice):
            if choice.letter == other.letter:
                if choice.content is None or other.content is None:
                    return correct(f"both are choice {choice.letter}")
                inside = self._compare(lowered(choice.content), lowered(other.content))
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
            inside = self._compare(lowered(choice.content), other)
            return Comparison(
                inside.verdict, f"the content of choice {choice.letter}: {inside.reason}"
            )
        if isinstance(other, Words):
            return incorrect("a letter of a choice is not this word")
        return undecided("a letter of a choice against a content, and the choices are not known")

    def _nothing(self, nothing: Term, other: Term) -> Comparison:
        assert isinstance(nothing, Nothing)
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
                if not pieces(value, self.scalars):
                    return correct("both are empty")
            except NotReal:
                return undecided("a set that may be empty")
        if nothing.kind == "undefined":
            if is_scalar(value) and self._exists(value) is False:
                return correct("neither has a value")
            if any(part == Constant("infinity") for part in walk(value)):
                return undecided("no value against infinity")
        return incorrect("one side says that there is no such thing, the other gives one")

    def _words(self, words: Term, other: Term) -> Comparison:
        assert isinstance(words, Words)
        if isinstance(other, Words):
            return same_words(words.text, other.text)
        _, value = labelled(other)
        if isinstance(value, Words):
            return same_words(words.text, value.text)
        if isinstance(other, Quantity):
            return self._words(words, other.value)
        if any(number_in_words(word) is not None for word in words.text.split()):
            return undecided("a sentence with a number in words")
        return incorrect("words against a value")

    def _quantity(self, quantity: Term, other: Term) -> Comparison:
        assert isinstance(quantity, Quantity)
        if isinstance(other, Quantity):
            return self._quantities(quantity, other)
        label, value = labelled(other)
        if label is not None:
            return self._compare(quantity, value)
        if quantity.unit == "degree" and _mentions_pi(value) and is_scalar(value):
            return self._compare(Apply("degrees", (quantity.value,)), value)
        if quantity.unit == "radian" and not _mentions_pi(quantity.value):
            return self._compare(quantity.value, value)
        if quantity.tentative:
            return incorrect("a unit or a variable on one side only")
        found = self._compare(quantity.value, value)
        if quantity.unit == "percent" and found.verdict is not Verdict.CORRECT:
            as_decimal = self._compare(Apply("percent", (quantity.value,)), value)
            if as_decimal.verdict is Verdict.CORRECT:
                if self.percent:
                    return correct("equal, a percentage written as a number")
                return incorrect("equal only if a percentage may be written as a number (percent)")
        if found.verdict is Verdict.CORRECT:
            return correct(f"equal; the unit {quantity.unit} is left out on one side")
        return found

    def _quantities(self, first: Quantity, second: Quantity) -> Comparison:
        if first.unit == second.unit:
            return self._compare(first.value, second.value)
        if first.unit.startswith("mod ") and second.unit.startswith("mod "):
            return incorrect("residues of different moduli")
        if {first.unit, second.unit} == {"degree", "radian"}:
            degrees, radians = (first, second) if first.unit == "degree" else (second, first)
            return self._compare(Apply("degrees", (degrees.value,)), radians.value)
        sizes = size(first.unit), size(second.unit)
        if sizes[0] is not None and sizes[1] is not None:
            if sizes[0][0] != sizes[1][0]:
                if "unit" in (first.unit, second.unit):
                    return self._compare(first.value, second.value)
                return incorrect(f"different units: {min(first.unit, second.unit)} "
                                 f"and {max(first.unit, second.unit)}")  # fmt: skip
            return self._compare(_scaled(first, sizes[0][1]), _scaled(second, sizes[1][1]))
        found = self._compare(first.value, second.value)
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

    def _based(self, based: Term, other: Term) -> Comparison:
        assert isinstance(based, Based)
        label, value = labelled(other)
        if label is not None:
            return self._compare(based, value)
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
        return incorrect("a number against something else") if other else undecided("")

    def _statements(self, first: Term, second: Term) -> Comparison:
        if isinstance(first, Mapping) != isinstance(second, Mapping):
            first, second = _as_roots(first), _as_roots(second)
        first, second = self._solved(first), self._solved(second)
        labels = labelled(first), labelled(second)
        if labels[0][0] is not None and labels[1][0] is not None:
            return self._both_labelled(first, second)
        for (label, value), statement, other in (
            (labels[0], first, second),
            (labels[1], second, first),
        ):
            if label is not None:
                if isinstance(other, Relation):
                    return self._relations(statement, other)
                if isinstance(other, (Junction, Mapping)):
                    return undecided("two statements of different kinds")
                return self._compare(value, other)
        relations = isinstance(first, Relation), isinstance(second, Relation)
        if all(relations):
            return self._relations(first, second)
        if any(relations):
            return self._relation_and_value(first, second)
        return self._values(first, second)

    def _solved(self, term: Term) -> Term:
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
            direction = self.scalars.order(slopes[0], Number(Fraction(0)))
            if not direction or not self.scalars.equal(slopes[0], slopes[1]):
                return None
        except Undefined:
            return None
        bound = Apply("neg", (Apply("div", (values[0], slopes[0])),))
        is_open = op in ("<", ">")
        if (direction > 0) == (op in ("<", "<=")):
            return Interval(Apply("neg", (Constant("infinity"),)), bound, True, is_open)
        return Interval(bound, Constant("infinity"), is_open, True)

    def _both_labelled(self, first: Term, second: Term) -> Comparison:
        (label, value), (other_label, other_value) = labelled(first), labelled(second)
        assert label is not None
        assert other_label is not None
        if _bound(label) and _bound(other_label) and label != other_label:
            assert isinstance(label, Apply)
            assert isinstance(other_label, Apply)
            inner, other_inner = label.args[0], other_label.args[0]
            if (
                label.op == other_label.op
                and len(label.args) == len(other_label.args) == 1
                and isinstance(inner, Symbol)
                and isinstance(other_inner, Symbol)
            ):
                if inner.name in symbols(other_value):
                    return undecided("functions whose variables are mixed up")
                return self._compare(value, substitute(other_value, other_inner.name, inner))
        if isinstance(label, Symbol) and isinstance(other_label, Symbol) and label != other_label:
            if symbols(value) | symbols(other_value):
                return self._relations(first, second)
            found = self._compare(value, other_value)
            if found.verdict is not Verdict.CORRECT:
                return found
            if {label.name, other_label.name} <= {"x", "y", "z"}:
                return incorrect("the same value for different variables")
            return undecided("the same value under different names")
        found = self._compare(value, other_value)
        if (
            found.verdict is not Verdict.CORRECT
            and isinstance(first, Relation)
            and isinstance(second, Relation)
        ):
            if (
                isinstance(label, Symbol)
                and is_scalar(value)
                and is_scalar(other_value)
                and symbols(value)
            ):
                return self._relations(first, second)
        if (
            found.verdict is Verdict.CORRECT
            and Unknown in (type(label), type(other_label))
            and label != other_label
        ):
            return (
                correct(f"{found.reason}; the names differ") if _mild(label, other_label) else found
            )
        return found

    def _relations(self, first: Term, second: Term) -> Comparison:
        if not isinstance(first, Relation) or not isinstance(second, Relation):
            return undecided("two statements of different kinds")
        if first == second:
            return correct("the same statement")
        if len(first.ops) == 1 and len(second.ops) == 1:
            return self._one_relation(first, second)
        if first.ops == second.ops:
            return self._all(zip(first.terms, second.terms, strict=True), "the chains")
        flipped = Relation(tuple(_FLIPPED[op] for op in reversed(second.ops)), second.terms[::-1])
        if first.ops == flipped.ops:
            return self._all(zip(first.terms, flipped.terms, strict=True), "the chains")
        return undecided("chains of different relations")

    def _one_relation(self, first: Relation, second: Relation) -> Comparison:
        if not all(is_scalar(term) for term in (*first.terms, *second.terms)):
            if first.ops == second.ops:
                return self._all(zip(first.terms, second.terms, strict=True), "the sides")
            return undecided("relations of different kinds")
        left, right = _difference(first), _difference(second)
        (op,), (other_op,) = first.ops, second.ops
        if {op, other_op} <= {"="} or {op, other_op} <= {"!="}:
            factor = self.scalars.proportional(left, right)
            if factor is None:
                return undecided("equations that could not be compared")
            if factor is not False:
                return correct("the same equation up to a nonzero factor")
            return self.groups.same_zeros(left, right)
        factor = self.scalars.proportional(left, right)
        if factor is None:
            return undecided("inequalities that could not be compared")
        if factor is False:
            return incorrect("different relations")
        real = self.scalars.low.mp.re(factor)
        same = op == other_op if real > 0 else op == _FLIPPED[other_op]
        return (
            correct("the same inequality up to a factor")
            if same
            else incorrect("different directions")
        )

    def _relation_and_value(self, first: Term, second: Term) -> Comparison:
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
        found = self._compare(last, value)
        if found.verdict is not Verdict.CORRECT:
            return found if is_scalar(value) else undecided("an equation against something else")
        if not symbols(last) and _names_a_quantity(relation.terms[0]):
            return correct(f"{found.reason}, as the right side of the equation")
        return undecided("an equation whose right side is the other answer")

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
        if looks_real(first) or looks_real(second):
            return self._real_sets(first, second)
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
            return correct("equal within the tolerance" if approximate else "equal to 85 digits")
        arbitrary = self._arbitrary_constant(first, second)
        if arbitrary is not None:
            return arbitrary
        return incorrect("different expressions" if names else "different numbers")

    def _arbitrary_constant(self, first: Term, second: Term) -> Comparison | None:
        """`x^2 + C` against `x^2` or `x^2 + K`."""
        for term, other in ((first, second), (second, first)):
            for name in ("C", "c", "K", "k"):
                if name in symbols(term) and _is_addend(term, name):
                    rest = substitute(term, name, Number(Fraction(0)))
                    if self.scalars.equal(rest, other):
                        return undecided(f"equal but for the arbitrary constant {name}")
                    for renamed in ("C", "c", "K", "k"):
                        if renamed in symbols(other) and _is_addend(other, renamed):
                            stripped = substitute(other, renamed, Number(Fraction(0)))
                            if self.scalars.equal(rest, stripped):
                                return correct("equal but for the name of the arbitrary constant")
        return None

    def _real_sets(self, first: Term, second: Term) -> Comparison:
        if first == second:
            return correct("the same set")
        try:
            found = pieces(first, self.scalars), pieces(second, self.scalars)
        except NotReal as problem:
            for side in (first, second):
                if is_scalar(side) or isinstance(side, Matrix):
                    return incorrect("a set against a value")
            return undecided(f"sets that could not be compared: {problem}")
        if len(found[0]) != len(found[1]):
            return incorrect("different sets")
        for (low, high), (other_low, other_high) in zip(*found, strict=True):
            for edge, other in ((low, other_low), (high, other_high)):
                equal = self.scalars.equal(edge.value, other.value)
                if equal is None:
                    return undecided("ends of intervals that could not be compared")
                if not equal:
                    return incorrect("intervals with different ends")
                if edge.above != other.above:
                    return incorrect("an open end is not a closed end")
        return correct("the same set of real numbers")

    def _all(self, pairs: object, what: str) -> Comparison:
        return self.groups.all_equal(pairs, what)  # type: ignore[arg-type]


def _as_roots(term: Term) -> Term:
    """`x_1 = 2, x_2 = 3` as two values of x."""
    if isinstance(term, Mapping):
        names = [name.partition("_") for name, _ in term.entries]
        if len({base for base, _, _ in names}) == 1 and all(
            index.isdigit() for _, _, index in names
        ):
            values = tuple(value for _, value in term.entries)
            return Member(Symbol(names[0][0]), Group("list", values))
    return term


def same_words(first: str, second: str) -> Comparison:
    """Two answers in words, already folded."""
    if first == second or first.replace(" ", "") == second.replace(" ", ""):
        return correct("the same words")
    if _stem(first) == _stem(second):
        return correct("the same word")
    words = set(first.split()), set(second.split())
    if len(words[0]) > 2 or len(words[1]) > 2 or words[0] & words[1]:
        return undecided("different words")
    return incorrect("different words")


def _stem(text: str) -> str:
    return text.removesuffix("es") if text.endswith(("shes", "ches")) else text.removesuffix("s")


def _bound(label: Term) -> bool:
    return isinstance(label, Apply) and label.op.startswith("call ")


def _mild(label: Term, other: Term) -> bool:
    return is_label(label) and is_label(other)


def _difference(relation: Relation) -> Term:
    return Apply("add", (relation.terms[0], Apply("neg", (relation.terms[1],))))


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


def _names_a_quantity(term: Term) -> bool:
    """Whether `m + n` or `xy` can be what was asked for, unlike `2x`; or all is arithmetic."""
    return not symbols(term) or _has_no_numbers(term)


def _has_no_numbers(term: Term) -> bool:
    parts = term.args[:1] if isinstance(term, Apply) and term.op == "pow" else children(term)
    return not isinstance(term, Number) and all(map(_has_no_numbers, parts))


def _is_addend(term: Term, name: str) -> bool:
    return isinstance(term, Apply) and term.op == "add" and Symbol(name) in term.args
