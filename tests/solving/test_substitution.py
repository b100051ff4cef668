"""Answers put back into the problem."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathcli.sandbox import Executor
from mathcli.solving.substitution import substitution_program

LOOP: asyncio.AbstractEventLoop
EXECUTOR: Executor


@pytest.fixture(scope="module", autouse=True)
def executor() -> Iterator[None]:
    global LOOP, EXECUTOR
    LOOP, EXECUTOR = asyncio.new_event_loop(), Executor(workers=1)
    yield
    LOOP.run_until_complete(EXECUTOR.close())
    LOOP.close()


def says(problem: str, answer: str) -> str | None:
    """The last line of the program's output; `None` where there is no program."""
    program = substitution_program(problem, answer)
    if program is None:
        return None
    execution = LOOP.run_until_complete(EXECUTOR.run(program))
    assert execution.error is None
    return execution.stdout.strip().split("\n")[-1]


@pytest.mark.parametrize(
    ("problem", "answer", "holds"),
    [
        ("Solve x^2 - 5x + 6 = 0", "2, 3", "True"),
        ("Solve x^2 - 5x + 6 = 0", r"x \in \{2, 3\}", "True"),
        ("Solve x^2 - 5x + 6 = 0", "2, 4", "False"),
        ("Solve x^2 - 5x + 6 = 0", "2", "False"),  # a solution is left out
        ("Solve x^2 - 5x + 6 = 0.", "2, 2", "False"),
        ("Solve (x-1)^2 = 0", "1", "True"),
        ("Solve x^3 = 1", "1", "True"),  # the real one
        ("Solve x^2 + 1 = 0", "i, -i", "True"),
        ("Solve for x: $3x^2-8x-5=0$", "4/3 - sqrt(31)/3, 4/3 + sqrt(31)/3", "True"),
        ("What is n if 5/(n + 9) = 6?", "-49/6", "True"),
        ("What is n if 5/(n + 9) = 6?", "-9", "False"),  # a division by zero
        ("How do I solve sqrt(z+2) = -8", "62", "False"),
        (r"Find \(y\): $7^{y+2} = 16807$", "3", "True"),
        ("solve ln(x + 1) = 4 for x", "exp(4) - 1", "True"),
        ("$x(x + 7) = 8$", "-8, 1", "True"),
        ("If 2x + 3 = 7, what is x?", "x = 2", "True"),
        ("Which x satisfies 0.5x = 1.25?", "5/2", "True"),
        ("Solve for x and y: y = 5x, x + y = 36", "x = 6, y = 30", "True"),
        ("Solve for x and y: y = 5x, x + y = 36", "(6, 30)", "True"),
        ("Solve the system x+y=15 and -3x+y=3", "x = 3, y = 11", "False"),
        (
            r"Solve the system $\begin{cases} -2x + y = -14 \\ -2x + 7y = 22 \end{cases}$",
            "x = 10, y = 6",
            "True",
        ),
    ],
)
def test_whether_it_holds(problem: str, answer: str, holds: str) -> None:
    assert says(problem, answer) == holds


@pytest.mark.parametrize(
    "problem",
    [
        "Find the sum of the roots of x^2 - 5x + 6 = 0",
        "What is the smallest x such that x^2 = 4?",
        "Solve x^2 = 4 for positive x",
        "Solve x^2 = 4, x > 0",
        "Solve x + y = 5",  # two unknowns
        "Solve for x: ax = b",
        "If x + y = 5 and x - y = 1, what is x?",  # one of two
        "How many solutions has x^2 = 4?",
        "Let f(x) = x^2. Find f(3) = a",
        "What is x if x = 3 and all dogs are red?",
        "A farmer has 3 = three cows. Solve the riddle.",
        "",
    ],
)
def test_what_may_hide_more_is_left_alone(problem: str) -> None:
    assert substitution_program(problem, "2") is None


@pytest.mark.parametrize(
    "answer", ["1.414", "x", "many", "", "x > 2", "2, y", "x = 2, y = 3", "[1, 2)"]
)
def test_answers_that_are_no_exact_values(answer: str) -> None:
    assert substitution_program("Solve x^2 = 2", answer) is None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_read_or_left_alone(problem: str, answer: str) -> None:
    for text in (problem, f"Solve {problem} = 0", f"Solve for x: x = {answer}"):
        program = substitution_program(text, answer)
        assert program is None or compile(program, "program", "exec")


@settings(deadline=None, max_examples=15)
@given(st.integers(-30, 30), st.integers(-30, 30), st.integers(-3, 3))
def test_quadratics(one: int, other: int, wrong: int) -> None:
    problem = f"Solve x^2 + {-one - other}x + {one * other} = 0".replace("+ -", "- ")
    roots = sorted({one, other})
    assert says(problem, ", ".join(map(str, roots))) == "True"
    moved = roots[0] + wrong
    expected = "True" if [moved] == roots or (wrong == 0 and len(roots) == 1) else "False"
    assert says(problem, str(moved)) == expected
