"""What is typed in a question and what stands in the program are the same expression."""

from __future__ import annotations

from random import Random

import pytest
import sympy
from problems import calculus, generate
from problems.notation import Div, Mul, Num, Pow, Style, Sym, add, polynomial, python, write
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

KEYBOARD = [
    Style("^", "", True, natural=True),
    Style("^", "", False),
    Style("^", "*", True, natural=True),
    Style("**", "*", False),
    Style("^", "", True, natural=True, bare=True),
]
READER = (*standard_transformations, convert_xor, implicit_multiplication_application)
NAMES = {"e": sympy.E, "ln": sympy.log}


@pytest.mark.parametrize("style", KEYBOARD)
def test_keyboard_notation_reads_back_as_the_program(style: Style) -> None:
    for seed in range(150):
        node = calculus._function(Random(seed), "x")
        typed = parse_expr(write(node, style), local_dict=NAMES, transformations=READER)
        meant = parse_expr(python(node))
        at = {sympy.Symbol("x"): sympy.Rational(9, 7)}
        assert abs(sympy.N((typed - meant).subs(at))) < 1e-9, (write(node, style), python(node))


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (Style(), "2*x**2/(x - 3)"),
        (Style("^", "", True), "2x^2/(x - 3)"),
        (Style("²", "", False), "2x²/(x-3)"),
        (Style("^", "", True, latex=True), r"\frac{2x^2}{x - 3}"),
        (Style("^", "", True, latex=True, braced=True), r"\frac{2x^{2}}{x - 3}"),
    ],
)
def test_a_fraction_in_every_notation(style: Style, text: str) -> None:
    x = Sym("x")
    node = Div(Mul((Num(2), Pow(x, Num(2)))), add(x, Num(-3)))
    assert write(node, style) == text


def test_polynomials_leave_out_zeros_and_ones() -> None:
    assert python(polynomial([1, 0, -5, 6], "t")) == "t**3 - 5*t + 6"
    assert python(polynomial([-1, 1], "x")) == "-x + 1"


def test_latex_braces_are_balanced() -> None:
    for family in ("equations", "integrals", "limits", "derivatives", "algebra"):
        for seed in range(200):
            question = generate(family, seed).question
            assert question.count("{") == question.count("}"), question
            assert question.count("$") % 2 == 0, question
