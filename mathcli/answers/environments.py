"""What LaTeX writes between `\\begin` and `\\end`: matrices, determinants, cases and systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.answers.lexer import Unreadable
from mathcli.answers.terms import Apply, Group, Matrix, Piecewise, Relation, Term

if TYPE_CHECKING:
    from mathcli.answers.parser import Parser


def environment(parser: Parser, name: str) -> Term:
    """`\\begin{pmatrix} … \\end{pmatrix}` and its relatives."""
    if name == "cases":
        return _cases(parser)
    if not name.endswith("matrix") and name != "array":
        raise Unreadable(f"an environment {name}")
    if name == "array" and parser.accept("{"):
        while not parser.accept("}"):
            if parser.take().text == "":
                raise Unreadable("an array without its end")
    rows: list[list[Term]] = [[]]
    while parser.peek().kind != "end":
        rows[-1].append(parser.statement())
        if parser.accept("row"):
            if parser.peek().kind != "end":
                rows.append([])
        elif parser.peek().kind != "end":
            parser.expect("amp")
    parser.take()
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise Unreadable("a matrix with rows of different lengths")
    matrix = Matrix(tuple(tuple(row) for row in rows))
    return Apply("det", (matrix,)) if name == "vmatrix" else matrix


def _cases(parser: Parser) -> Term:
    """`\\begin{cases} x & x > 0 \\\\ -x & otherwise \\end{cases}`, or a system of equations."""
    rows: list[list[Term | None]] = [[]]
    while parser.peek().kind != "end":
        if parser.accept("otherwise"):
            rows[-1].append(None)
        else:
            rows[-1].append(parser.statement())
        separated = parser.accept(",", ";", "amp") is not None
        while separated and parser.accept(",", ";", "amp"):
            pass
        if parser.accept("row"):
            if parser.peek().kind != "end":
                rows.append([])
        elif not separated and parser.peek().kind != "end":
            raise Unreadable("cases that were not read")
    parser.take()
    if all(len(row) == 1 for row in rows):
        return Group("list", tuple(row[0] for row in rows if row[0] is not None))
    parts = [tuple(row) for row in rows]
    if all(len(row) == 2 and row[0] is not None for row in parts):
        if all(isinstance(row[0], Relation) and row[0].ops == ("=",) for row in parts):
            return Group("list", tuple(item for row in parts for item in row if item is not None))
        return Piecewise(tuple((row[0], row[1]) for row in parts))  # type: ignore[misc]
    raise Unreadable("cases of different lengths")
