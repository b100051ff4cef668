r"""Sums, products and integrals between numbers: `\sum_{k=1}^{10} k`, `\int_0^1 x^2 \, dx`.

Only those are read here whose value is a number, and which are quickly worked out; the others, with
limits in letters or without limits, are for `mathcli.answers.library`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.answers.exact import Undefined, rational
from mathcli.answers.lexer import Unreadable
from mathcli.answers.terms import Apply, Constant, Relation, Symbol, Term, substitute, symbols, walk

if TYPE_CHECKING:
    from mathcli.answers.parser import Parser

BOUND = frozenset(["sum", "prod", "int"])
"""Operations whose last argument is the variable that they run over."""
MAX_STEPS = 2000
_MOST_NESTED = 10_000  # steps of sums in sums together


def bound(parser: Parser, kind: str) -> Term:
    """The operator at the cursor, with its limits and what it is applied to.

    Raises:
        Unreadable: if its value is not a number that is quickly worked out.
    """
    limits: dict[str, Term] = {}
    while parser.peek().kind in ("_", "^"):
        side = parser.take().kind
        limits[side] = parser.group() if parser.peek().kind == "{" else parser.primary()
    if set(limits) != {"_", "^"}:
        raise Unreadable("an operator without limits")
    if kind == "int":
        low, (body, name) = limits["_"], _integrand(parser)
    else:
        low, name = _start(limits["_"])
        body = parser.product()
    inside = substitute(body, name, Symbol(f"#{name}"))
    if any(map(symbols, (low, limits["^"], inside))):
        raise Unreadable("an operator whose value is no number")
    if kind != "int":
        steps = _steps(low, limits["^"])
        if steps > MAX_STEPS or max(steps, 1) * _steps_inside(inside) > _MOST_NESTED:
            raise Unreadable("an operator over too many values")
    return Apply(kind, (inside, low, limits["^"], Symbol(f"#{name}")))


def has_bound(term: Term) -> bool:
    """Whether a sum, product or integral occurs that is only worked out numerically."""
    return any(isinstance(part, Apply) and part.op in BOUND for part in walk(term))


def _start(limit: Term) -> tuple[Term, str]:
    """`k = 1` under a sum."""
    if isinstance(limit, Relation) and limit.ops == ("=",) and isinstance(limit.terms[0], Symbol):
        return limit.terms[1], limit.terms[0].name
    raise Unreadable("a sum whose start was not read")


def _steps(low: Term, high: Term) -> int:
    """How many values a sum runs over; 0 if they are infinitely many."""
    try:
        ends = rational(low), rational(high)
    except Undefined as problem:
        raise Unreadable(str(problem)) from problem
    if ends[0] is not None and ends[1] is not None:
        return int(ends[1] - ends[0])
    if ends[0] is not None and high == Constant("infinity"):
        return 0
    raise Unreadable("a sum whose limits are no whole numbers")


def _steps_inside(body: Term) -> int:
    """How often the innermost sum of a term is worked out, for each value of `body`."""
    if not isinstance(body, Apply):
        return 1
    inner = max(map(_steps_inside, body.args), default=1)
    if body.op in ("sum", "prod"):
        return max(_steps(body.args[1], body.args[2]), 1) * inner
    return inner


def _integrand(parser: Parser) -> tuple[Term, str]:
    """What stands before `dx`, and the variable."""
    tokens, start = parser.tokens, parser.position
    depth = 0
    for place in range(start, len(tokens) - 1):
        depth += tokens[place].kind in ("(", "{", "[")
        depth -= tokens[place].kind in (")", "}", "]")
        if depth == 0 and (tokens[place].kind, tokens[place].text) == ("name", "d"):
            following = tokens[place + 1]
            if following.kind != "name":
                break
            body = _alone(parser, start, place)
            parser.position = place + 2
            return body, following.text
    raise Unreadable("an integral without its variable")


def _alone(parser: Parser, start: int, end: int) -> Term:
    from mathcli.answers.parser import Parser as Inner

    if start == end:
        raise Unreadable("an integral of nothing")
    inner = Inner(parser.tokens[start:end], parser.reading, latex=parser.latex)
    term = inner.sum()
    if inner.position != end - start:
        raise Unreadable("an integrand that was not read")
    return term
