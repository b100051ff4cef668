"""The answer as a reader sees it."""

import pytest

from mathcli.rendering.drawn_answers import answer_line, answer_lines


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("-x**2*cos(x)", "-x² cos(x)"),
        ("5*x**2*sin(3*x)*exp(-2*x)", "5x² sin(3x) e⁻²ˣ"),
        ("sqrt(3)/2", "√3/2"),
        ("[]", "none (∅)"),
        ("zoo", "undefined"),
        ("x1 = 3, x2 = -1/2", "x₁ = 3, x₂ = -1/2"),
        ("[{x: 1, y: 2}, {x: 2, y: 1}]", "x = 1, y = 2 or x = 2, y = 1"),
        ("Interval.Ropen(-oo, 3)", "(-∞, 3)"),
        ("2 <= x", "2 ≤ x"),
        (r"\pm\sqrt{2}", "±√2"),
        ("{2, 3}", "{2, 3}"),
        ("{x | x^2 > 3}", "{x | x² > 3}"),
        ("x^{10}", "x¹⁰"),
        ("two apples", "two apples"),
        ("1,234", "1,234"),
        ("E", "E"),
    ],
)
def test_drawn(typed: str, drawn: str) -> None:
    assert answer_lines(typed) == (drawn,)


def test_a_matrix_takes_lines_and_stays_typed_in_one() -> None:
    assert answer_lines("[[1, 2], [3, 4]]") == ("⎛1  2⎞", "⎝3  4⎠")
    assert answer_line("[[1, 2], [3, 4]]") == "[[1, 2], [3, 4]]"


def test_characters_that_cannot_be_shown() -> None:
    assert answer_line("sqrt(2)", "ascii") == "sqrt(2)"
    assert answer_line("sqrt(2)", "utf-8") == "√2"
