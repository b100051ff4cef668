"""Python's notation as LaTeX."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.answers.pythonic import latex_of_python

LATEX = (
    ("-x**2*cos(x)", r"-x^{2}\cos(x)"),
    ("2*x*sin(x) + x**2*cos(x)", r"2x\sin(x) + x^{2}\cos(x)"),
    ("-b/(2*a)", r"-\frac{b}{2a}"),
    ("2*pi*r", r"2\pi r"),
    ("(x - 1)*(x + 1)", r"\left(x - 1\right)\left(x + 1\right)"),
    ("2*3**4", r"2 \cdot 3^{4}"),
    ("2*(-3)", r"2\left(-3\right)"),
    ("a - (b - c)", r"a - \left(b - c\right)"),
    ("a/b*c", r"\frac{a}{b}c"),
    ("(-1)**n", r"\left(-1\right)^{n}"),
    ("x**(1/3)", r"\sqrt[3]{x}"),
    ("sin(x)**2", r"\sin^{2}(x)"),
    ("C1*exp(-x)", "C_{1}e^{-x}"),
    ("0.50", "0.50"),
    ("{x: 3, y: -1/2}", r"x = 3, y = -\frac{1}{2}"),
    ("x = 3, y = 2", "x = 3, y = 2"),
    ("(3, 5)", "(3, 5)"),
    ("2 < x <= 5", r"2 < x \leq 5"),
    ("Union(Interval(0, 1), Interval.open(2, oo))", r"[0, 1] \cup (2, \infty)"),
    ("Interval(0, 1, True, False)", "(0, 1]"),
    ("Matrix([[1, 2], [3, 4]])", r"\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}"),
)


@pytest.mark.parametrize(("text", "latex"), LATEX)
def test_expressions(text: str, latex: str) -> None:
    assert latex_of_python(text) == latex


@pytest.mark.parametrize(
    "text",
    ["E", "I", "two apples", "12 cm", "1,234", "3,5", "True", "x.y", "f(x)(1)", r"\frac{1}{2}",
     "__import__('os')", "lambda x: x", "3:4", "x\ny", "(" * 300 + "x" + ")" * 300],
)  # fmt: skip
def test_what_is_none_is_left_alone(text: str) -> None:
    assert latex_of_python(text) is None


@given(st.text("x12+-*/(), =<>{}[]:.e", max_size=40))
def test_any_text_is_read_or_left_alone(text: str) -> None:
    latex_of_python(text)
