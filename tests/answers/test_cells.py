"""What is an answer, and what a text that leads to one."""

from __future__ import annotations

import pytest

from mathcli.answers.cells import answer_in_cell, is_solution, sentence_value

ANSWERS = [
    "", "5", "x = 3\ny = 2", "2 hours 30 minutes", "5 feet 10 inches", "The roots are 3 and -2",
    "500 ml of the 5% and 55.56 ml of the 10% solution", "no real solutions", "x is 5 or 7",
    "[[1, 2],\n [3, 4]]", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "A, C and D",
    r"f(x) = \begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    "x^2 + 2x + 1 = (x + 1)^2",
]  # fmt: skip
SOLUTIONS = [
    (r"so it is $\boxed{\frac{1}{2}}$", r"\frac{1}{2}"),
    ("2 + 3 = 5\n#### 5", "5"),
    ("The answer is 12.", "12"),
    ("2x = 8\nx + 1 = 5\nx = 4", "x = 4"),
    ("She had 5 eggs. She gave 3 of them away. So she has 2 eggs left.", "2"),
    ("First I add 3 and 4, which gives 7.\nThen I double it, and the result is 14.", "14"),
    ("小明有3个苹果。他又买了4个苹果。所以他一共有7个苹果。", "7"),
]


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_taken_whole(text: str) -> None:
    assert not is_solution(text)
    assert answer_in_cell(text) == (text, False)


@pytest.mark.parametrize(("text", "answer"), SOLUTIONS)
def test_a_solution_is_searched(text: str, answer: str) -> None:
    assert answer_in_cell(text) == (answer, True)


def test_a_traceback_is_no_answer() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 3'
    assert answer_in_cell(text) == ("", True)


def test_samples_and_records() -> None:
    assert answer_in_cell(["2", "3", "3", None]) == ("3", False)
    assert answer_in_cell({"text": "5", "latex": "6"}) == ("5", False)
    assert answer_in_cell([]) == answer_in_cell(None) == ("", False)
    assert answer_in_cell(True) == ("true", False)
    assert answer_in_cell("Evelyn. I hope it is correct.") == ("Evelyn", False)


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("So there are 15 apples left.", "15"),
        ("x is 5 or 7", "5 or 7"),
        ("It is not 5", None),
        ("It is 5 less than x", None),
        ("He has 3 cats and then gets 4 dogs", None),
        ("5", None),
    ],
)
def test_the_value_that_a_short_sentence_says(sentence: str, value: str | None) -> None:
    assert sentence_value(sentence) == value
