"""Formulas drawn with Unicode: a table of one-line ones, and pictures of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.rendering.unicode import formula
from mathcli.text_safety import safe

TABLE = [
    line.split("\t")
    for line in Path(__file__).with_name("formulas.tsv").read_text("utf-8").splitlines()
]

PICTURES = [
    (r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}", "-b ± √(b² - 4ac)|────────────────|       2a"),
    (r"x=\frac{1}{2}", "    1|x = ─|    2"),
    (r"\frac{\frac{1}{2}}{3}", " 1| ─| 2|───| 3"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "⎛1  2⎞|⎝3  4⎠"),
    (r"A=\begin{bmatrix}10&2\\3&-4\\5&6\end{bmatrix}", "    ⎡10  2 ⎤|A = ⎢3   -4⎥|    ⎣5   6 ⎦"),
    (r"\begin{vmatrix}a&b\\c&d\end{vmatrix}=ad-bc", "│a  b│ = ad - bc|│c  d│"),
    (r"f(x)=\begin{cases}1&x>0\\0&x\le0\end{cases}", "f(x) = ⎰ 1  x > 0|       ⎱ 0  x ≤ 0"),
    (
        r"\begin{cases}1&\text{若 }x>0\\0&x=0\\-1&x<0\end{cases}",
        "⎧ 1   若 x > 0|⎨ 0   x = 0|⎩ -1  x < 0",
    ),
    (r"\begin{aligned}x+1&=2\\x&=1\end{aligned}", "x + 1 = 2|    x = 1"),
    (r"x+1&=2\\x&=1", "x + 1 = 2|    x = 1"),
    (r"\sum_{k=1}^{n} k", " n| ∑  k|k=1"),
    (r"\lim_{x\to0}\frac{\sin x}{x}=1", "    sin x|lim ───── = 1|x→0   x"),
    (r"\left(\frac{1}{2}\right)^n", "⎛1⎞ⁿ|⎜─⎟|⎝2⎠"),
]


@pytest.mark.parametrize(("latex", "expected"), TABLE)
def test_one_line(latex: str, expected: str) -> None:
    assert formula(latex) == (expected,)


def test_the_table_is_long() -> None:
    assert len({latex for latex, _ in TABLE}) >= 150


@pytest.mark.parametrize(("latex", "picture"), PICTURES)
def test_several_lines(latex: str, picture: str) -> None:
    assert formula(latex, display=True) == tuple(picture.split("|"))


def test_a_picture_that_is_too_wide_becomes_a_line() -> None:
    latex = r"\frac{aaaaaaaa}{b}+\frac{c}{d}"
    assert formula(latex, display=True, width=10) == ("aaaaaaaa/b + c/d",)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{1}{",
        "x^",
        r"\left(x",
        r"\nosuchmacro{x}",
        "{" * 500,
        "x" * 5000,
        r"2^3^4",
        r"\newcommand{\a}{xx}\a",
        "",
        "&",
    ],
)
def test_what_is_no_formula_is_left_to_its_source(latex: str) -> None:
    assert formula(latex) is None


@pytest.mark.parametrize("latex", [r"\text{a&#x202e;b}", "x\x1b[2J", r"\text{&#27;[2J}", "\x9b2J"])
def test_no_control_character_comes_out(latex: str) -> None:
    for line in formula(latex) or ():
        assert safe(line) == line


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=r"\{}^_&$ab12+-=()[]| fracsqrtleftrightbegin" + "\n", max_size=60))
def test_any_text_is_drawn_or_refused(latex: str) -> None:
    for display in (False, True):
        lines = formula(latex, display=display)
        assert lines is None or all("\n" not in line for line in lines)


@pytest.mark.parametrize("latex", ["42", "-1", "2, 3", "3.14, -2", "x"])
def test_plain_numbers_look_as_in_any_formula(latex: str) -> None:
    assert formula(latex) == formula(rf"\text{{}}{latex}")
