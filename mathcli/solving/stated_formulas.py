"""Do a solution's programs contain the formulas of its problem?

A program may compute correctly with a misread formula: `1/x**2 + 1` for `1/(x^2 + 1)`, or an
equation for `|2x - 3| < 5`. Formulas are compared by their values at some points, so that the way
in which they are written does not matter.
"""

from __future__ import annotations

import ast
import cmath
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from math import factorial

from mathcli.answers.reader import readings
from mathcli.answers.terms import Apply, Constant, Number, Symbol, Term, symbols

_MOST_TEXT = 4000  # characters of a problem, and of a program, that are read
_MOST_FORMULAS = 6
_LONGEST = 200  # characters of a formula
_POINTS = (0.31, 0.74, 1.17)
_MOST_SIDES = 3  # of a relation: `0 < x < 2`
_LARGEST = 1e30
_CLOSE = 1e-7  # relative difference of equal values

_MARKED = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_FUNCTION = r"(?:sin|cos|tan|sqrt|log|ln|exp|abs)"
# A run of letters, digits and signs without words: `2x + 3 = 7`, `|x - 1| < 2`, `1/(1 + x^2)`.
_ATOM = (
    rf"{_FUNCTION}(?![A-Za-z])|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|\d+(?:\.\d+)?[a-z]?(?![A-Za-z])"
)
_SIGN = r"\*\*|<=|>=|[-+*/^=<>()|√²³⁴≤≥]"
_WRITTEN = re.compile(rf"(?:{_ATOM}|{_SIGN})(?:\s*(?:{_ATOM}|{_SIGN}))*")
_OPERATION = re.compile(r"[-+*/^|√²³⁴]|\\(?:[dt]?frac|sqrt)|[a-z]\(|\d[a-z]")
_LAYOUT = re.compile(r"\\(?:displaystyle|[,;!\\](?![A-Za-z])|quad)|\\$")
# What is done to a formula: it is differentiated or integrated.
_OPERATORS = re.compile(
    r"\\[dt]?frac\s*\{\s*d\s*\}\s*\{\s*d\s*[a-z]\s*\}|d/d[a-z]\b"
    r"|(?:\\int|∫)(?:\s*_(?:\{[^{}]*\}|\w)\s*\^(?:\{[^{}]*\}|\w))?|(?:\\[,;]|\s)*\bd[a-z]\s*$"
)
_WORDS = re.compile(rf"(?<![\\A-Za-z])(?!{_FUNCTION})[A-Za-z]{{3,}}")
_GIVEN = re.compile(
    r"(?<![A-Za-z])([A-Za-z])\s*=\s*(-?\d+(?:\.\d+)?)(?![A-Za-z\d]|\.\d|\s*[-+*/^(])"
)
_UNIT = re.compile(r"[\d\s.]*[A-Za-z](?:\s*/\s*[A-Za-z])?[²³]?")  # `200m`, `m/s`
_RELATION = re.compile(r"<=|>=|[=<>≤≥]|\\(?:leq?|geq?|lt|gt)(?![A-Za-z])")
_DEFINED = re.compile(r"[A-Za-z]'?\([a-z]\)|[A-Za-z]")  # `f(x)` or `y`, before `=`

Values = tuple[complex, ...]
_ONE_ARGUMENT: dict[object, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "exp": cmath.exp, "log": cmath.log,
    "ln": cmath.log, "sqrt": cmath.sqrt, "abs": abs, "Abs": abs, "neg": operator.neg,
    "factorial": lambda value: factorial(int(value.real)) if abs(value) < 20 else cmath.nan,
}  # fmt: skip
_TWO_ARGUMENTS: dict[object, Callable[[complex, complex], complex]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow,
    ast.Div: operator.truediv, "add": operator.add, "mul": operator.mul, "div": operator.truediv,
    "pow": operator.pow, "Rational": operator.truediv, "Eq": operator.sub, "Ne": operator.sub,
    "Lt": operator.sub, "Le": operator.sub, "Gt": operator.sub, "Ge": operator.sub,
}  # fmt: skip
_CONSTANTS = {"pi": cmath.pi, "e": cmath.e, "E": cmath.e, "i": 1j, "I": 1j}
_COMPARING = frozenset([
    "Lt", "Le", "Gt", "Ge", "solve_univariate_inequality", "reduce_inequalities", "Interval",
])  # fmt: skip
_SYMBOLS = frozenset(["symbols", "Symbol", "var", "Function"])


