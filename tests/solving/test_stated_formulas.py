"""Whether programs contain the formulas of a problem, however they are written."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.solving import stated_formulas
from mathcli.solving.stated_formulas import missed_formulas


@pytest.mark.parametrize(
    ("problem", "program"),
    [
        ("Integrate 1/(1+x^2) from 0 to 1", "print(integrate(1/(x**2 + 1), (x, 0, 1)))"),
        (r"Find $\int_0^1 \frac{1}{1+x^2}\,dx$.", "f = 1/(1+x**2)\nprint(integrate(f, (x, 0, 1)))"),
        ("Solve |2x-3| < 5", "print(solve_univariate_inequality(Abs(2*x - 3) < 5, x))"),
        ("Solve 2x + 3 = x - 4", "print(solve(2*x + 3 - x + 4, x))"),
        ("Solve 3(x-2) = 12", "x = symbols('x')\nprint(solve(Eq(3*(x - 2), 12)))"),
        ("Solve 1/2x = 3", "print(solve(Eq(x/2, 3), x))"),  # either reading will do
        ("Find the derivative of f(x) = sqrt(1 + x²).", "f = sqrt(x**2 + 1)\nprint(diff(f, x))"),
        ("Let g(x) = x^3 - 2x. What is g(2)?", "def g(x):\n    return x**3 - 2*x\nprint(g(2))"),
        ("Evaluate 6x + 2y for x = 10 and y = 2.", "x = 10\ny = 2\nprint(6*x + 2*y)"),
        ("If a = 3 and b = 4, what is a^2 + b^2?", "print(3**2 + 4**2)"),
        ("Solve a + b + 2c = -13, 2a - 3b = 13", "print(solve([a+b+2*c+13, Eq(2*a-3*b, 13)]))"),
        ("Solve x^2 = 2", "print(solve(sympify('x^2 - 2')))"),
        ("A race of 200m at 5 m/s. How long?", "print(200/5)"),
        ("A shop sells $20/hour work for $5 a day.", "print(20*5)"),
        ("What is 3 + 4 * 5?", "print(7)"),
        ("Tom has 5 apples (he ate 2). How many?", "print(5)"),
    ],
)
def test_a_formula_that_is_there(problem: str, program: str) -> None:
    assert missed_formulas(problem, [program]) == ()


@pytest.mark.parametrize(
    ("problem", "program", "missed"),
    [
        ("Integrate 1/(1+x^2)", "print(integrate(1/1 + x**2, x))", "1/(1+x^2)"),
        (r"Integrate $\frac{1}{x^2+1}$.", "print(integrate(1/x**2 + 1))", r"\frac{1}{x^2+1}"),
        ("Solve |2x-3| < 5", "print(solve(2*x - 3, x))", "|2x-3| < 5"),
        ("Solve |2x-3| < 5", "print(solve(Eq(Abs(2*x - 3), 5), x))", "|2x-3| < 5"),
        ("Solve x + 5 > 8", "print(solve(Eq(x + 5, 8), x))", "x + 5 > 8"),
        ("Solve 3(x-2) = 12", "print(solve(3*x - 2 - 12, x))", "3(x-2) = 12"),
        ("Differentiate sin(2x)", "print(diff(sin(x), x))", "sin(2x)"),
        ("Find x + 2y if 3x = y", "x + 2*z ( # no program", "x + 2y"),
    ],
)
def test_a_formula_that_was_misread(problem: str, program: str, missed: str) -> None:
    assert missed in missed_formulas(problem, [program])


def test_one_program_of_several_is_enough() -> None:
    programs = ["print(1)", "print(solve(x**2 - 5*x + 6, x))"]
    assert missed_formulas("Solve x^2 - 5x + 6 = 0", programs) == ()


@settings(max_examples=300, deadline=None)
@given(
    st.text("xy 0123.()^*/+-=<>|$\\{}√²abdfrc", max_size=40),
    st.text("xy 0123.()*/+-=<>,'\nfEqabs", max_size=60),
)
def test_any_texts_are_compared(problem: str, program: str) -> None:
    for formula in missed_formulas(problem, [program]):
        assert formula


def test_the_examples_hold() -> None:
    failed, tried = doctest.testmod(stated_formulas)
    assert not failed
    assert tried
