"""What programs leave out of a problem, and what they have from nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.solving.faithfulness import Faithfulness, faithfulness, mentions

FAITHFUL = [
    ("Tom has 3 dozen eggs and eats 5.", "print(36 - 5)"),
    ("Tom has 3 dozen eggs and eats 5.", "print(3 * 12 - 5)"),
    ("A price of 40 falls by 20%.", "print(40 * 0.8)"),
    ("A price of 40 falls by 20 percent.", "print(40 - 40 * 20 / 100)"),
    ("Half of 30 apples.", "print(30 / 2)"),
    ("Twice as many as 1,250.", "print(2 * 1250)"),
    ("Two thirds of 90.", "from sympy import Rational\nprint(Rational(2, 3) * 90)"),
    ("A pen costs $2.50; four pens?", "print(4 * 2.5)"),
    ("Twenty-five and thirty.", "print(25 + 30)"),
    ("Integrate 1/x from 1 to e.", "from sympy import *\nprint(integrate(1/x, (x, 1, E)))"),
    (r"Find $\frac{3}{8}$ of 16.", "print(3 / 8 * 16)"),
    ("Solve x^2 - 5x + 6 = 0.", "print(solve('x**2 - 5*x + 6'))"),
    ("5 feet in inches", "print(5 * 12)"),
]


@pytest.mark.parametrize(("problem", "program"), FAITHFUL)
def test_nothing_is_left_out(problem: str, program: str) -> None:
    assert faithfulness(problem, [program]) == Faithfulness()


@pytest.mark.parametrize(
    ("problem", "program", "unused", "strange"),
    [
        ("Tom has 13 eggs and eats 5.", "print(13 - 6)", ("5",), ("6",)),
        ("Integrate 1/x from 1 to e.", "print(integrate(1/x, (x, 1, 1)))", ("e",), ()),
        ("A price of 40 falls by 20%.", "print(40 * 0.7)", ("20%",), ("0.7",)),
        (r"The area is 9\pi.", "print(9)", ("π",), ()),
        ("Half of 30 apples, 8 of them red.", "print(30 / 2)", ("8",), ()),
        ("Find sin of 40 degrees.", "print(cos(40))", ("sin",), ()),
    ],
)
def test_what_is_left_out_and_what_comes_from_nowhere(
    problem: str, program: str, unused: tuple[str, ...], strange: tuple[str, ...]
) -> None:
    assert faithfulness(problem, [program]) == Faithfulness(unused, strange)


def test_all_programs_of_a_solution_count_together() -> None:
    assert faithfulness("8 and 9", ["a = 8", "print(9)"]) == Faithfulness()


def test_without_a_program_nothing_is_said() -> None:
    assert faithfulness("8 and 9", []) is None
    assert faithfulness("8 and 9", ["x ="]) is None


def test_much_is_named_in_part() -> None:
    found = faithfulness(" ".join(str(n) for n in range(1000, 1100)), ["print(2)"])
    assert found is not None
    assert len(found.unused) == 12


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=3))
def test_any_text_is_read(problem: str, programs: list[str]) -> None:
    faithfulness(problem, programs)


@given(st.integers(5, 10**9), st.integers(5, 10**9))
def test_a_program_with_the_problems_numbers_is_faithful(a: int, b: int) -> None:
    assert faithfulness(f"What is {a} plus {b:,}?", [f"print({a} + {b})"]) == Faithfulness()


def test_numbers_are_mentioned_once_each() -> None:
    assert [one.text for one in mentions("3 dozen, 1,200.5 and 4/5 of twenty-one")] == [
        "3 dozen", "1,200.5", "4/5", "twenty-one"
    ]  # fmt: skip


def test_numbers_of_any_length_are_read_or_left_out() -> None:
    problem = f"What is {'9' * 5000} + 1/{'3' * 5000} + \\frac{{{'1' * 5000}}}{{7}}?"
    program = f"print({'9' * 400} + 1e999 - {'8' * 29})"
    assert faithfulness(problem, [program]) == Faithfulness((), ("8" * 29,))


def test_cents_may_be_counted_in_dollars() -> None:
    problem = "It sells 24 rolls at 40 cents each. How many dollars is that?"
    assert faithfulness(problem, ["print(24 * 0.40)"]) == Faithfulness()
    assert faithfulness(problem, ["print(24 * 40 / 100)"]) == Faithfulness()
