from __future__ import annotations

import subprocess
import sys

import pytest

from mathcli.answers import Answer, extract_answer

FOUND = [
    (r"so we get $\boxed{\frac12}$, which is small.", r"\frac12"),
    (r"\boxed{1} at first, but then \boxed{2}.", "2"),
    (r"\boxed{\text{yes: } \boxed{2}}", "2"),
    (r"\boxed{\left\{1, \frac{1}{2}\right\}}", r"\left\{1, \frac{1}{2}\right\}"),
    (r"$x = \boxed{2}$ or $x = \boxed{3}$", "2, 3"),
    (r"\fbox{7}", "7"),
    (r"\boxed 5", "5"),
    (r"\boxed{8} and later an open \boxed{9", "8"),
    (r"\boxed{\text{(B)}}", r"\text{(B)}"),
    ("The answer is 42.", "42"),
    ("The answer is: 5 cm.", "5 cm"),
    ("Therefore, the answer is $5$ or $6$.", "5 or 6"),
    ("The final answer is $2\\sqrt{3}$. I hope it is correct.", r"2\sqrt{3}"),
    ("Final Answer: The final answer is $5$. I hope it is correct.", "5"),
    ("### Final Answer\n**42**", "42"),
    ("**Final Answer:** $\\frac{3}{4}$", r"\frac{3}{4}"),
    ("Final Answer: The largest $n$ is 34.", "34"),
    ("Final Answer: Jane started 3 hours ago. I hope it is correct.", "3"),
    ("Answer:\n\n\\[ 5 \\]", "5"),
    ("She sells 9 * 2 = 18.\n#### 1,234", "1,234"),
    ("**Answer:** 12", "12"),
    ("The answer is **(B)**.", "(B)"),
    ("The correct option is **C**", "C"),
    ("The answer is option (C).", "(C)"),
    ("Answer: (B) 5", "(B) 5"),
    ("the answer is 1.5. Then it goes on", "1.5"),
    ("the result is 5, so we are done", "5"),
    ("So the value of x is **7**.", "7"),
    ("<answer>7</answer>", "7"),
    ("<think>the answer is 5</think> The answer is 6", "6"),
    ("答案是 7。", "7"),
    ("故选：C．", "C"),
    ("故答案为：$\\frac{1}{2}$。", r"\frac{1}{2}"),
    ("x = 2 or x = 3", "x = 2 or x = 3"),
    ("I think it's 5", "5"),
    ("no", "no"),
    (r"the answer is \(x=3\).", "x=3"),
    ("The answer is \\$18.", r"\$18"),
    ("So Janet makes $9 * 2 = $18 every day.", "18"),
]


@pytest.mark.parametrize(("text", "answer"), FOUND)
def test_the_stated_answer_is_found(text: str, answer: str) -> None:
    found = extract_answer(text)
    assert found is not None
    assert found.text == answer


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_text_has_no_answer(text: str) -> None:
    assert extract_answer(text) is None


def test_a_plain_number_has_a_value() -> None:
    assert extract_answer(r"\boxed{1,234}") == Answer("1,234", "1,234", "1234")
    assert extract_answer(r"\boxed{-\frac{1}{2}}") == Answer(
        r"-\frac{1}{2}", r"-\frac{1}{2}", "-1/2"
    )
    assert extract_answer(r"\boxed{\sqrt{2}}") == Answer(r"\sqrt{2}", r"\sqrt{2}", None)


def test_what_a_program_prints_is_typeset() -> None:
    found = extract_answer("", outputs=["3*x**2 + sqrt(2)/2"])
    assert found == Answer("3*x**2 + sqrt(2)/2", r"3 x^{2} + \sqrt{2}/2", "3*x**2 + sqrt(2)/2")


def test_the_last_output_that_is_no_error_is_the_answer_of_a_text_without_one() -> None:
    outputs = ["[1, 2]", "5", "NameError: name 'x' is not defined", ""]
    assert extract_answer("Let us compute it.", outputs=outputs) == Answer("5", "5", "5")
    assert extract_answer(r"\boxed{6}", outputs=outputs) == Answer("6", "6", "6")
    matrix = extract_answer("", outputs=["[[1 2]\n [3 4]]"])
    assert matrix is not None
    assert matrix.text == "[[1 2]\n [3 4]]"


def test_a_models_own_convention_comes_first() -> None:
    text = r"The answer is 3. We check it with \boxed{4}."
    for convention, answer in [(None, "4"), ("boxed", "4"), ("the answer is", "3"), ("other", "4")]:
        found = extract_answer(text, convention=convention)
        assert found is not None
        assert found.text == answer


def test_extracting_imports_nothing_heavy() -> None:
    program = (
        "import sys; from mathcli.answers import extract_answer; extract_answer('is 5');"
        "print([name for name in ('sympy', 'math_verify', 'mpmath', 'subprocess', 'fractions')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
