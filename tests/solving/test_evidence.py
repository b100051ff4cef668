"""`computed` is for the value that the last program worked out and said last."""

from __future__ import annotations

import pytest

from mathcli.answers import Grader, Verdict
from mathcli.sandbox import Execution
from mathcli.solving.evidence import alike, computed, last_said


def ran(program: str, stdout: str = "", value: str | None = None, status: str = "ok") -> Execution:
    error = None if status == "ok" else "ZeroDivisionError: division by zero"
    return Execution(program, status, stdout, value, error, 0.0, 0, None, False)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader()


WORK = "print(6 * 7)"


@pytest.mark.parametrize(
    ("stdout", "answer"),
    [
        ("5/36\n", "\\frac{5}{36}"),
        ("84.0\n", "84"),
        ("[-2, 5]\n", "-2, 5"),
        ("{x: 6, y: 4}\n", "x = 6, y = 4"),
        ("True\n", "yes"),
        ("Total: 12\n", "12"),
        ("The number of pencils is 126.0\n", "126"),
        ("first 3\n12\n", "12"),
        ("x = 2\ny = 3\n", "2, 3"),
        ("12.566370614359172\n", "12.57"),
        ("sqrt(3)/2\n", "\\frac{\\sqrt{3}}{2}"),
        ("-5", "-5"),
    ],
)
def test_the_value_that_a_program_said_last(grader: Grader, stdout: str, answer: str) -> None:
    def same(said: str, key: str) -> bool:
        return grader.compare(said, key).verdict is Verdict.CORRECT

    assert computed(answer, [ran(WORK, stdout)], same)


@pytest.mark.parametrize(
    ("stdout", "answer"),
    [
        ("-5\n", "5"),
        ("5\n", "-5"),
        ("12\n13\n", "12"),
        ("5/36\n", "\\frac{5}{63}"),
        ("120\n", "12"),
        ("", "12"),
        ("12.56\n", "12.5"),
    ],
)
def test_any_other_value_is_not(grader: Grader, stdout: str, answer: str) -> None:
    def same(said: str, key: str) -> bool:
        return grader.compare(said, key).verdict is Verdict.CORRECT

    assert not computed(answer, [ran(WORK, stdout)], same)


def test_an_earlier_program_does_not_count() -> None:
    assert not computed("42", [ran(WORK, "42"), ran("print(6 + 7)", "13")], alike)
    assert computed("42", [ran("print(6 + 7)", "13"), ran(WORK, "42")], alike)


def test_a_program_that_failed_is_passed_over() -> None:
    assert computed("42", [ran(WORK, "42"), ran("1/0", status="raised")], alike)
    assert not computed("42", [ran(WORK, "42", status="raised")], alike)


def test_what_was_known_before_is_not_computed() -> None:
    assert not computed("42", [ran("print(42)", "42")], alike)
    assert not computed("42", [ran("x = 42\nprint('x is', x)", "x is 42")], alike)


def test_the_last_expression_counts_as_said() -> None:
    assert computed("42", [ran("6 * 7", value="42")], alike)


def test_what_may_be_meant_is_little() -> None:
    execution = ran(WORK, "\n".join(f"line {at}: {at}" for at in range(2000)))
    assert len(list(last_said(execution, "1, 2, 3"))) < 12


@pytest.mark.parametrize(
    ("said", "answer", "same"),
    [
        ("12", "12.0", True), ("3*x**2", "3*x**2", True), ("x = 2", "x=2", True),
        ("12", "2", False), ("2.5", "2", False), ("x", "", False), ("1/2", "0.5", False),
    ],
)  # fmt: skip
def test_at_a_glance(said: str, answer: str, same: bool) -> None:
    assert alike(said, answer) is same
