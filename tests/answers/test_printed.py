from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.answers.printed import without_words


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("The answer is: 42", "42"),
        ("Final answer: 42", "42"),
        ("The larger number is 15", "15"),
        ("x is 4", "4"),
        ("result = 42", "42"),
        ("area = 12*pi", "12*pi"),
        ("The solutions are [2, 3].", "[2, 3]"),
        ("Probability: 2/15", "2/15"),
        ("max value: -5", "-5"),
        ("Average speed: 60.0 km/h", "60.0 km/h"),
        ("Sally has 12 apples left", "12"),
        ("She pays $4.50 for all of it.", "$4.50"),
    ],
)
def test_words_around_a_value_are_left_out(line: str, value: str) -> None:
    assert without_words(line) == value


@pytest.mark.parametrize(
    "line",
    [
        "x = 3", "x = 3, y = 2", "y = 2*x + 3", "{x: 2, y: 3}", "[2, 3]", "(2, 3)", "Eq(x, 3)",
        "Union(Interval(0, 1), Interval(2, 3))", "Matrix([[1, 2]])", "True", "No solution", "5 cm",
        "3:45 pm", "12 apples and 3 pears", "The number is even", "sqrt(2)/2", "",
        "The sum is 3 and the product is 2",
    ],
)  # fmt: skip
def test_a_value_and_what_is_not_plain_stay_whole(line: str) -> None:
    assert without_words(line) == line


@given(st.text())
def test_what_is_found_stands_in_the_line(line: str) -> None:
    assert without_words(line) in line


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_number_alone_is_itself(number: int) -> None:
    assert without_words(str(number)) == str(number)
    assert without_words(f"The answer is {number}.") == str(number)