def missed_formulas(problem: str, programs: Iterable[str]) -> tuple[str, ...]:
    """The formulas of a problem that none of a solution's programs contains, as written there.

    Formulas that cannot be read are left out, and so are plain numbers.

    >>> missed_formulas("Integrate 1/(x^2 + 1)", ["print(integrate(1/x**2 + 1, x))"])
    ('1/(x^2 + 1)',)
    >>> missed_formulas("Solve 2x = x^2 + 1", ["print(solve(x**2 + 1 - 2*x, x))"])
    ()
    """
    formulas = list(_formulas(problem[:_MOST_TEXT]))
    if not formulas:
        return ()
    seen = _Seen()
    for program in programs:
        seen.read(program[:_MOST_TEXT])
    return tuple(dict.fromkeys(one.text for one in formulas if not one.is_in(seen)))


@dataclass(frozen=True)
class _Formula:
    """A formula of a problem.

    Args:
        text: as written there.
        sides: of its relation, those with variables; the values of each, in all its readings.
        differences: of both sides, if it has two, in all readings.
        is_inequality: whether its relation is one.
    """

    text: str
    sides: tuple[tuple[Values, ...], ...]
    differences: tuple[Values, ...]
    is_inequality: bool

    def is_in(self, seen: _Seen) -> bool:
        if self.is_inequality and not seen.compares:
            return False
        if all(any(seen.has(value) for value in side) for side in self.sides):
            return True
        return any(seen.has_multiple_of(value) for value in self.differences)


def _formulas(problem: str) -> Iterator[_Formula]:
    given = {found[1]: complex(float(found[2])) for found in _GIVEN.finditer(problem)}
    marked = [next(filter(None, found.groups())) for found in _MARKED.finditer(problem)]
    texts = marked or [found.group() for found in _WRITTEN.finditer(problem)]
    for text in map(_trimmed, texts[:_MOST_FORMULAS]):
        if len(text) <= _LONGEST:
            formula = _formula(text, given)
            if formula is not None:
                yield formula


def _trimmed(text: str) -> str:
    """Without an article, punctuation or an unmatched bracket at its ends."""
    text = re.sub(r"^\s*(?:[aAI]\s+)+(?=[\w(\\])|(?:\s+[aAI])+\s*$|[.,;:?!]+\s*$", "", text)
    text = _OPERATORS.sub("", _LAYOUT.sub(" ", text)).strip()
    while text.endswith(")") and text.count("(") < text.count(")"):
        text = text[:-1].rstrip()
    while text.startswith("(") and text.count("(") > text.count(")"):
        text = text[1:].lstrip()
    return text.strip(" =")


def _formula(text: str, given: Mapping[str, complex]) -> _Formula | None:
    """The formula in a text; `None` without a variable and an operation, or if it is not read.

    Args:
        given: the values of variables that the problem states.
    """
    written = [part.strip() for part in _RELATION.split(text)]
    if len(written) > 1 and _DEFINED.fullmatch(written[0]):
        del written[0]  # the name of a function or a value
    if not any(map(_OPERATION.search, written)) or len(written) > _MOST_SIDES:
        return None
    if _UNIT.fullmatch(text) or _DEFINED.fullmatch(text) or _WORDS.search(text):
        return None
    read = [_readings(part, given) for part in written]
    sides = tuple(tuple(values) for values, has_variable in read if has_variable)
    if not sides or not all(values for values, _ in read):
        return None
    both = [values for values, _ in read]
    differences = (
        [tuple(map(operator.sub, *pair)) for pair in product(*both)] if len(both) == 2 else []
    )
    inequality = any(sign.group() != "=" for sign in _RELATION.finditer(text))
    return _Formula(text, sides, tuple(differences), inequality)


def _readings(text: str, given: Mapping[str, complex]) -> tuple[list[Values], bool]:
    """The values of a text in all its readings, and whether it has a variable."""
    terms = readings(text)
    named = frozenset().union(*map(symbols, terms))
    known = [{}, given] if named & given.keys() else [{}]
    values = [_values_of(term, at) for at in known for term in terms]
    return [one for one in values if one is not None], bool(named)


