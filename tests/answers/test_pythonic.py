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
    ("sqrt(2)**3", r"\left(\sqrt{2}\right)^{3}"),
    ("126.0", "126"),
    ("A, E", "A, E"),
    ("2*E + I", "2e + i"),
    ("(-1 < x) & (x <= 4)", r"-1 < x \leq 4"),
    ("And(-oo < x, x < 2)", r"-\infty < x < 2"),
    ("(x < 1) | (3 < x)", r"x < 1 \text{ or } 3 < x"),
    ("(x < 1) | (3 < x) | Eq(x, 2)", r"x < 1 \text{ or } 3 < x \text{ or } x = 2"),
    ("(x < 1) & ((y < 2) | (z < 3))", r"x < 1 \text{ and } \left(y < 2 \text{ or } z < 3\right)"),
    (
        "(x < 1) | ((y < 2) & ((z < 3) | (w < 4)))",
        r"x < 1 \text{ or } \left(y < 2 \text{ and } \left(z < 3 \text{ or } w < 4\right)\right)",
    ),
    ("Union(Intersection(A, B), C)", r"\left(A \cap B\right) \cup C"),
    ("Matrix([[1, 2], [3, 4]])", r"\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}"),
)


@pytest.mark.parametrize(("text", "latex"), LATEX)
def test_expressions(text: str, latex: str) -> None:
    assert latex_of_python(text) == latex


@pytest.mark.parametrize(
    "text",
    ["E", "(E)", "I", "two apples", "12 cm", "1,234", "3,5", "True", "x.y", "f(x)(1)",
     r"\frac{1}{2}", "x^{10}",
     "__import__('os')", "lambda x: x", "3:4", "12/25/2020", "{x | x > 3}", "3 | 12", "x\ny",
     "(" * 300 + "x" + ")" * 300],
)  # fmt: skip
def test_what_is_none_is_left_alone(text: str) -> None:
    assert latex_of_python(text) is None


@pytest.mark.filterwarnings("error")
@given(st.text("x12+-*/(), =<>{}[]:.e", max_size=40))
def test_any_text_is_read_or_left_alone(text: str) -> None:
    latex_of_python(text)
