from __future__ import annotations

import subprocess
import sys
import time

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


# How small instruct models end a solution, students their homework, and programs a file.
ENDINGS = [
    ("Therefore, the answer is $\\frac{3}{4}$.", r"\frac{3}{4}"),
    ("The final answer is: $\\boxed{12}$", "12"),
    ("**The answer is 12.**", "12"),
    ("Answer = 5", "5"),
    ("The answer is:\n\n12", "12"),
    ("the answer is\n\\[\n\\frac{7}{8}\n\\]\nas wanted", r"\frac{7}{8}"),
    ("So the answer is \\[ x = 5 \\]", "x = 5"),
    ("**Final Answer**\n\nThe area is 12π square units.", "12π square units"),
    ("The result is approximately 3.14.", "approximately 3.14"),
    ("The answer is 3 hours because 180/60 = 3.", "3 hours"),
    ("Final answer: 42 (since 6*7 = 42)", "42"),
    ("So, the answer is: 15 apples left over for her sister", "15"),
    ("The answer is 12 dollars and 50 cents.", "12 dollars and 50 cents"),
    ("The answer is $12.50.", "$12.50"),
    ("The answer is no.", "no"),
    ("Solution: Let x be the number. Then x = 3 + 4 = 7.", "7"),
    ("**Solution:**\n1. First, add 3 and 4.\n2. So we get 7.", "7"),
    ("### Solution:\nx = 5 + 3\nx = 8", "x = 8"),
    ("Answer:\nFirst we add 3 and 4. So we get 7.", "7"),
    ("Answer: Let's add 3 and 4. So we get 7.", "7"),
    ("There is no solution.", "There is no solution"),
    ("#### 12", "12"),
    ("<answer>x = 3</answer> done", "x = 3"),
    ('```json\n{"answer": 12}\n```', "12"),
    ('{"steps": "3+4", "answer": "x = 7"}', "x = 7"),
    ('{"answer": ["3", "4"]}', "3, 4"),
    ("答案是12", "12"),
    ("答案：12", "12"),
    ("所以答案为 $x=3$。", "x=3"),
    ("因此，一共有15个苹果。", "15"),
    ("选择C", "C"),
    ("The correct answer is (C) 12 cm.", "(C) 12 cm"),
    # several values are one answer
    ("The solutions are x = 4 and x = 3.", "x = 4 and x = 3"),
    ("So, the answers are x = 4 and x = 3.", "x = 4 and x = 3"),
    ("The solution is x = 3 and y = 2.", "x = 3 and y = 2"),
    ("So x = 3 and y = 2.", "x = 3 and y = 2"),
    ("So x is 4 or 3.", "4 or 3"),
    ("Thus $x > 3$ and $x < 5$.", "x > 3 and x < 5"),
    ("Thus $x > 3$, or $x \\in (3, \\infty)$.", r"x \in (3, \infty)"),
    ("We have $3x=6$ and $x=2$.", "x=2"),
    ("The total is 25 books + 20 books = 45 books", "45"),
    ("The minimum is -1/4, attained at $x = 1/2$.", "-1/4"),
    ("So $x=4$ or $x=-2$.", "x=4 or x=-2"),
    ("The solutions are:\n- x = 4\n- x = 3", "x = 4, x = 3"),
    ("So the values of $x$ are $-1$, $2$, and $5$.", "-1, 2, and 5"),
    ("The two numbers are 12 and 15.", "12 and 15"),
    ("So it takes 2 hours 30 minutes.", "2 hours 30 minutes"),
    # an approximation goes with the exact value
    ("The answer is 5/36, or about 13.9 %.", "5/36 ≈ 13.9 %"),
    ("The probability is 5/36, or about 13.9 %.", "5/36 ≈ 13.9 %"),
    ("The probability is 5/36 (about 13.9 %).", "5/36 ≈ 13.9 %"),
    (r"It is \(\frac{5}{36}\), or approximately 0.1389.", r"\frac{5}{36} ≈ 0.1389"),
    # nothing is stated as the answer: the value that the last sentence comes to
    ("So, there are 15 apples left.", "15"),
    ("Hence the area is 12π square units.", "12π square units"),
    ("Now she has 2 apples left after giving 3 away.", "2"),
    ("It will take 3 hours to travel 180 miles.", "3 hours"),
    ("In 5 days, he earns 100 dollars", "100 dollars"),
    ("Natalia sold 48+24 = 72 clips altogether in April and May.", "72"),
    ("We find that $f(2) = 4 + 3 = 7$.", "7"),
    ("So 5 > 3.\nThe statement is **false**.", "false"),
    ("$$\\frac{x}{2} = 3 \\implies x = 6$$", "x = 6"),
    ("There are 3 solutions: 1, 2, 3.", "1, 2, 3"),
    ("The total cost is $5 + $6 = $11.", "11"),
    ("The equation of the line is y = 2x + 3.", "y = 2x + 3"),
    ("The correct option is B) 12", "B) 12"),
    ("So the answer is 72.\n\nI hope this helps!", "72"),
    ("**15** apples out of 20 remain.", "15"),
    ("**Step 3**: so it is 9", "9"),
    ("- **Total**: 15 apples", "15"),
    ("| x | y |\n|---|---|\n| 1 | 4 |", "4"),
    ("The interval is [2, 5).", "[2, 5)"),
    ("Thus the solution set is {1, 2, 3}.", "{1, 2, 3}"),
    ("The dimensions are 3 by 4.", "3 by 4"),
    ("So the ship sails at 5 knots.", "5 knots"),
    ("Thus the field has an area of 12 hectares.", "12 hectares"),
    ("It costs $12 an hour, and $x=4$, so we pay 48 dollars in all.", "48 dollars"),
    ("It is 7.\n```python\nprint(12)\n```", "7"),
]


