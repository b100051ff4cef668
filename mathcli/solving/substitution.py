"""Writes a program that substitutes an answer into a problem's plainly stated equations.

Only unambiguous problems qualify: the text is no more than "solve this" or "find x", and every sign
of the equations is understood. Any other text may contain a condition ("the smallest", "a
positive") that a substitution would not check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mathcli.answers.reader import readings
from mathcli.answers.statements import lowered
from mathcli.answers.terms import (
    Apply,
    Constant,
    Group,
    Member,
    Number,
    Relation,
    Symbol,
    Term,
    is_approximate,
    symbols,
)
from mathcli.answers.terms import Mapping as Assignment

_MOST_UNKNOWNS = 3
_NAMES = r"(?P<names>\$?[a-z]\$?(?:\s*,\s*\$?[a-z]\$?)*(?:,?\s*and\s+\$?[a-z]\$?)?)"
_AFTER = _NAMES.replace("<names>", "<after>")
_EQUATIONS = r"(?P<equations>[^?]*=[^?]*?)"
_VALUE = r"(?:all |the )*(?:values? (?:of )?|solutions? (?:of |to |for )?)?"
_KIND = r"(?:following |given |linear |quadratic |simultaneous )*"
_ASKS = r"(?:find|determine|calculate|compute|work out|solve for|what is|what are)"
_STATED = [
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:how (?:do|can) (?:i|we|you) )?solve (?:the )?{_KIND}"
        rf"(?:equations?|system(?: of (?:linear )?equations)?)?\s*(?:for {_NAMES})?\s*:?\s*"
        rf"{_EQUATIONS}(?:,? for {_AFTER})?",
        rf"{_ASKS} {_VALUE}{_NAMES}\s*(?:if|when|from|such that|given that|for which|in|:|,)\s*"
        rf"{_EQUATIONS}",
        rf"(?:find|determine) (?:all |the )*(?:real )?(?:solutions|roots)(?: of| to| for)"
        rf"(?: the equation)?\s*:?\s*{_EQUATIONS}",
        rf"(?:if|given that|given|suppose|suppose that) {_EQUATIONS}[,.;]? (?:then )?"
        rf"{_ASKS} {_VALUE}{_NAMES}",
        rf"{_EQUATIONS}[,;]? {_ASKS} {_VALUE}{_NAMES}",
        rf"(?:which|what) {_NAMES} (?:satisf(?:y|ies)|solves?) {_EQUATIONS}",
    )
]
_FUNCTIONS: Mapping[str, str] = {
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "ln": "log", "exp": "exp",
    "abs": "Abs",
}  # fmt: skip
_CONSTANTS = {"pi": "pi", "e": "E", "i": "I"}


class _NotPlain(Exception):
    """The problem or answer is not plain enough for a program."""


def substitution_program(problem: str, answer: str) -> str | None:
    """A program whose last line of output says whether `answer` solves `problem`.

    It prints `True`, `False`, or `None` if SymPy cannot decide. With one unknown, an answer that
    leaves out a real solution is `False`.

    Returns:
        None if the problem is not plain equations, or the answer not exact values of the unknowns.

    >>> print(substitution_program("Solve x^2 - 5x + 6 = 0", "2, 3"))  # doctest: +ELLIPSIS
    from sympy import *
    <BLANKLINE>
    x, = unknowns = symbols('x,')
    equations = [(((x**2) + (-(5*x)) + 6), 0)]
    solutions = [{x: 2}, {x: 3}]
    ...
    """
    equations = _equations(problem)
    if not equations:
        return None
    unknowns = sorted(frozenset().union(*(symbols(equation) for equation in equations)))
    if not 0 < len(unknowns) <= min(_MOST_UNKNOWNS, len(equations)):
        return None  # with fewer equations than unknowns the answer is not a value
    try:
        sides = [", ".join(map(_python, equation.terms)) for equation in equations]
        solutions = list(_solutions(answer, unknowns))
    except _NotPlain:
        return None
    return _PROGRAM.format(
        names=", ".join(unknowns) + ",",
        equations=", ".join(f"({pair})" for pair in sides),
        solutions=", ".join(solutions),
    )


_PROGRAM = """from sympy import *