def _values_of(term: Term, given: Mapping[str, complex]) -> Values | None:
    """A term's values at the points; `None` for other terms than expressions."""
    if isinstance(term, Number):
        return (complex(term.value),) * len(_POINTS) if abs(term.value) < _LARGEST else None
    if isinstance(term, Constant):
        return _constant(term.name)
    if isinstance(term, Symbol) and term.name in given:
        return (given[term.name],) * len(_POINTS)
    if isinstance(term, Symbol):
        return _variable(term.name)
    if isinstance(term, Apply):
        return _applied(term.op, [_values_of(one, given) for one in term.args])
    return None


# -- values at the points ------------------------------------------------------------------------


def _variable(name: str) -> Values:
    """Values that differ with the name, and are positive."""
    own = sum(map(ord, name)) * 0.6180339887 % 1
    return tuple(complex(point + own) for point in _POINTS)


def _constant(name: str) -> Values | None:
    return (_CONSTANTS[name],) * len(_POINTS) if name in _CONSTANTS else None


def _applied(operation: object, values: Sequence[Values | None]) -> Values | None:
    """The result of an operation at each point; `None` if it is unknown, or undefined there."""
    known = [one for one in values if one is not None]
    if len(known) < len(values) or not known:
        return None
    try:
        if len(known) == 1 and operation in _ONE_ARGUMENT:
            return tuple(map(_ONE_ARGUMENT[operation], known[0]))
        if operation in _TWO_ARGUMENTS and len(known) > 1:
            result = known[0]
            for other in known[1:]:
                result = tuple(map(_TWO_ARGUMENTS[operation], result, other))
            return result
    except (ArithmeticError, ValueError):
        pass
    return None


def _equal(one: Values, other: Values) -> bool:
    return all(abs(a - b) <= _CLOSE * (1 + abs(a)) for a, b in zip(one, other, strict=True))


# -- programs ------------------------------------------------------------------------------------


class _Seen:
    """The values of all expressions of programs, and whether they compare anything."""

    def __init__(self) -> None:
        self.values: list[Values] = []
        self.compares = False
        self._names: dict[str, Values | None] = {}

    def read(self, program: str) -> None:
        """Read a program; one that is no Python counts as empty."""
        try:
            self._visit(ast.parse(program))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return

    def has(self, values: Values) -> bool:
        """Has an expression these values, or their negative?"""
        negative = tuple(-value for value in values)
        return any(_equal(values, one) or _equal(negative, one) for one in self.values)

    def has_multiple_of(self, values: Values) -> bool:
        """Has an expression these values times a constant?"""
        return any(
            one[0]
            and _equal(
                tuple(value * one[0] for value in values), tuple(value * values[0] for value in one)
            )
            for one in self.values
        )

    def _visit(self, node: ast.AST) -> Values | None:
        """Record an expression and its parts; return its values if they are known."""
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value, self._visit(node.value))
            return None
        parts = [self._visit(child) for child in ast.iter_child_nodes(node)]
        values = self._of(node, parts)
        if values is not None:
            self.values.append(values)
        return values

    def _assign(self, target: ast.expr, value: ast.expr, values: Values | None) -> None:
        # A name stays a variable also where it is given a number: formulas are stated without it.
        stays = isinstance(value, ast.Constant) or (
            isinstance(value, ast.Call) and _called(value) in _SYMBOLS
        )
        for name in ast.walk(target):
            if isinstance(name, ast.Name) and stays:
                self._names.pop(name.id, None)
            elif isinstance(name, ast.Name):
                self._names[name.id] = values if name is target else None

    def _of(self, node: ast.AST, parts: Sequence[Values | None]) -> Values | None:
        if isinstance(node, ast.Constant):
            return self._of_constant(node.value)
        if isinstance(node, ast.Name):
            known = _constant(node.id) if node.id not in ("e", "i") else None
            return known or self._names.get(node.id, _variable(node.id))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _applied("neg", parts[-1:])
        if isinstance(node, ast.BinOp):
            return _applied(type(node.op), (parts[0], parts[-1]))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            self.compares |= not isinstance(node.ops[0], (ast.Eq, ast.In, ast.NotIn))
            return _applied("Eq", (parts[0], parts[-1]))
        if isinstance(node, ast.Call):
            self.compares |= _called(node) in _COMPARING
            return _applied(_called(node), parts[1 : 1 + len(node.args)])
        return None

    def _of_constant(self, value: object) -> Values | None:
        if isinstance(value, str):  # for `sympify`
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                return self._visit(ast.parse(value.strip().replace("^", "**"), mode="eval").body)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not abs(value) < _LARGEST
        ):
            return None
        return (complex(value),) * len(_POINTS)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))
