"""Arithmetic on points, vectors and matrices, part by part."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from mathcli.answers.terms import (
    Apply,
    Group,
    Matrix,
    Number,
    Term,
    is_scalar,
    substitute,
    symbols,
    walk,
)

UNIT_VECTORS = ("unit{i}", "unit{j}", "unit{k}")
UNIT_NAMES = frozenset(UNIT_VECTORS)
Lower = Callable[[Term], Term]
"""Brings a part into its one form."""


def added(term: Apply, lower: Lower) -> Term:
    """A sum of points or vectors of one size, added part by part."""
    parts = [lower(arg) if not is_scalar(arg) or _has_group(arg) else arg for arg in term.args]
    if not all(isinstance(part, (Group, Matrix)) for part in parts):
        return term
    groups = [part for part in parts if isinstance(part, Group)]
    if len(groups) == len(parts) and len({len(group.items) for group in groups}) == 1:
        rows = zip(*(group.items for group in groups), strict=True)
        return Group(groups[0].kind, tuple(Apply("add", row) for row in rows))
    matrices = [part for part in parts if isinstance(part, Matrix)]
    if len(matrices) == len(parts) and len({(len(m.rows), len(m.rows[0])) for m in matrices}) == 1:
        entries = zip(*(matrix.rows for matrix in matrices), strict=True)
        return Matrix(tuple(
            tuple(Apply("add", each) for each in zip(*rows, strict=True)) for rows in entries
        ))  # fmt: skip
    return term


def _has_group(term: Term) -> bool:
    return any(isinstance(part, (Group, Matrix)) for part in walk(term))


def components(term: Term) -> Term:
    """`3\\mathbf{i} - \\mathbf{j}` as the vector (3, -1)."""
    names = UNIT_VECTORS if UNIT_VECTORS[2] in symbols(term) else UNIT_VECTORS[:2]
    parts = []
    for chosen in names:
        part = term
        for name in names:
            part = substitute(part, name, Number(Fraction(int(name == chosen))))
        parts.append(part)
    return Group("vector", tuple(parts))


def transposed(term: Apply, lower: Lower) -> Term:
    """A transposed matrix, or a point as a column."""
    inner = lower(term.args[0])
    if isinstance(inner, Matrix):
        return Matrix(tuple(zip(*inner.rows, strict=True)))
    if isinstance(inner, Group):
        return Matrix(tuple((item,) for item in inner.items))
    return term


def length(term: Apply, lower: Lower) -> Term:
    """The length of a vector as a root."""
    inner = lower(term.args[0])
    if not isinstance(inner, Group) or not all(map(is_scalar, inner.items)):
        return term
    squares = tuple(Apply("mul", (Apply("abs", (item,)),) * 2) for item in inner.items)
    return Apply("sqrt", (Apply("add", squares),))


def scaled(term: Apply, lower: Lower) -> Term:
    """A number times a vector or matrix, with the number inside."""
    places = [place for place, arg in enumerate(term.args) if not is_scalar(arg)]
    if len(places) != 1 or (term.op == "div" and places != [0]):
        return term
    (place,) = places
    inner = lower(term.args[place])

    def with_entry(entry: Term) -> Term:
        return Apply(term.op, (*term.args[:place], entry, *term.args[place + 1 :]))

    if isinstance(inner, Matrix):
        return Matrix(tuple(tuple(map(with_entry, row)) for row in inner.rows))
    if isinstance(inner, Group) and inner.kind in ("tuple", "vector", "bracket"):
        return Group(inner.kind, tuple(map(with_entry, inner.items)))
    return term
