"""Polynomials in one unknown: read from an expression, written as SymPy prints them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fractions import Fraction
from math import gcd

from ..notation import Add, Node, python
from .work import Hard

Polynomial = dict[int, int]  # coefficients by exponent, no zeros
Term = tuple[int, int]  # a coefficient and its exponent


def times(one: Polynomial, other: Polynomial) -> Polynomial:
    """The product."""
    return collected((a * b, n + m) for n, a in one.items() for m, b in other.items())


def collected(terms: Iterable[Term]) -> Polynomial:
    """Terms of the same exponent put together."""
    found: Polynomial = {}
    for coefficient, exponent in terms:
        found[exponent] = found.get(exponent, 0) + coefficient
    return {
        exponent: found[exponent] for exponent in sorted(found, reverse=True) if found[exponent]
    }


def read(expression: Node | str) -> Polynomial:
    """The polynomial that an expression is, multiplied out; `Hard` where it is none."""
    text = expression if isinstance(expression, str) else python(expression)
    return _read(ast.parse(text, mode="eval").body)


def _read(node: ast.expr) -> Polynomial:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return collected([(node.value, 0)])
    if isinstance(node, ast.Name):
        return {1: 1}
    if isinstance(node, ast.UnaryOp):
        return times({0: -1}, _read(node.operand))
    if not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Div):
        raise Hard
    left, right = _read(node.left), _read(node.right)
    if isinstance(node.op, ast.Mult):
        return times(left, right)
    if isinstance(node.op, ast.Pow):
        if set(right) - {0}:
            raise Hard
        power: Polynomial = {0: 1}
        for _ in range(right.get(0, 0)):
            power = times(power, left)
        return power
    sign = 1 if isinstance(node.op, ast.Add) else -1
    return collected([*_terms(left), *((sign * a, n) for a, n in _terms(right))])


def _terms(polynomial: Polynomial) -> list[Term]:
    return [(coefficient, exponent) for exponent, coefficient in polynomial.items()]


def parts(node: Node) -> list[Node]:
    """The terms of a sum, and of the sums in it."""
    return [p for term in node.terms for p in parts(term)] if isinstance(node, Add) else [node]


def term(coefficient: Fraction | int, exponent: int, name: str) -> str:
    """One term: ``-x**2``, ``3*x/2``, ``5``."""
    value = Fraction(coefficient)
    body = name if exponent == 1 else f"{name}**{exponent}"
    top, bottom = value.numerator, value.denominator
    if exponent == 0:
        text = str(top)
    elif abs(top) == 1:
        text = f"{'-' if top < 0 else ''}{body}"
    else:
        text = f"{top}*{body}"
    return text if bottom == 1 else f"{text}/{bottom}"


def joined(terms: Iterable[str]) -> str:
    """Terms as a sum; one with a leading minus is subtracted."""
    text = ""
    for piece in terms:
        if not text:
            text = piece
        else:
            text += f" - {piece[1:]}" if piece.startswith("-") else f" + {piece}"
    return text or "0"


def printed(terms: list[str]) -> str:
    """A sum in SymPy's order: of two terms, a positive number goes before what is subtracted."""
    if len(terms) == 2 and terms[0].startswith("-") and terms[1].isdigit():
        terms = [terms[1], terms[0]]
    return joined(terms)


def written(polynomial: Polynomial, name: str) -> str:
    """The polynomial as SymPy prints it."""
    return printed([term(a, n, name) for a, n in _terms(polynomial)])


def factored(polynomial: Polynomial, name: str) -> str:
    """The polynomial with what all its terms share in front."""
    lowest, shared = min(polynomial), gcd(*polynomial.values())
    rest = {n - lowest: a // shared for n, a in polynomial.items()}
    front = term(shared, lowest, name)
    return written(polynomial, name) if front == "1" else f"{front}*({written(rest, name)})"
