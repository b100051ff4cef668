"""Reads SymPy's constructors: `Interval(0, 1)`, `Matrix([[1, 2]])`, `Eq(x, 2)`, `FiniteSet(1)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.answers.lexer import Unreadable
from mathcli.answers.terms import (
    Family,
    Group,
    Interval,
    Junction,
    Matrix,
    Member,
    Nothing,
    Relation,
    SetOf,
    Symbol,
    Term,
    is_scalar,
)

if TYPE_CHECKING:
    from mathcli.answers.parser import Parser

from mathcli.answers.primaries import FIELDS, is_infinite, items_until

_RELATIONS = {
    "Eq": "=", "Equality": "=", "Ne": "!=", "Lt": "<", "StrictLessThan": "<", "Le": "<=",
    "LessThan": "<=", "Gt": ">", "StrictGreaterThan": ">", "Ge": ">=", "GreaterThan": ">=",
}  # fmt: skip
_MATRICES = frozenset(
    ["Matrix", "ImmutableMatrix", "MutableDenseMatrix", "ImmutableDenseMatrix", "array"]
)


def constructed(parser: Parser, name: str) -> Term:
    """The term of a SymPy constructor."""
    if name in FIELDS:
        return SetOf(FIELDS[name], ())
    if name in ("EmptySet", "set", "frozenset") and parser.peek().kind != "(":
        return Nothing("empty")
    if name in ("True", "False"):
        raise Unreadable("a truth value")
    parser.expect("(")
    if name == "Lambda":
        raise Unreadable("a function without its set")
    if name == "ImageSet":
        return _image(parser)
    return _of_items(name, items_until(parser, ")"))


def _of_items(name: str, items: tuple[Term, ...]) -> Term:
    """The term of a constructor's name with its arguments."""
    if name in _RELATIONS and len(items) == 2:
        return Relation((_RELATIONS[name],), items)
    if name in _MATRICES and items:
        return _matrix(items[0])
    if name.startswith("Interval") and len(items) in (2, 4):
        return _interval(name, items)
    if name in ("And", "Or"):
        return Junction(name.lower(), items)
    if name in ("Union", "Intersection", "Complement"):
        return SetOf({"Complement": "difference"}.get(name, name.lower()), items)
    if name == "FiniteSet":
        return Group("set", items) if items else Nothing("empty")
    if name in ("set", "frozenset", "list", "tuple", "dict"):
        return items[0] if items else Nothing("empty")
    if name in ("Tuple", "Point", "Point2D", "Point3D"):
        return Group("tuple", items)
    if name == "Contains" and len(items) == 2:
        return Member(items[0], items[1])
    if name in ("Poly", "Decimal") and items:
        return items[0]
    raise Unreadable(f"cannot read {name}")


def _interval(name: str, items: tuple[Term, ...]) -> Term:
    low_open, high_open = (
        name in ("Intervalopen", "IntervalLopen"),
        name in ("Intervalopen", "IntervalRopen"),
    )
    return Interval(
        items[0], items[1], low_open or is_infinite(items[0]), high_open or is_infinite(items[1])
    )


def _matrix(content: Term) -> Term:
    if isinstance(content, Matrix):
        return content
    if (
        isinstance(content, Group)
        and content.kind == "bracket"
        and all(map(is_scalar, content.items))
    ):
        return Matrix(tuple((item,) for item in content.items))
    raise Unreadable("a matrix whose rows were not read")


def _image(parser: Parser) -> Term:
    """`ImageSet(Lambda(n, body), Integers)`."""
    parser.expect("constructor")
    parser.expect("(")
    index, body = items_until(parser, ")")
    parser.expect(",")
    domain = parser.statement()
    parser.expect(")")
    if not isinstance(index, Symbol) or domain != SetOf("integers", ()):
        raise Unreadable("an image of a set that was not read")
    return Family(body, index.name)
