"""Terms: the data that the reader builds from answers and the rules compare.

Terms are frozen and hashable, so two terms that are built alike are equal by `==`. They are
plain data: nothing here evaluates anything, and reading untrusted text into terms runs no code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction


class Term:
    """Base of all terms."""

    __slots__ = ()


@dataclass(frozen=True)
class Number(Term):
    """A written number; `approximate` where it has decimals, so that a tolerance applies.

    Args:
        value: the number as written (repeating decimals are exact).
        approximate: written with decimals, like `0.333`, and not a whole number.
        slack: width of the interval that a truncated decimal (`3.14...`) stands for.
        digits: significant digits written, to tell rounding noise from small numbers.
    """

    value: Fraction
    approximate: bool = False
    slack: Fraction | None = None
    digits: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Symbol(Term):
    """A variable or a named object."""

    name: str


@dataclass(frozen=True)
class Constant(Term):
    """`pi`, `e`, `i`, `infinity` or `undefined`."""

    name: str


@dataclass(frozen=True)
class Apply(Term):
    """An operation or function applied to terms: `add`, `mul`, `div`, `pow`, `neg`, `sin`, …"""

    op: str
    args: tuple[Term, ...]


@dataclass(frozen=True)
class Group(Term):
    """Several terms.

    Args:
        kind: `list` (bare commas), `set`, `tuple`, `bracket`, `vector`, `ratio`, or `remainder`
            (a quotient and a remainder).
        items: the terms in their order.
    """

    kind: str
    items: tuple[Term, ...]


@dataclass(frozen=True)
class Interval(Term):
    """A real interval."""

    low: Term
    high: Term
    low_open: bool
    high_open: bool


@dataclass(frozen=True)
class SetOf(Term):
    """A combination of sets: `union`, `intersection` or `difference`; or a named set."""

    op: str
    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Matrix(Term):
    """Rows of entries, all of one length."""

    rows: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True)
class Relation(Term):
    """A chain such as `a < b <= c` or `x = 1`: one operator fewer than terms."""

    ops: tuple[str, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Junction(Term):
    """Statements joined by `and` or `or`."""

    op: str
    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Member(Term):
    """`item` lies in `domain`."""

    item: Term
    domain: Term


@dataclass(frozen=True)
class Family(Term):
    """All values of `body` as the integer `index` runs (`k\\pi, k \\in \\mathbb{Z}`)."""

    body: Term
    index: str


@dataclass(frozen=True)
class Mapping(Term):
    """Values of named variables, sorted by name (`{x: 1, y: 2}`, `x = 1, y = 2`)."""

    entries: tuple[tuple[str, Term], ...]


@dataclass(frozen=True)
class Quantity(Term):
    """A value with a unit, a currency, a percent sign or degrees.

    Args:
        value: how many.
        unit: the unit's one name.
        tentative: what is read as a unit may be a variable, as in `5m`.
    """

    value: Term
    unit: str
    tentative: bool = False


@dataclass(frozen=True)
class LetterChoice(Term):
    """A letter of a multiple-choice question, with its content where that is given."""

    letter: str
    content: Term | None = None


@dataclass(frozen=True)
class Words(Term):
    """An answer in words.

    Args:
        text: folded to lower case, without articles.
        written: as written, for a policy to which case counts.
    """

    text: str
    written: str = field(default="", compare=False)


@dataclass(frozen=True)
class Nothing(Term):
    """`empty` (no solution, the empty set) or `undefined` (does not exist).

    Args:
        kind: one of the two.
        doubtful: written as a letter that many use for the empty set.
        written: in words, not with a sign.
    """

    kind: str
    doubtful: bool = field(default=False, compare=False)
    written: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Based(Term):
    """Digits in a stated base, as in `1011_2`."""

    digits: str
    base: int


@dataclass(frozen=True)
class TimeOfDay(Term):
    """A time of the day.

    Args:
        seconds: since midnight, or since midnight or noon where `half` is not given.
        half: `am`, `pm`, `24` where the hour alone tells, or nothing.
    """

    seconds: int
    half: str = ""


@dataclass(frozen=True)
class Date(Term):
    """A day; the year may be left out."""

    year: int | None
    month: int
    day: int


@dataclass(frozen=True)
class Piecewise(Term):
    """Values each under a condition; the last condition may be `None`, for all other cases."""

    cases: tuple[tuple[Term, Term | None], ...]


@dataclass(frozen=True)
class Unknown(Term):
    """A part that was not read, kept as text (the left side of `\\angle ABC = 30`)."""

    text: str


def children(term: Term) -> tuple[Term, ...]:
    """The terms directly inside `term`."""
    if isinstance(term, Apply):
        return term.args
    if isinstance(term, Group):
        return term.items
    if isinstance(term, Interval):
        return (term.low, term.high)
    if isinstance(term, (SetOf, Junction)):
        return term.parts
    if isinstance(term, Matrix):
        return tuple(entry for row in term.rows for entry in row)
    if isinstance(term, Relation):
        return term.terms
    if isinstance(term, Member):
        return (term.item, term.domain)
    if isinstance(term, Family):
        return (term.body,)
    if isinstance(term, Mapping):
        return tuple(value for _, value in term.entries)
    if isinstance(term, Quantity):
        return (term.value,)
    if isinstance(term, Piecewise):
        return tuple(part for case in term.cases for part in case if part is not None)
    if isinstance(term, LetterChoice):
        return () if term.content is None else (term.content,)
    return ()


def walk(term: Term) -> Iterator[Term]:
    """`term` and everything inside it, outermost first."""
    pending = [term]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def symbols(term: Term) -> frozenset[str]:
    """The names of all free variables in `term`; a bound one begins with `#`."""
    return frozenset(
        part.name for part in walk(term) if isinstance(part, Symbol) and part.name[0] != "#"
    )


def is_approximate(term: Term) -> bool:
    """Whether a decimal takes part, so that the stated tolerance applies."""
    return any(isinstance(part, Number) and part.approximate for part in walk(term))


def is_scalar(term: Term) -> bool:
    """Whether `term` is one number or expression, not a set, a vector or a statement."""
    return isinstance(term, (Number, Symbol, Constant, Apply))


def substitute(term: Term, name: str, replacement: Term) -> Term:
    """`term` with the variable `name` replaced (scalar terms, and groups of them)."""
    if isinstance(term, Symbol):
        return replacement if term.name == name else term
    if isinstance(term, Apply):
        return Apply(term.op, tuple(substitute(arg, name, replacement) for arg in term.args))
    if isinstance(term, Group):
        items = tuple(substitute(item, name, replacement) for item in term.items)
        return Group(term.kind, items)
    return term
