"""Expanding, factoring, simplifying in words."""

from __future__ import annotations

from math import gcd, isqrt

from ..notation import Add, Div, Mul, Node, Pow, python
from .equations import pair
from .polynomials import Polynomial, collected, joined, parts, read, term, times, written
from .work import Hard, Work


def expand(work: Work, node: Node, name: str) -> str:
    """A product or a square multiplied out term by term."""
    factors = (
        [node.base, node.base] if isinstance(node, Pow) else list(getattr(node, "factors", ()))
    )
    if len(factors) != 2 or (isinstance(node, Pow) and python(node.exponent) != "2"):
        raise Hard
    return written(_multiplied(work, read(factors[0]), read(factors[1]), name), name)


def _multiplied(work: Work, one: Polynomial, other: Polynomial, name: str) -> Polynomial:
    for n, a in one.items():
        for m, b in other.items():
            made = term(a * b, n + m, name)
            work.say(f"{term(a, n, name)} * {term(b, m, name)} = {made}.")
    terms = [(a * b, n + m) for n, a in one.items() for m, b in other.items()]
    _collect(work, terms, name)
    return times(one, other)


def _collect(work: Work, terms: list[tuple[int, int]], name: str) -> None:
    """Say what the terms of one exponent make together."""
    for exponent in sorted({n for _, n in terms}, reverse=True):
        same = [a for a, n in terms if n == exponent]
        if len(same) > 1:
            shown = joined(term(a, exponent, name) for a in same)
            work.say(f"{shown} = {term(sum(same), exponent, name)}.")


def factor(work: Work, node: Node, name: str) -> str:
    """A quadratic as a product."""
    whole = read(node)
    if max(whole) != 2:
        raise Hard
    a, b, c = whole[2], whole.get(1, 0), whole.get(0, 0)
    shared = gcd(a, b, c)
    if shared > 1:
        a, b, c = a // shared, b // shared, c // shared
        work.say(f"Take out {shared}: {written(collected([(a, 2), (b, 1), (c, 0)]), name)}.")
    front = f"{shared}*" if shared > 1 else ""
    if b == 0:
        return front + _squares(work, a, -c, name)
    if a != 1:
        raise Hard
    one, other = pair(work, b, c, "The numbers")
    if one == other:
        return f"{front}({_shifted(name, one)})**2"
    return front + "*".join(_bracket(_shifted(name, shift)) for shift in (one, other))


def _shifted(name: str, shift: int) -> str:
    return written(collected([(1, 1), (shift, 0)]), name)


def _bracket(text: str) -> str:
    return f"({text})" if " " in text else text


def _squares(work: Work, a: int, c: int, name: str) -> str:
    """A difference of squares."""
    left, right = isqrt(a), isqrt(max(c, 0))
    if left * left != a or right * right != c or right == 0:
        raise Hard
    work.say(f"{term(a, 2, name)} is the square of {term(left, 1, name)}.")
    work.say(f"{c} is the square of {right}.")
    return f"({term(left, 1, name)} - {right})*({term(left, 1, name)} + {right})"


def simplify(work: Work, node: Node, name: str) -> str:
    """A sum or a quotient made shorter."""
    if isinstance(node, Div):
        return _quotient(work, node, name)
    if isinstance(node, Mul):
        return _monomials(work, node, name)
    if isinstance(node, Add) and isinstance(node.terms[0], Pow):
        return "1"  # of a sine and a cosine
    return _sum(work, node, name)


def _sum(work: Work, node: Node, name: str) -> str:
    terms = []
    for part in parts(node):
        made = read(part)
        if written(made, name) != python(part):
            work.say(f"{python(part)} = {written(made, name)}.")
        terms.extend((a, n) for n, a in made.items())
    _collect(work, terms, name)
    return written(collected(terms), name)


def _monomials(work: Work, node: Mul, name: str) -> str:
    ((one, a),) = read(node.factors[0]).items()
    ((other, b),) = read(node.factors[1]).items()
    return term(work.do(a, "*", b), work.do(one, "+", other), name)


def _quotient(work: Work, node: Div, name: str) -> str:
    top, bottom = read(node.top), read(node.bottom)
    if len(top) == len(bottom) == 1:
        return term(1, work.do(max(top), "-", max(bottom)), name)
    if set(bottom) == {0}:
        for n, a in top.items():
            work.say(f"{term(a, n, name)} / {bottom[0]} = {term(a // bottom[0], n, name)}.")
        return written({n: a // bottom[0] for n, a in top.items()}, name)
    root = top.get(1, 0) - bottom.get(0, 0)
    work.say(f"{python(node.top)} = ({python(node.bottom)})*({_shifted(name, root)}).")
    work.say(f"{python(node.bottom)} cancels.")
    return _shifted(name, root)
