"""Limits in words: cancelling, leading terms, substitution, and what is known near zero."""

from __future__ import annotations

from ..notation import Add, Call, Div, Node, Pow, python
from .polynomials import collected, read, term, written
from .work import Hard, Work


def limit(work: Work, node: Node, name: str, point: str) -> str:
    """A limit by cancelling, by the leading terms, by substitution, or by heart."""
    if point == "oo":
        return _at_infinity(work, node, name)
    if not isinstance(node, Div):
        return str(work.calculate(python(node), {name: int(point)}))
    if "(" in python(node.top):
        return _at_zero(work, node, name)
    return _cancelled(work, node, name, int(point))


def _cancelled(work: Work, node: Div, name: str, point: int) -> str:
    bottom = written(read(node.bottom), name)
    other = -read(node.top).get(1, 0) - point
    rest = written(collected([(1, 1), (-other, 0)]), name)
    factors = " * ".join(f"({text})" if " " in text else text for text in (bottom, rest))
    work.say(f"{python(node.top)} = {factors}, and {bottom} cancels.")
    work.say(f"{rest} is left.")
    return str(work.do(point, "-", other) if other else point)


def _at_zero(work: Work, node: Div, name: str) -> str:
    """Sines, exponentials and logarithms near zero."""
    top = python(node.top)
    if "cos" in top:
        work.say(f"Near 0, 1 - cos({name}) is like {name}**2/2.")
        return "1/2"
    if "log" in top:
        work.say(f"Near 0, log(1 + {name}) is like {name}.")
        return "1"
    call: Node = node.top.terms[0] if isinstance(node.top, Add) else node.top
    if not isinstance(call, Call):
        raise Hard
    inner = python(call.argument)
    work.say(f"Near 0, {top} is like {inner}.")
    return work.ratio(read(inner)[1], read(node.bottom)[1])


def _at_infinity(work: Work, node: Node, name: str) -> str:
    if isinstance(node, Pow):
        top = python(node)[5:].split("/")[0]
        return "E" if top == "1" else f"exp({top})"
    if any(function in python(node) for function in ("exp", "log")):
        return "0"
    if not isinstance(node, Div):
        raise Hard
    top, bottom = read(node.top), read(node.bottom)
    (high, a), (low, b) = max(top.items()), max(bottom.items())
    if high < low:
        work.say(f"{term(b, low, name)} grows faster than {term(a, high, name)}.")
        return "0"
    work.say(f"The leading terms are {term(a, high, name)} and {term(b, low, name)}.")
    return work.ratio(a, b)
