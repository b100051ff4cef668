"""Builds arithmetic terms for the parser."""

from __future__ import annotations

from mathcli.answers.lexer import Unreadable
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Junction,
    Member,
    Number,
    Relation,
    Symbol,
    Term,
)


def unwrap(term: Term) -> Term:
    """An operand: square brackets or braces around one scalar only group."""
    if isinstance(term, Group) and term.kind in ("bracket", "set") and len(term.items) == 1:
        return term.items[0]
    if isinstance(term, (Relation, Member, Junction)):
        raise Unreadable("a statement inside an expression")
    return term


def negated(term: Term) -> Term:
    """`-term`, with the sign inside a plain number."""
    term = unwrap(term)
    if isinstance(term, Number) and term.slack is None:
        return Number(-term.value, term.approximate, None, term.digits)
    if isinstance(term, Constant) and term.name == "undefined":
        return term
    return Apply("neg", (term,))


def times(left: Term, right: Term) -> Term:
    """A product; `M(2, 3)` names a point."""
    point = isinstance(right, Group) and right.kind == "tuple"
    if point and isinstance(left, Symbol) and left.name[0].isupper():
        return Relation(("=",), (left, right))
    return Apply("mul", (unwrap(left), unwrap(right)))


def divided(left: Term, right: Term) -> Term:
    """A quotient."""
    return Apply("div", (unwrap(left), unwrap(right)))
