"""Turns a program's output, `-x**2*cos(x)` or `{x: Rational(1, 2)}`, into LaTeX.

The text is parsed as a Python expression, and never evaluated. Texts that are no mathematical
expressions (words, attributes, unknown calls with keywords) are left to other modules.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 2000
"""Characters of a text that is read."""
_DEEPEST = 40

_GREEK = frozenset(
    (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu",
        "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
        "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega", "pi",
    )
)  # fmt: skip
_NAMES = {
    "oo": r"\infty", "inf": r"\infty", "zoo": r"\text{undefined}", "I": "i", "E": "e",
    "EmptySet": r"\emptyset", "emptyset": r"\emptyset", "Reals": r"\mathbb{R}",
    "Integers": r"\mathbb{Z}", "Naturals": r"\mathbb{N}", "Rationals": r"\mathbb{Q}",
    "Complexes": r"\mathbb{C}", "lamda": r"\lambda",
}  # fmt: skip
_FUNCTIONS = frozenset(
    (
        "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "log", "ln",
        "det", "gcd", "max", "min", "arg", "exp",
    )
)  # fmt: skip
_INVERSE = {
    name + rest: rf"\{usual}"
    for usual, rest in (("arcsin", "sin"), ("arccos", "cos"), ("arctan", "tan"))
    for name in ("a", "arc")
}
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_RELATION, _EITHER = -1, -2
_WORDS = {"and": ast.BitAnd, "or": ast.BitOr}
_RELATIONS = {
    ast.Eq: "=", ast.NotEq: r"\neq", ast.Lt: "<", ast.LtE: r"\leq", ast.Gt: ">", ast.GtE: r"\geq",
}  # fmt: skip
_RELATION_CALLS = {"Eq": "=", "Ne": r"\neq", "Lt": "<", "Le": r"\leq", "Gt": ">", "Ge": r"\geq"}
_JOINS = {
    "Union": r" \cup ", "Intersection": r" \cap ", "And": r" \text{ and } ",
    "Or": r" \text{ or } ",
}  # fmt: skip
_LETTER = re.compile(r"\s*(?:[A-Za-z]|\([A-Za-z]\))\s*")  # of a choice, where it is all
_DIGIT_GROUPS = re.compile(r"\d,\d{3}(?!\d)|\A[^(\[{]*\d,\d")  # 1,234 and 3,5
_CALLED = re.compile(r"\\(?!left)[a-z]+(?:\^\{\d\})?\([^()]*\)\Z")
_DATE = re.compile(r"\d+/\d+/\d+")  # no one writes a fraction of fractions so
_CAPITAL = re.compile(r"(?<![A-Za-z0-9_])(?![EI](?![A-Za-z0-9_]))[A-Z](?![A-Za-z0-9_])")
_EQUATION = re.compile(r"(?<![<>=!:])=(?!=)")
_SYMBOL = re.compile(r"([A-Za-z]{1,10}?)_?(\d{0,3}|_[A-Za-z])")


class _Foreign(Exception):
    """Not the notation that is read here."""


def latex_of_python(text: str) -> str | None:
    """The LaTeX of an expression in Python's or SymPy's notation; `None` where it is none.

    >>> latex_of_python("-x**2*cos(x)"), latex_of_python("sqrt(2)/2")
    ('-x^{2}\\\\cos(x)', '\\\\frac{\\\\sqrt{2}}{2}')
    >>> latex_of_python("x = 3/4"), latex_of_python("two apples")
    ('x = \\\\frac{3}{4}', None)
    """
    if len(text) > MOST or re.search(r"[\\\n]|[\^_]\{", text):
        return None
    if _LETTER.fullmatch(text) or _DIGIT_GROUPS.search(text) or _DATE.fullmatch(text.strip()):
        return None
    # `x = 3` is a comparison here; `2 (x + 1)`, `3x` and `4!` are not Python.
    source = _EQUATION.sub("==", text.strip().replace("^", "**").replace("−", "-"))
    if source.count("==") > 20 or not source.isascii():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of `1or 2`: the reader did not write it
            tree = ast.parse(source, mode="eval").body
        choices = _CAPITAL.search(text) is not None  # `A, E`: no constants beside them
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):  # 0.50 stays 0.50
                node.kind = source[node.col_offset : node.end_col_offset]
            if choices and isinstance(node, ast.Name) and node.id in ("E", "I"):
                node.id += "_"
        return _drawn(tree, 0)[0]
    except (_Foreign, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _drawn(node: ast.expr, depth: int) -> tuple[str, int]:
    """The LaTeX of a node, and how strongly it binds."""
    if depth > _DEEPEST:
        raise _Foreign
    for kind, draw in _DRAWERS:
        if isinstance(node, kind):
            return draw(node, depth + 1)
    raise _Foreign


def _plain(node: ast.expr, depth: int) -> str:
    return _drawn(node, depth)[0]


def _within(node: ast.expr, least: int, depth: int) -> str:
    """In brackets, where it binds less than its surroundings ask."""
    text, binds = _drawn(node, depth)
    return text if binds >= least else rf"\left({text}\right)"


def _list(nodes: Sequence[ast.expr], depth: int) -> str:
    return ", ".join(_plain(node, depth) for node in nodes)


def _constant(node: ast.Constant, _depth: int) -> tuple[str, int]:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise _Foreign
    text = (node.kind or "").lower()
    if "e" in text and "x" not in text:  # 1e-05
        digits, _, power = text.partition("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}", _PRODUCT
    if not re.fullmatch(r"[\d.]+", text):
        raise _Foreign
    return text.removesuffix(".0"), _ATOM  # how Python prints a whole number


def _name(node: ast.Name, _depth: int) -> tuple[str, int]:
    if node.id in ("E_", "I_"):  # letters, not constants
        return node.id[0], _ATOM
    if node.id in _NAMES:
        return _NAMES[node.id], _ATOM
    match = _SYMBOL.fullmatch(node.id)
    if match is None:
        raise _Foreign
    letter, index = match[1], match[2].removeprefix("_")
    if len(letter) > 1:
        if letter not in _GREEK:
            raise _Foreign
        letter = rf"\{letter}"
    return (f"{letter}_{{{index}}}" if index else letter), _ATOM


def _unary(node: ast.UnaryOp, depth: int) -> tuple[str, int]:
    if isinstance(node.op, ast.USub):
        return "-" + _within(node.operand, _PRODUCT, depth), _SUM
    if isinstance(node.op, ast.UAdd):
        return _drawn(node.operand, depth)
    raise _Foreign


def _binary(node: ast.BinOp, depth: int) -> tuple[str, int]:
    operator, left, right = node.op, node.left, node.right
    if isinstance(operator, ast.Add | ast.Sub):
        sign = "+" if isinstance(operator, ast.Add) else "-"
        after = _plain(right, depth) if sign == "+" else _within(right, _PRODUCT, depth)
        if after.startswith("-"):
            after = rf"\left({after}\right)"
        return f"{_plain(left, depth)} {sign} {after}", _SUM
    if isinstance(operator, ast.Mult):
        return _product(left, right, depth)
    if isinstance(operator, ast.Div):
        minus = isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub)
        above = left.operand if isinstance(left, ast.UnaryOp) and minus else left
        drawn = rf"\frac{{{_plain(above, depth)}}}{{{_plain(right, depth)}}}"
        return (f"-{drawn}", _SUM) if minus else (drawn, _PRODUCT)
    if isinstance(operator, ast.Pow):
        return _power(left, right, depth)
    if isinstance(operator, ast.BitAnd | ast.BitOr):
        return _joined("and" if isinstance(operator, ast.BitAnd) else "or", left, right, depth)
    raise _Foreign


def _joined(word: str, left: ast.expr, right: ast.expr, depth: int) -> tuple[str, int]:
    """Two statements with a word between them, or as a chain: `-1 < x < 4`.

    Numbers and names are none: in `{x | x > 3}` the bar says "such that".
    """
    if word == "and" and isinstance(left, ast.Compare) and isinstance(right, ast.Compare):
        signs = [*left.ops, *right.ops]
        rising = all(isinstance(one, ast.Lt | ast.LtE) for one in signs)
        falling = all(isinstance(one, ast.Gt | ast.GtE) for one in signs)
        same = ast.dump(left.comparators[-1]) == ast.dump(right.left)
        if same and (rising or falling):
            others = [*left.comparators, *right.comparators]
            return _compare(ast.Compare(left.left, signs, others), depth)
    shown = []
    for side in (left, right):
        latex, binds = _drawn(side, depth)
        if binds > _RELATION:
            raise _Foreign
        same_word = isinstance(side, ast.BinOp) and isinstance(side.op, _WORDS[word])
        alone = binds == _RELATION or same_word
        shown.append(latex if alone else rf"\left({latex}\right)")
    return rf"{shown[0]} \text{{ {word} }} {shown[1]}", _EITHER


def _product(left: ast.expr, right: ast.expr, depth: int) -> tuple[str, int]:
    before, binds = _drawn(left, depth)
    minus = binds == _SUM and isinstance(left, ast.UnaryOp)
    if binds < _PRODUCT and not minus:
        before = rf"\left({before}\right)"
    after = _within(right, _PRODUCT, depth)
    if after.startswith("-"):
        after = rf"\left({after}\right)"
    # Numbers side by side would be another number, and so would a fraction after a whole number.
    apart = after[:1].isdigit() or (before[-1:].isdigit() and after.startswith(r"\frac"))
    glue = r" \cdot " if apart else " " if re.search(r"\\[A-Za-z]+\Z", before) else ""
    glue = glue or (r"\," if _CALLED.search(before) else "")
    return before + glue + after, _SUM if minus else _PRODUCT


def _power(base: ast.expr, exponent: ast.expr, depth: int) -> tuple[str, int]:
    if isinstance(exponent, ast.BinOp) and isinstance(exponent.op, ast.Div):
        over, under = exponent.left, exponent.right
        if isinstance(over, ast.Constant) and over.value == 1 and isinstance(under, ast.Constant):
            return _root(base, _plain(under, depth), depth), _ATOM
    high = _plain(exponent, depth)
    if isinstance(base, ast.Call) and isinstance(base.func, ast.Name):
        called = base.func.id
        if called in _FUNCTIONS - {"exp", "log", "ln"} and re.fullmatch(r"\d", high):
            return rf"\{called}^{{{high}}}({_list(base.args, depth)})", _ATOM
        if called in ("sqrt", "cbrt", "root"):  # √2³ would be read as the root of 2³
            return rf"\left({_plain(base, depth)}\right)^{{{high}}}", _POWER
    return f"{_within(base, _ATOM, depth)}^{{{high}}}", _POWER


def _root(inner: ast.expr, index: str, depth: int) -> str:
    drawn = f"{{{_plain(inner, depth)}}}"
    return rf"\sqrt{drawn}" if index == "2" else rf"\sqrt[{index}]{drawn}"


def _compare(node: ast.Compare, depth: int) -> tuple[str, int]:
    parts = [_plain(node.left, depth)]
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if type(operator) not in _RELATIONS:
            raise _Foreign
        parts += [_RELATIONS[type(operator)], _plain(right, depth)]
    return " ".join(parts), _RELATION


def _call(node: ast.Call, depth: int) -> tuple[str, int]:
    args = node.args
    if node.keywords:
        raise _Foreign
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        if node.func.value.id != "Interval":
            raise _Foreign
        return _interval(args, node.func.attr, depth), _ATOM
    if not isinstance(node.func, ast.Name):
        raise _Foreign
    name = node.func.id
    if name in _CALLS and len(args) in _CALLS[name][0]:
        return _CALLS[name][1](args, depth)
    if name in _JOINS and args:
        return _joined_call(name, args, depth)
    if name in _RELATION_CALLS and len(args) == 2:
        left, right = (_plain(one, depth) for one in args)
        return f"{left} {_RELATION_CALLS[name]} {right}", _RELATION
    if name in _FUNCTIONS or name in _INVERSE:
        return f"{_INVERSE.get(name, rf'{chr(92)}{name}')}({_list(args, depth)})", _ATOM
    if len(name) == 1 and args:  # f(x)
        return f"{name}({_list(args, depth)})", _ATOM
    raise _Foreign


def _joined_call(name: str, args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
    """`Union(a, b)`, `Or(a, b, c)`."""
    if name in ("Union", "Intersection"):
        return _JOINS[name].join(_within(one, _SUM + 1, depth) for one in args), _SUM
    if len(args) == 2:
        return _joined(name.lower(), args[0], args[1], depth)
    return _JOINS[name].join(_within(one, _RELATION, depth) for one in args), _EITHER


_OPEN = {"open": (True, True), "Lopen": (True, False), "Ropen": (False, True), "": (False, False)}


def _interval(args: Sequence[ast.expr], kind: str, depth: int) -> str:
    if kind not in _OPEN or len(args) not in (2, 3, 4):
        raise _Foreign
    open_ends = [isinstance(one, ast.Constant) and one.value is True for one in args[2:]]
    left, right = [a or b for a, b in zip(_OPEN[kind], [*open_ends, False, False], strict=False)]
    low, high = (_plain(one, depth) for one in args[:2])
    left, right = left or "infty" in low, right or "infty" in high
    return f"{'(' if left else '['}{low}, {high}{')' if right else ']'}"


def _matrix(args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
    if not isinstance(args[0], ast.List) or not args[0].elts:
        raise _Foreign
    rows = [one.elts if isinstance(one, ast.List) else [one] for one in args[0].elts]
    body = r" \\ ".join(" & ".join(_plain(cell, depth) for cell in row) for row in rows)
    return rf"\begin{{pmatrix}}{body}\end{{pmatrix}}", _ATOM


def _ratio(args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
    return _binary(ast.BinOp(args[0], ast.Div(), args[1]), depth)


def _set(args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
    return (rf"\{{{_list(args, depth)}\}}" if args else r"\emptyset"), _ATOM


def _around(left: str, right: str, args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
    return left + _list(args, depth) + right, _ATOM


_Draw = Callable[[Sequence[ast.expr], int], tuple[str, int]]


@dataclass(frozen=True)
class _Around:
    """A call that is drawn as brackets of its own."""

    left: str
    right: str

    def __call__(self, args: Sequence[ast.expr], depth: int) -> tuple[str, int]:
        return _around(self.left, self.right, args, depth)


_CALLS: dict[str, tuple[Sequence[int], _Draw]] = {
    "sqrt": ((1,), lambda args, depth: (_root(args[0], "2", depth), _ATOM)),
    "cbrt": ((1,), lambda args, depth: (_root(args[0], "3", depth), _ATOM)),
    "root": ((2,), lambda args, depth: (_root(args[0], _plain(args[1], depth), depth), _ATOM)),
    "exp": ((1,), lambda args, depth: (f"e^{{{_plain(args[0], depth)}}}", _POWER)),
    "Abs": ((1,), _Around("|", "|")),
    "abs": ((1,), _Around("|", "|")),
    "floor": ((1,), _Around(r"\lfloor ", r"\rfloor")),
    "ceiling": ((1,), _Around(r"\lceil ", r"\rceil")),
    "factorial": ((1,), lambda args, depth: (f"{_within(args[0], _ATOM, depth)}!", _POWER)),
    "binomial": (
        (2,), lambda args, d: (rf"\binom{{{_plain(args[0], d)}}}{{{_plain(args[1], d)}}}", _ATOM),
    ),
    "Rational": ((2,), _ratio),
    "Fraction": ((2,), _ratio),
    "Integer": ((1,), lambda args, depth: _drawn(args[0], depth)),
    "FiniteSet": (range(50), _set),
    "set": ((0,), _set),
    "Interval": ((2, 3, 4), lambda args, depth: (_interval(args, "", depth), _ATOM)),
    "Matrix": ((1,), _matrix),
    "ImmutableMatrix": ((1,), _matrix),
    "array": ((1,), _matrix),
}  # fmt: skip


def _dict(node: ast.Dict, depth: int) -> tuple[str, int]:
    """`{x: 3, y: 2}`, as SymPy gives solutions."""
    if not node.keys or not all(isinstance(key, ast.Name) for key in node.keys):
        raise _Foreign
    pairs = zip(node.keys, node.values, strict=True)
    return ", ".join(f"{_plain(k, depth)} = {_plain(v, depth)}" for k, v in pairs if k), _RELATION


def _sequence(node: ast.List, depth: int) -> tuple[str, int]:
    if len(node.elts) > 1 and all(isinstance(one, ast.Dict) for one in node.elts):
        return r" \text{ or } ".join(_plain(one, depth) for one in node.elts), _RELATION
    if node.elts and all(isinstance(one, ast.List) for one in node.elts):
        return _matrix([node], depth)
    return f"[{_list(node.elts, depth)}]", _ATOM


def _tuple(node: ast.Tuple, depth: int) -> tuple[str, int]:
    """Values beside each other without brackets: `x = 3, y = 2`. With them it is a point."""
    drawn = _list(node.elts, depth)
    bare = depth == 1 and node.col_offset == node.elts[0].col_offset if node.elts else False
    return (drawn, _RELATION) if bare else (f"({drawn})", _ATOM)


_DRAWERS: tuple[tuple[type[ast.expr], Callable[[Any, int], tuple[str, int]]], ...] = (
    (ast.Constant, _constant),
    (ast.Name, _name),
    (ast.UnaryOp, _unary),
    (ast.BinOp, _binary),
    (ast.Compare, _compare),
    (ast.Call, _call),
    (ast.Dict, _dict),
    (ast.List, _sequence),
    (ast.Tuple, _tuple),
    (ast.Set, lambda node, depth: _set(node.elts, depth)),
)