@pytest.mark.parametrize(("text", "answer"), ENDINGS)
def test_how_solutions_end(text: str, answer: str) -> None:
    found = extract_answer(text)
    assert found is not None
    assert found.text == answer


BOXES = [
    ("$x = \\boxed{4}$\n\n$x = \\boxed{3}$", "4, 3"),
    ("x = \\boxed{4}\ny = \\boxed{3}", "x = 4, y = 3"),
    (r"The width is \boxed{3} and the length is \boxed{5}.", "3, 5"),
    (r"The value of $x$ is $\boxed{5}$ and $y$ is $\boxed{3}$.", "5, 3"),
    ("(a) The slope is \\boxed{2}.\n(b) The intercept is \\boxed{3}.", "2, 3"),
    ("Width: \\boxed{3}\nLength: \\boxed{5}", "3, 5"),
    (r"\boxed{2} \quad \text{or} \quad \boxed{3}", "2, 3"),
    ("\\boxed{5}\n\n\\boxed{5}", "5"),
    (r"We get \boxed{3}. So the final answer is \boxed{5}.", "5"),
    (r"$x=\boxed{2}$ or $x=\boxed{3}$, so the answer is $\boxed{2, 3}$", "2, 3"),
    ("Step 1: 2+3 = \\boxed{5}\nStep 2: 5*2 = \\boxed{10}", "10"),
    ("First: \\boxed{5}\nTotal: \\boxed{10}", "10"),
    (r"Put it into \boxed{}. I get \boxed{7}.", "7"),
    (r"Put it into \boxed{}. The answer is 5.", "5"),
    (r"\boxed{7} and \boxed{}", "7"),
]


@pytest.mark.parametrize(("text", "answer"), BOXES)
def test_boxes_that_belong_together_are_one_answer(text: str, answer: str) -> None:
    found = extract_answer(text)
    assert found is not None
    assert found.text == answer


TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 7\n    x = \n'
    "SyntaxError: invalid syntax (a.py, line 7)"
)


@pytest.mark.parametrize(
    "text",
    [
        r"It is proved. \boxed{}",
        r"For all 5 > 3, so $\boxed{\text{}}$.",
        r"\boxed{\blacksquare}",
        r"Therefore \boxed{\text{your answer}}",
        TRACEBACK,
        f"Let me run it.\n{TRACEBACK}",
        'Traceback (most recent call last):\n  File "a.py", line 3',
        "NameError: name 'x3' is not defined",
        "```python\nprint(12)\n```",
        "Let me know if you need more help!\n" * 3,
    ],
)
def test_no_answer_is_made_up(text: str) -> None:
    assert extract_answer(text) is None


def test_a_traceback_hides_no_answer() -> None:
    found = extract_answer(f"{TRACEBACK}\nI do it by hand: 3 + 4 = 7")
    assert found is not None
    assert found.text == "7"
    assert extract_answer("", outputs=["5", f"{TRACEBACK}\n"]) == Answer("5", "5", "5")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 1", None),
        ("The answer is 1.", None),  # 1.5, perhaps
        ("The answer is 12.\nLet us", "12"),
        ("The answer is 12. Let us", "12"),
        ("#### 1", None),
        (r"so \boxed{8", None),
        (r"x = \boxed{3}, y = \boxed{", None),
        (r"so \boxed{8} as wan", "8"),
        ("So there are 15 apples. Th", None),
    ],
)
def test_an_answer_that_was_cut_off_is_none(text: str, answer: str | None) -> None:
    found = extract_answer(text, ended=False)
    assert (found.text if found else None) == answer


ENDLESS = [
    "the ", "so ", "answer", "answer is ", "final answer\n", "答案是", "$", "{", "}", "(", "\\(",
    "\\[", "\\boxed{", "\\boxed{} ", "\\boxed{1} ", "\\boxed ", "\\text{", "\\frac{1}{2}", "1",
    "123,", "1/ ", "1 and ", "1 about ", "x = ", "=", "$1$ ", "$x", "*", "**", "_", "#",
    "####\n", "`", "```\n", " ", "\n", "\t", "- 1\n", "| 1 ", ". ", "<think>", "<answer>",
    "\"answer\": \"", "\\", "Error\n", "x.", "File \"", "Traceback (most recent call last):\n",
]  # fmt: skip


@pytest.mark.parametrize("part", ENDLESS)
def test_a_text_without_end_takes_time_in_proportion(part: str) -> None:
    """A model that loops writes such texts; in quadratic time one can take minutes. Only the
    processor's time counts, of which each takes well under a second."""
    began = time.process_time()
    extract_answer(part * (40_000 // len(part)))
    extract_answer("answer" + part * (20_000 // len(part)) + " is 5")
    extract_answer(part * (20_000 // len(part)), ended=False)
    assert time.process_time() - began < 10


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
    assert found == Answer(
        "3*x**2 + sqrt(2)/2", r"3x^{2} + \frac{\sqrt{2}}{2}", "3*x**2 + sqrt(2)/2"
    )


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


@pytest.mark.parametrize(
    "text", [r"The solution of the equation is \boxed{}.", r"The answer is $\boxed{ }$."]
)
def test_an_empty_box_at_the_end_of_a_sentence_is_no_answer(text: str) -> None:
    assert extract_answer(text) is None
    found = extract_answer(text, outputs=["5"])
    assert found is not None
    assert found.text == "5"
