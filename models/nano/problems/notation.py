"""Expressions as small trees, written the way a program, a keyboard or LaTeX writes them.

SymPy's own printers reorder terms. A recipe that teaches copying must keep the order of the
question in the program, so the trees here are printed exactly as they were built.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Union

Node = Union["Num", "Sym", "Add", "Mul", "Pow", "Div", "Call"]


@dataclass(frozen=True)
class Num:
    """An integer or, given as text, a decimal number."""

    value: int | str


@dataclass(frozen=True)
class Sym:
    """A variable or a constant such as ``pi``."""

    name: str


@dataclass(frozen=True)
class Add:
    """A sum; a term that prints with a leading minus is subtracted."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Mul:
    """A product."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Pow:
    """``base`` to the power ``exponent``."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Div:
    """A fraction."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Call:
    """A function of one argument, by its SymPy name."""

    name: str
    argument: Node


@dataclass(frozen=True)
class Style:
    """How an expression is typed.

    ``natural`` writes e^x and ln; ``sized`` uses \\left and \\right; ``bare`` leaves out the
    brackets of sin x; ``braced`` writes x^{2}; ``minus`` may be the typographer's minus sign.
    """

    power: str = "**"
    times: str = "*"
    spaced: bool = True
    natural: bool = False
    latex: bool = False
    sized: bool = False
    bare: bool = False
    braced: bool = False
    minus: str = "-"


PYTHON = Style()
_LATEX_NAMES = {"log": "\\ln", "asin": "\\arcsin", "atan": "\\arctan"}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def add(*terms: Node) -> Node:
    """A sum, or its only term."""
    return terms[0] if len(terms) == 1 else Add(terms)


def mul(*factors: Node) -> Node:
    """A product without needless ones."""
    kept = tuple(factor for factor in factors if factor != Num(1))
    if not kept:
        return Num(1)
    return kept[0] if len(kept) == 1 else Mul(kept)


def power(base: Node, exponent: int) -> Node:
    """A power with an integer exponent, 1 left out."""
    return base if exponent == 1 else Pow(base, Num(exponent))


def polynomial(coefficients: list[int], variable: str) -> Node:
    """Highest degree first; zero coefficients are left out."""
    degree = len(coefficients) - 1
    terms: list[Node] = []
    for position, coefficient in enumerate(coefficients):
        exponent = degree - position
        if coefficient == 0:
            continue
        if exponent == 0:
            terms.append(Num(coefficient))
        else:
            terms.append(mul(Num(coefficient), power(Sym(variable), exponent)))
    return add(*terms) if terms else Num(0)


def choose_style(voice: Random) -> Style:
    """One of the notations that people type, with the usual ones more often."""
    draw = voice.random()
    spaced = voice.random() < 0.65
    minus = "−" if voice.random() < 0.02 else "-"
    bare = voice.random() < 0.3
    if draw < 0.42:
        return Style("^", "", spaced, natural=voice.random() < 0.8, bare=bare, minus=minus)
    if draw < 0.55:
        return Style("^", "*", spaced, natural=voice.random() < 0.5)
    if draw < 0.66:
        return Style("**", "*", spaced, natural=voice.random() < 0.3)
    if draw < 0.70:
        return Style("²", "", spaced, natural=True, bare=bare, minus=minus)
    sized, braced = voice.random() < 0.25, voice.random() < 0.3
    return Style("^", "", spaced, natural=True, latex=True, sized=sized, braced=braced)


def dollars(text: str, style: Style, voice: Random) -> str:
    """LaTeX between dollar signs (or now and then bare); other notations unchanged."""
    if not style.latex:
        return text
    draw = voice.random()
    if draw < 0.82:
        return f"${text}$"
    if draw < 0.86:
        return f"$${text}$$"
    return f"\\({text}\\)" if draw < 0.92 else text


def python(node: Node) -> str:
    """The expression as a program writes it."""
    return write(node, PYTHON)


def write(node: Node, style: Style) -> str:
    """The expression in the given notation."""
    return _write(node, style)[0].replace("-", style.minus)


def _write(node: Node, style: Style) -> tuple[str, int]:
    """Text and binding strength: 1 sum, 2 product, 3 power, 4 atom."""
    if isinstance(node, Num):
        return str(node.value), (2 if str(node.value).startswith("-") else 4)
    if isinstance(node, Sym):
        return _symbol(node.name, style), 4
    if isinstance(node, Add):
        return _sum(node, style), 1
    if isinstance(node, Mul):
        return _product(node, style)
    if isinstance(node, Div):
        return _fraction(node, style)
    if isinstance(node, Pow):
        return _power(node, style)
    return _call(node, style)


def _symbol(name: str, style: Style) -> str:
    if style.latex and name in {"pi", "theta", "alpha"}:
        return "\\" + name
    if style.power == "²" and name == "pi":
        return "π"
    return name


def _wrap(text: str, style: Style) -> str:
    if style.latex and style.sized:
        return f"\\left({text}\\right)"
    return f"({text})"


def _inside(node: Node, style: Style, strength: int) -> str:
    text, bound = _write(node, style)
    return _wrap(text, style) if bound < strength else text


def _sum(node: Add, style: Style) -> str:
    gap = " " if style.spaced else ""
    text = _inside(node.terms[0], style, 1)
    for term in node.terms[1:]:
        piece, bound = _write(term, style)
        if bound == 1:
            piece = _wrap(piece, style)
        if piece.startswith("-"):
            text += f"{gap}-{gap}{piece[1:]}"
        else:
            text += f"{gap}+{gap}{piece}"
    return text


def _product(node: Mul, style: Style) -> tuple[str, int]:
    factors = list(node.factors)
    if factors[0] == Num(-1) and len(factors) > 1:
        rest, _ = _write(mul(*factors[1:]), style)
        strong = _write(mul(*factors[1:]), style)[1] >= 2
        return "-" + (rest if strong else _wrap(rest, style)), 2
    text = _inside(factors[0], style, 2)
    for factor in factors[1:]:
        piece, bound = _write(factor, style)
        if bound == 1 or (bound == 2 and (piece.startswith("-") or "/" in piece)):
            piece = _wrap(piece, style)
        text += _joint(text, piece, style) + piece
    return text, 2


def _joint(left: str, right: str, style: Style) -> str:
    """What stands between two factors."""
    if style.times:
        return style.times
    digits = right[0].isdigit() and (left[-1].isalnum() or left[-1] in ")}")
    if digits:
        return " \\cdot " if style.latex else "*"
    letters = left[-1].isalpha() and right[0].isalpha()
    return " " if letters and (len(right) > 1 and right[1].isalpha()) else ""


def _fraction(node: Div, style: Style) -> tuple[str, int]:
    if style.latex:
        return f"\\frac{{{write(node.top, style)}}}{{{write(node.bottom, style)}}}", 4
    top = _inside(node.top, style, 2)
    bottom = _inside(node.bottom, style, 3)
    return f"{top}/{bottom}", 2


def _power(node: Pow, style: Style) -> tuple[str, int]:
    base = _inside(node.base, style, 4)
    if isinstance(node.base, Call) and node.base.name == "exp" and style.natural:
        base = _wrap(base, style)
    exponent = write(node.exponent, style)
    if style.latex:
        short = len(exponent) == 1 and not style.braced
        return base + "^" + (exponent if short else f"{{{exponent}}}"), 3
    if style.power == "²" and exponent.isdigit():
        return base + exponent.translate(_SUPERSCRIPTS), 3
    sign = "^" if style.power == "²" else style.power
    return base + sign + _inside(node.exponent, style, 4), 3


def _call(node: Call, style: Style) -> tuple[str, int]:
    inner = write(node.argument, style)
    if node.name == "exp" and style.natural:
        return _write(Pow(Sym("e"), node.argument), style)
    if node.name == "sqrt" and style.latex:
        return f"\\sqrt{{{inner}}}", 4
    if node.name == "sqrt" and style.power == "²":
        return ("√" + inner if len(inner) == 1 else f"√({inner})"), 4
    if node.name == "abs" and style.natural:
        return f"|{inner}|", 4
    if node.name == "factorial" and (style.natural or style.power == "^"):
        return _inside(node.argument, style, 4) + "!", 4
    if style.latex:
        name = _LATEX_NAMES.get(node.name, "\\" + node.name)
        if len(inner) <= 2 and inner[-1].isalpha() and not style.sized:
            return f"{name} {inner}" if len(inner) == 1 else f"{name}({inner})", 4
        return f"{name}{_wrap(inner, style)}", 4
    name = "ln" if node.name == "log" and style.natural else node.name
    if style.bare and name in {"sin", "cos", "tan", "ln"} and inner.isalpha():
        return f"{name} {inner}", 2
    return f"{name}({inner})", 4