{names} = unknowns = symbols('{names}')
equations = [{equations}]
solutions = [{solutions}]
rest = [simplify(sympify(a - b).subs(s)) for s in solutions for a, b in equations]
zero = [r.equals(0) for r in rest]
print('left over:', rest)
holds = False if False in zero else None if None in zero else True
if holds and len(unknowns) == 1:
    (a, b), real = equations[0], all(v.is_real for s in solutions for v in map(sympify, s.values()))
    every = solveset(a - b, unknowns[0], S.Reals if real else S.Complexes)
    if isinstance(every, FiniteSet):
        print('solutions:', len(every))
        holds = len(every) == len({{*map(str, solutions)}})
print(holds)"""


def _equations(problem: str) -> list[Relation]:
    """The equations of a problem that states nothing else; empty if it may state more."""
    text = re.sub(r"^\s*(?:question:|please)\s*", "", problem.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\s*[.?!]*\s*$", "", text).replace("\\(", "$").replace("\\)", "$")
    if re.fullmatch(r"[^a-z]*=[^a-z]*|\$[^$]*\$", text, re.IGNORECASE):
        return _read(text)
    for pattern in _STATED:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        given = match.groupdict()
        equations = _read(given["equations"])
        named = set(re.findall(r"\b[a-z]\b", given.get("names") or given.get("after") or "", re.I))
        unknowns = {name for equation in equations for name in symbols(equation)}
        if equations and (not named or named == unknowns):
            return equations
    return []


def _read(text: str) -> list[Relation]:
    """Equations joined by commas, semicolons, `and` or a brace; empty if one is not understood."""
    equations: list[Relation] = []
    for part in re.split(r"[;,]\s+(?:and\s+)?|\s+and\s+", text.strip().rstrip(",;")):
        read = readings(part)
        if len(read) != 1:  # not understood, or in several ways
            return []
        items = read[0].items if isinstance(read[0], Group) else (read[0],)
        for item in items:
            if not (isinstance(item, Relation) and item.ops == ("=",)):
                return []
            equations.append(item)
    return equations


def _solutions(answer: str, unknowns: list[str]) -> Iterator[str]:
    """Each solution as the source of a Python dictionary."""
    read = readings(answer)
    if not read or is_approximate(read[0]):
        raise _NotPlain
    for values in _values(lowered(read[0]), unknowns):
        pairs = zip(unknowns, map(_value, values), strict=True)
        yield "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"


def _values(term: Term, unknowns: list[str]) -> list[tuple[Term, ...]]:
    """The values of all unknowns, for each solution."""
    if isinstance(term, Assignment) and [name for name, _ in term.entries] == unknowns:
        return [tuple(value for _, value in term.entries)]
    if isinstance(term, Member) and len(unknowns) == 1:
        return _values(term.domain, unknowns)
    named = [Symbol(name) for name in unknowns]
    if isinstance(term, Relation) and term.ops == ("=",) and [term.terms[0]] == named:
        return _values(term.terms[1], unknowns)
    if isinstance(term, Group):
        if len(unknowns) == 1:
            return [(item,) for item in term.items]
        if len(term.items) == len(unknowns) and term.kind in ("tuple", "list"):
            return [term.items]
    if len(unknowns) == 1:
        return [(term,)]
    raise _NotPlain


def _value(term: Term) -> str:
    if symbols(term):
        raise _NotPlain
    return _python(term)


def _python(term: Term) -> str:
    """A term as SymPy source code, unevaluated.

    Raises:
        _NotPlain: it has parts other than numbers, unknowns and well-known functions.
    """
    if isinstance(term, Number) and not term.approximate:
        whole = term.value.denominator == 1
        if abs(term.value.numerator) > 10**12:
            raise _NotPlain
        parts = f"{term.value.numerator}, {term.value.denominator}"
        return str(term.value.numerator) if whole else f"Rational({parts})"
    if isinstance(term, Number):
        return f"Rational('{term.value}')"
    if isinstance(term, Symbol) and len(term.name) == 1:
        return term.name
    if isinstance(term, Constant) and term.name in _CONSTANTS:
        return _CONSTANTS[term.name]
    if isinstance(term, Apply):
        return _applied(term.op, [_python(arg) for arg in term.args])
    raise _NotPlain


def _applied(op: str, args: list[str]) -> str:
    if op in _FUNCTIONS and len(args) == 1:
        return f"{_FUNCTIONS[op]}({args[0]})"
    if op == "neg":
        return f"(-{args[0]})"
    if op == "div" and len(args) == 2:
        return f"({args[0]}/sympify({args[1]}))"
    signs = {"add": " + ", "mul": "*", "pow": "**"}
    if op not in signs:
        raise _NotPlain
    return f"({signs[op].join(args)})"
